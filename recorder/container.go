package recorder

import (
	"encoding/binary"

	"galene/recorder/assembly"
	"galene/recorder/matroska"
)

// Extensions of files.
const (
	webm = ".webm"
	mkv  = ".mkv"
)

// describe returns how a container describes the track that a frame begins, and
// whether WebM can have it.
func describe(f assembly.Frame, name string) (t matroska.Track, webm bool) {
	t = matroska.Track{
		Name: name, Private: f.Config, Width: f.Width, Height: f.Height,
	}
	switch f.Codec.Name {
	case "vp8":
		t.Codec = matroska.CodecVP8
		return t, true
	case "vp9":
		t.Codec = matroska.CodecVP9
		return t, true
	case "av1":
		t.Codec = matroska.CodecAV1
		return t, true
	case "h264":
		t.Codec = matroska.CodecAVC
		return t, false
	case "h265":
		t.Codec = matroska.CodecHEVC
		return t, false
	case "opus":
		t.Codec, t.Rate, t.Channels = matroska.CodecOpus, 48000, 2
		t.Private = opusHead()
		return t, true
	case "g722":
		t.Codec, t.Rate, t.Channels = matroska.CodecACM, 16000, 1
		t.Private = waveFormat(0x028f, 16000, 4)
		return t, false
	case "pcmu":
		t.Codec, t.Rate, t.Channels = matroska.CodecACM, 8000, 1
		t.Private = waveFormat(7, 8000, 8)
		return t, false
	default: // pcma
		t.Codec, t.Rate, t.Channels = matroska.CodecACM, 8000, 1
		t.Private = waveFormat(6, 8000, 8)
		return t, false
	}
}

// opusHead returns the identification header of Opus (RFC 7845, 5.1), for two
// channels and without padding at the start.
func opusHead() []byte {
	b := append([]byte("OpusHead"), 1, 2)
	b = binary.LittleEndian.AppendUint16(b, 0)
	b = binary.LittleEndian.AppendUint32(b, 48000)
	return append(b, 0, 0, 0)
}

// waveFormat returns the WAVEFORMATEX of a codec with 64 kbit/s and one channel.
func waveFormat(tag uint16, rate uint32, bits uint16) []byte {
	b := binary.LittleEndian.AppendUint16(nil, tag)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint32(b, rate)
	b = binary.LittleEndian.AppendUint32(b, 8000)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint16(b, bits)
	return binary.LittleEndian.AppendUint16(b, 0)
}
