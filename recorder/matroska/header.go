package matroska

import (
	"bytes"
	"fmt"
	"time"

	"github.com/at-wat/ebml-go"
)

// The container formats.
const (
	WebM     = "webm"
	Matroska = "matroska"
)

// Identifiers of codecs (RFC 9559, 27.2 and the Matroska codec registry).
const (
	CodecOpus = "A_OPUS"
	CodecACM  = "A_MS/ACM"
	CodecVP8  = "V_VP8"
	CodecVP9  = "V_VP9"
	CodecAV1  = "V_AV1"
	CodecAVC  = "V_MPEG4/ISO/AVC"
	CodecHEVC = "V_MPEGH/ISO/HEVC"
)

// Track describes one track of a file.
type Track struct {
	// Codec is one of the identifiers above.
	Codec string
	// Private is the codec's configuration, or nil.
	Private []byte
	// Name is for humans; it may be empty.
	Name string
	// Width and Height are in pixels; a track without them is sound.
	Width, Height int
	// Rate is in samples per second, and Channels their number, for sound.
	Rate, Channels int
}

// video says whether the track has pictures.
func (t Track) video() bool { return t.Rate == 0 }

// Header describes a file.
type Header struct {
	// Type is WebM or Matroska.
	Type string
	// Title is for humans; it may be empty.
	Title string
	// Date is the instant at which the recording begins.
	Date time.Time
	// Tracks are numbered from 1.
	Tracks []Track
}

// application names the program in the file.
const application = "galene"

// The element structures, as the marshaller wants them.
type (
	ebmlHeader struct {
		EBML struct {
			EBMLVersion        uint64
			EBMLReadVersion    uint64
			EBMLMaxIDLength    uint64
			EBMLMaxSizeLength  uint64
			EBMLDocType        string
			EBMLDocTypeVersion uint64
			DocTypeReadVersion uint64 `ebml:"EBMLDocTypeReadVersion"`
		}
	}
	infoFields struct {
		TimecodeScale uint64
		DateUTC       time.Time
		Title         string `ebml:",omitempty"`
		MuxingApp     string
		WritingApp    string
	}
	trackEntry struct {
		TrackNumber  uint64
		TrackUID     uint64
		TrackType    uint64
		FlagLacing   uint64
		Name         string `ebml:",omitempty"`
		CodecID      string
		CodecPrivate []byte `ebml:",omitempty"`
		SeekPreRoll  uint64 `ebml:",omitempty"`
		Audio        *audioEntry
		Video        *videoEntry
	}
	audioEntry struct {
		SamplingFrequency float64
		Channels          uint64
	}
	videoEntry struct {
		PixelWidth  uint64
		PixelHeight uint64
	}
	tracks struct {
		Tracks struct {
			TrackEntry []trackEntry
		}
	}
)

// The types of tracks.
const (
	typeVideo = 1
	typeAudio = 2
)

// opusPreRoll is how much a player decodes before the point that it seeks to,
// in nanoseconds (RFC 7845, 4.6).
const opusPreRoll = 80_000_000

// layout says where things are in a file, in bytes from its beginning.
type layout struct {
	segment  int64 // what the segment contains begins here
	info     int64
	duration int64 // of the element Duration, or what holds its place
	tracks   int64
	clusters int64 // the first cluster
}

// seekRegion is the room for the SeekHead, which comes first in the segment.
const seekRegion = 80

// durationSize is the size of the element Duration.
const durationSize = 11

// encode returns what precedes the clusters.
func (h Header) encode() ([]byte, layout, error) {
	var b bytes.Buffer
	var l layout
	var head ebmlHeader
	head.EBML.EBMLVersion, head.EBML.EBMLReadVersion = 1, 1
	head.EBML.EBMLMaxIDLength, head.EBML.EBMLMaxSizeLength = 4, 8
	head.EBML.EBMLDocType = h.Type
	head.EBML.EBMLDocTypeVersion, head.EBML.DocTypeReadVersion = 4, 2
	if err := ebml.Marshal(&head, &b); err != nil {
		return nil, l, fmt.Errorf("EBML header: %w", err)
	}
	b.Write(appendUint(nil, idSegment, 4))
	b.Write(unknownSize)
	l.segment = int64(b.Len())
	b.Write(make([]byte, seekRegion)) // filled below

	var fields bytes.Buffer
	err := ebml.Marshal(&infoFields{
		TimecodeScale: uint64(time.Millisecond), DateUTC: h.Date.UTC(), Title: h.Title,
		MuxingApp: application, WritingApp: application,
	}, &fields)
	if err != nil {
		return nil, l, fmt.Errorf("segment information: %w", err)
	}
	l.info = int64(b.Len())
	b.Write(appendHeader(nil, idInfo, durationSize+int64(fields.Len())))
	l.duration = int64(b.Len())
	b.Write(void(durationSize))
	b.Write(fields.Bytes())

	l.tracks = int64(b.Len())
	if err := ebml.Marshal(h.tracks(), &b); err != nil {
		return nil, l, fmt.Errorf("tracks: %w", err)
	}
	l.clusters = int64(b.Len())
	out := b.Bytes()
	copy(out[l.segment:], seekHead(l, 0))
	return out, l, nil
}

// tracks returns the element Tracks.
func (h Header) tracks() *tracks {
	var list tracks
	for i, t := range h.Tracks {
		e := trackEntry{
			TrackNumber: uint64(i + 1), TrackUID: uint64(i + 1),
			Name: t.Name, CodecID: t.Codec, CodecPrivate: t.Private,
		}
		if t.video() {
			e.TrackType = typeVideo
			e.Video = &videoEntry{PixelWidth: uint64(t.Width), PixelHeight: uint64(t.Height)}
		} else {
			e.TrackType = typeAudio
			e.Audio = &audioEntry{SamplingFrequency: float64(t.Rate), Channels: uint64(t.Channels)}
		}
		if t.Codec == CodecOpus {
			e.SeekPreRoll = opusPreRoll
		}
		list.Tracks.TrackEntry = append(list.Tracks.TrackEntry, e)
	}
	return &list
}

// seekHead returns the SeekHead, filled up to seekRegion bytes.  Cues is where
// the index is, or 0 if there is none.
func seekHead(l layout, cues int64) []byte {
	var entries []byte
	add := func(id uint64, position int64) {
		seek := appendHeader(nil, idSeekID, 4)
		seek = appendUint(seek, id, 4)
		seek = appendHeader(seek, idSeekPosition, 8)
		seek = appendUint(seek, uint64(position-l.segment), 8)
		entries = append(appendHeader(entries, idSeek, int64(len(seek))), seek...)
	}
	add(idInfo, l.info)
	add(idTracks, l.tracks)
	if cues != 0 {
		add(idCues, cues)
	}
	b := append(appendHeader(nil, idSeekHead, int64(len(entries))), entries...)
	return append(b, void(seekRegion-len(b))...)
}
