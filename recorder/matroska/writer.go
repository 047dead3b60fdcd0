package matroska

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/at-wat/ebml-go"
)

// File is what a Writer writes to; an *os.File is one.  The Writer begins where
// the file is empty.
type File interface {
	io.Writer
	io.WriterAt
	// Truncate cuts the file; nothing but WriteAt, Sync and Close follows.
	Truncate(size int64) error
	Sync() error
	Close() error
}

const (
	// clusterTime and clusterBytes are when a cluster is written at the
	// latest.
	clusterTime  = 2 * time.Second
	clusterBytes = 1 << 20
	// cueInterval is the distance of the points to which one can seek, in a
	// file without pictures; with pictures, every keyframe is one.
	cueInterval = 5 * time.Second
)

// Block is one frame.
type Block struct {
	// Track is the number of the track, from 1.
	Track int
	// Time is when the frame is shown, from the beginning of the file; it is
	// rounded to milliseconds.
	Time time.Duration
	// Keyframe says that decoding can begin here; true for sound.
	Keyframe bool
	Data     []byte
}

// cue is a point to which one can seek.
type cue struct {
	time    int64 // ms
	track   int
	cluster int64 // where its cluster begins
}

// Writer writes one file.
type Writer struct {
	file   File
	layout layout
	main   int // the track whose keyframes begin clusters
	video  bool

	cluster []byte // the blocks of the current cluster
	begin   int64  // ms, the time of the current cluster
	end     int64  // of what has been written to the file
	cues    []cue
	pending cue // of the current cluster
	length  lengths
	total   int64 // ms, the duration of what has been written to the file
	err     error
}

// NewWriter writes the beginning of a file.
func NewWriter(f File, h Header) (*Writer, error) {
	head, l, err := h.encode()
	if err != nil {
		return nil, err
	}
	w := &Writer{file: f, layout: l, main: 1, length: make(lengths)}
	for i, t := range h.Tracks {
		if t.video() {
			w.main, w.video = i+1, true
			break
		}
	}
	if err := w.write(head); err != nil {
		return nil, err
	}
	return w, nil
}

// Write adds a block.  Blocks of one track come in the order of their times;
// those of several tracks should.  Once an error has been returned, only Close
// is of any use.
func (w *Writer) Write(b Block) error {
	if w.err != nil {
		return w.err
	}
	ms := max(0, (b.Time + time.Millisecond/2).Milliseconds())
	key := b.Track == w.main && b.Keyframe && w.video
	if len(w.cluster) > 0 && (key || len(w.cluster)+len(b.Data) > clusterBytes ||
		ms-w.begin >= clusterTime.Milliseconds() || w.begin-ms > math.MaxInt16) {
		if err := w.Flush(); err != nil {
			return err
		}
	}
	if len(w.cluster) == 0 {
		w.begin = ms
		w.pending = cue{}
		sound := !w.video && (len(w.cues) == 0 ||
			ms-w.cues[len(w.cues)-1].time >= cueInterval.Milliseconds())
		if key || sound {
			w.pending = cue{time: ms, track: b.Track}
		}
	}
	w.cluster = appendBlock(w.cluster, b, int16(ms-w.begin))
	w.length.add(b.Track, ms)
	return nil
}

// appendBlock appends a SimpleBlock.
func appendBlock(dst []byte, b Block, time int16) []byte {
	dst = appendHeader(dst, idSimpleBlock, int64(len(b.Data)+4))
	dst = append(dst, 0x80|byte(b.Track), byte(uint16(time)>>8), byte(time), 0)
	if b.Keyframe {
		dst[len(dst)-1] = 0x80
	}
	return append(dst, b.Data...)
}

