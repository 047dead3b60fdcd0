package archive

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"
)

// box returns a box of an MP4 file.
func box(kind string, contents ...[]byte) []byte {
	all := bytes.Join(contents, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(all))), kind...), all...)
}

// largeBox returns one whose length is written with 64 bits.
func largeBox(kind string, contents []byte) []byte {
	b := append([]byte{0, 0, 0, 1}, kind...)
	return append(binary.BigEndian.AppendUint64(b, uint64(16+len(contents))), contents...)
}

// TestMP4Duration reads the length of films; what cannot be read has none.
func TestMP4Duration(t *testing.T) {
	short := func(scale, length uint32) []byte {
		b := make([]byte, 12, 100)
		return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, scale), length)
	}
	long := func(scale uint32, length uint64) []byte {
		b := make([]byte, 20, 100)
		b[0] = 1
		return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(b, scale), length)
	}
	film := func(header []byte) []byte {
		return bytes.Join([][]byte{
			box("ftyp", []byte("isom")), largeBox("mdat", make([]byte, 100)), box("moov", box("udta"), box("mvhd", header)),
		}, nil)
	}
	endless := film(short(1000, 5000))
	binary.BigEndian.PutUint32(endless[12+116:], 0) // moov goes up to the end
	huge := film(short(1000, 5000))
	binary.BigEndian.PutUint64(huge[12+8:], 1<<63)
	for _, c := range []struct {
		name string
		file []byte
		want time.Duration
	}{
		{"short numbers", film(short(1000, 83_500)), 83500 * time.Millisecond},
		{"long numbers", film(long(90_000, 90_000*7200)), 2 * time.Hour},
		{"up to the end", endless, 5 * time.Second},
		{"no scale", film(short(0, 5)), 0},
		{"unknown", film(short(1000, 1<<32-1)), 0},
		{"absurd", film(long(1, 1<<63)), 0},
		{"cut off", film(short(1000, 5000))[:140], 0},
		{"cut off, long numbers", film(make([]byte, 21)), 0},
		{"a length beyond the file", huge, 0},
		{"empty", nil, 0},
		{"no film", []byte("this is not a film at all"), 0},
	} {
		got, ok := mp4Duration(bytes.NewReader(c.file), int64(len(c.file)))
		if got != c.want || ok != (c.want > 0) {
			t.Errorf("%s: %v, %v; want %v", c.name, got, ok, c.want)
		}
	}
	// Whatever is missing or wrong, it ends.
	whole := film(short(1000, 5000))
	for i := range whole {
		mp4Duration(bytes.NewReader(whole[:i]), int64(i))
		whole[i] ^= 0xff
		mp4Duration(bytes.NewReader(whole), int64(len(whole)))
		whole[i] ^= 0xff
	}
}
