package matroska

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

var (
	// ErrForeign means that a file was not begun by a Writer.
	ErrForeign = errors.New("not a recording of this program")
	// ErrEmpty means that a file has no frames: nothing is lost with it.
	ErrEmpty = errors.New("recording without contents")
)

// maxCluster bounds what is read at once; a Writer's clusters are much smaller.
const maxCluster = 64 << 20

// segmentHead is the size of the identifier and size of the segment.
const segmentHead = 12

// maxTime is the largest timestamp that is believed, in ms: some years.
const maxTime = 1e11

// RepairFile is a File that can be read.
type RepairFile interface {
	File
	io.ReaderAt
}

// Repair completes a file of the given size whose writer died: whatever follows
// the last complete block is cut off, then the file is completed as if it had
// been closed.  It is synced, but not closed.  If the error is ErrEmpty or
// ErrForeign, wrapped, the file has not been touched.
func Repair(f RepairFile, size int64) error {
	h, err := readHeader(f, size)
	if err != nil {
		return err
	}
	s := scan{file: f, layout: h.layout, main: 1, length: make(lengths)}
	for i, t := range h.types {
		if t == typeVideo {
			s.main, s.video = i+1, true
			break
		}
	}
	end := h.layout.clusters
	for end < size {
		next, err := s.cluster(end, size)
		if next == end {
			break
		}
		end = next
		if err != nil {
			break
		}
	}
	if len(s.length) == 0 {
		return ErrEmpty
	}
	if err := f.Truncate(end); err != nil {
		return err
	}
	return errors.Join(finish(f, h.layout, s.cues, s.length.total(), end), f.Sync())
}

// header is what is known about a file from its beginning.
type header struct {
	layout   layout
	types    []uint64 // of the tracks
	duration time.Duration
	finished bool
}

// readHeader reads the beginning of a file.
func readHeader(r io.ReaderAt, size int64) (header, error) {
	var h header
	first, err := readElement(r, 0)
	if errors.Is(err, io.EOF) {
		return h, ErrEmpty
	}
	if err != nil || first.id != idEBML || first.size < 0 {
		return h, ErrForeign
	}
	segment, err := readElement(r, first.end())
	if errors.Is(err, io.EOF) {
		return h, ErrEmpty
	}
	if err != nil || segment.id != idSegment || segment.body-segment.start != segmentHead {
		return h, ErrForeign
	}
	h.layout.segment = segment.body
	seek, err := readElement(r, segment.body)
	if errors.Is(err, io.EOF) {
		return h, ErrEmpty
	}
	if err != nil || seek.id != idSeekHead || seek.size < 0 || seek.end() > segment.body+seekRegion {
		return h, ErrForeign
	}
	h.layout.info = segment.body + seekRegion
	info, err := readElement(r, h.layout.info)
	if errors.Is(err, io.EOF) {
		return h, ErrEmpty
	}
	if err != nil || info.id != idInfo || info.size < durationSize {
		return h, ErrForeign
	}
	h.layout.duration = info.body
	var b [durationSize]byte
	if _, err := r.ReadAt(b[:], info.body); err != nil {
		return h, ErrEmpty
	}
	if e, err := parseElement(b[:], 0); err == nil && e.id == idDuration && e.size == 8 {
		ms := math.Float64frombits(binary.BigEndian.Uint64(b[e.body:]))
		if ms >= 0 && ms <= 2*maxTime {
			h.duration, h.finished = time.Duration(ms*float64(time.Millisecond)), true
		}
	} else if err != nil || e.id != idVoid || e.end() != durationSize {
		return h, ErrForeign
	}
	h.layout.tracks = info.end()
	tracks, err := readElement(r, h.layout.tracks)
	if err != nil || tracks.id != idTracks || tracks.size < 0 || tracks.size > 1<<20 || tracks.end() > size {
		return h, ErrEmpty
	}
	h.layout.clusters = tracks.end()
	h.types, err = readTypes(r, tracks)
	return h, err
}