// Flush ends the current cluster, and writes it to the file.
func (w *Writer) Flush() error {
	if w.err != nil || len(w.cluster) == 0 {
		return w.err
	}
	stamp := appendUint(appendHeader(nil, idTimestamp, 8), uint64(w.begin), 8)
	head := appendHeader(nil, idCluster, int64(len(stamp)+len(w.cluster)))
	start := w.end
	out := make([]byte, 0, len(head)+len(stamp)+len(w.cluster))
	out = append(append(append(out, head...), stamp...), w.cluster...)
	if err := w.write(out); err != nil {
		return err
	}
	w.cluster = w.cluster[:0]
	w.total = w.length.total()
	if w.pending.track != 0 {
		w.pending.cluster = start
		w.cues = append(w.cues, w.pending)
	}
	return nil
}

// Size returns the size of the file so far, in bytes, without what is not
// flushed.
func (w *Writer) Size() int64 { return w.end }

// Empty says that no block has been written to the file.
func (w *Writer) Empty() bool { return w.end <= w.layout.clusters }

// Duration returns the length of what has been written to the file.
func (w *Writer) Duration() time.Duration {
	return time.Duration(w.total) * time.Millisecond
}

// write appends to the file, and takes back what was written of b if not all
// of it could be.
func (w *Writer) write(b []byte) error {
	n, err := w.file.Write(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	if err != nil {
		w.err = err
		return errors.Join(err, w.file.Truncate(w.end))
	}
	w.end += int64(n)
	return nil
}

// Close completes the file, makes sure that it is on the disk, and closes it.
// It does so also after an error: what has been written stays playable.
func (w *Writer) Close() error {
	err := w.Flush()
	err = errors.Join(err, finish(w.file, w.layout, w.cues, w.total, w.end))
	return errors.Join(err, w.file.Sync(), w.file.Close())
}

// lengths computes the duration of a file from the times of its blocks.
type lengths map[int]*trackLength

// trackLength is the time of the last block of a track, and its distance from
// the one before, in ms.
type trackLength struct{ last, step int64 }

func (l lengths) add(track int, ms int64) {
	t := l[track]
	if t == nil {
		l[track] = &trackLength{last: ms}
		return
	}
	if ms > t.last {
		t.step = min(ms-t.last, 1000)
		t.last = ms
	}
}

// total returns the duration in ms: the last block of each track is taken to
// last as long as the one before.
func (l lengths) total() int64 {
	total := int64(0)
	for _, t := range l {
		total = max(total, t.last+t.step)
	}
	return total
}

// cuesElement is the element Cues, as the marshaller wants it.
type cuesElement struct {
	Cues struct {
		CuePoint []cuePoint
	}
}

type cuePoint struct {
	CueTime           uint64
	CueTrackPositions cuePosition
}

type cuePosition struct {
	CueTrack           uint64
	CueClusterPosition uint64
}

// finish writes the index after the clusters, which end at end, and fills in
// what could not be known before.  If there is no room for the index, the file
// does without.
func finish(f File, l layout, cues []cue, duration, end int64) error {
	var b bytes.Buffer
	if len(cues) > 0 {
		var list cuesElement
		for _, c := range cues {
			list.Cues.CuePoint = append(list.Cues.CuePoint, cuePoint{
				CueTime: uint64(c.time),
				CueTrackPositions: cuePosition{
					CueTrack: uint64(c.track), CueClusterPosition: uint64(c.cluster - l.segment),
				},
			})
		}
		if err := ebml.Marshal(&list, &b); err != nil {
			return fmt.Errorf("index: %w", err)
		}
	}
	position := end
	_, err := f.WriteAt(b.Bytes(), end)
	if err != nil {
		err = errors.Join(fmt.Errorf("index: %w", err), f.Truncate(end))
	} else {
		end += int64(b.Len())
	}
	if err != nil || b.Len() == 0 {
		position = 0
	}

	length := appendHeader(nil, idDuration, 8)
	length = binary.BigEndian.AppendUint64(length, math.Float64bits(float64(duration)))
	size := appendUint([]byte{0x01}, uint64(end-l.segment), 7)
	for _, patch := range []struct {
		data []byte
		at   int64
	}{
		{length, l.duration},
		{seekHead(l, position), l.segment},
		{size, l.segment - int64(len(size))},
	} {
		_, e := f.WriteAt(patch.data, patch.at)
		err = errors.Join(err, e)
	}
	return err
}