// readTypes returns the types of the tracks, by number.
func readTypes(r io.ReaderAt, tracks element) ([]uint64, error) {
	var types []uint64
	body := make([]byte, tracks.size)
	if _, err := r.ReadAt(body, tracks.body); err != nil {
		return nil, fmt.Errorf("tracks: %w", err)
	}
	err := each(body, func(e element) error {
		if e.id != idTrackEntry {
			return nil
		}
		types = append(types, 0)
		return each(body[e.body:e.end()], func(f element) error {
			if f.id == idTrackType {
				types[len(types)-1] = number(body[e.body+f.body : e.body+f.end()])
			}
			return nil
		})
	})
	if err != nil {
		return nil, ErrForeign
	}
	return types, nil
}

// each calls f for the elements of b, whose offsets are those in b.
func each(b []byte, f func(element) error) error {
	for at := int64(0); at < int64(len(b)); {
		e, err := parseElement(b[at:], at)
		if err != nil {
			return err
		}
		if e.size < 0 || e.end() > int64(len(b)) {
			return errElement
		}
		if err := f(e); err != nil {
			return err
		}
		at = e.end()
	}
	return nil
}

// number reads an unsigned integer.
func number(b []byte) uint64 {
	n := uint64(0)
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

// scan goes through the clusters of a file.
type scan struct {
	file   RepairFile
	layout layout
	main   int
	video  bool
	cues   []cue
	length lengths
}

// errPartial means that a cluster is not complete.
var errPartial = errors.New("incomplete cluster")

// cluster takes note of the cluster at start, and returns where what can be
// used of it ends: that is start if it is unusable.  A cluster of which only a
// part is there gets another size.
func (s *scan) cluster(start, size int64) (end int64, err error) {
	c, err := readElement(s.file, start)
	if err != nil || c.id != idCluster || c.size < 0 || c.size > maxCluster {
		return start, errPartial
	}
	whole := c.end() <= size
	body := make([]byte, min(c.end(), size)-c.body)
	if _, err := s.file.ReadAt(body, c.body); err != nil {
		return start, err
	}
	var begin int64
	usable := int64(0)
	blocks := 0
	err = each(body, func(e element) error {
		switch e.id {
		case idTimestamp:
			n := number(body[e.body:e.end()])
			if n > maxTime {
				return errElement
			}
			begin = int64(n)
		case idSimpleBlock:
			if e.size < 4 {
				return errElement
			}
			b := body[e.body:]
			track := int(b[0] & 0x7f)
			ms := begin + int64(int16(binary.BigEndian.Uint16(b[1:])))
			s.block(track, ms, b[3]&0x80 != 0, blocks == 0, start)
			blocks++
		}
		usable = e.end()
		return nil
	})
	if whole && err == nil {
		return c.end(), nil
	}
	if blocks == 0 {
		return start, errPartial
	}
	// The size is written in as many bytes as before.
	n := int(c.body-start) - 4
	patch := appendUint(nil, 1<<(7*n)|uint64(usable), n)
	if _, err := s.file.WriteAt(patch, start+4); err != nil {
		return start, err
	}
	return c.body + usable, errPartial
}

// block takes note of a block; first is the first of its cluster.
func (s *scan) block(track int, ms int64, keyframe, first bool, cluster int64) {
	s.length.add(track, ms)
	if !first || !keyframe {
		return
	}
	sound := !s.video && (len(s.cues) == 0 || ms-s.cues[len(s.cues)-1].time >= cueInterval.Milliseconds())
	if track == s.main && s.video || sound {
		s.cues = append(s.cues, cue{time: ms, track: track, cluster: cluster})
	}
}

// Duration returns the length of a file that a Writer has completed, and false
// for any other.
func Duration(r io.ReaderAt, size int64) (time.Duration, bool) {
	h, err := readHeader(r, size)
	return h.duration, err == nil && h.finished
}
