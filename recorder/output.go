package recorder

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"

	"galene/codecs"
	"galene/recorder/archive"
	"galene/recorder/matroska"
)

const (
	// gapAbove is the time without frames that the index mentions.
	gapAbove = time.Second
	// maxGaps bounds the index.
	maxGaps = 10_000
	// flushAfter is when frames are written at the latest.
	flushAfter = 2 * time.Second
)

// outputTrack is one track of a file.
type outputTrack struct {
	number      int // in the file; 0 is none
	codec       codecs.Codec
	description matroska.Track
	webm        bool // WebM can have it
	started     bool
	last        time.Duration
}

// output is a file being written.
type output struct {
	stream  *stream
	file    *archive.File
	writer  *matroska.Writer
	zero    int64 // the time zero of the file, in ns of the clock of the packets
	tracks  [2]outputTrack
	index   archive.IndexFile
	written time.Time // when the writer was last flushed
}

// newOutput begins a file with the given frames, one of which may be nil.  Of a
// kind of which there is no frame, the file has the track of the previous one,
// which may be nil.
func newOutput(st *stream, audio, video *pending, previous *output) (*output, error) {
	o := &output{stream: st, written: time.Now()}
	var zero *pending
	for _, p := range []*pending{video, audio} {
		if p == nil {
			continue
		}
		if zero == nil || p.time() < zero.time() {
			zero = p
		}
		t := &o.tracks[p.in.kind]
		t.codec = p.frame.Codec
		t.description, t.webm = describe(p.frame, st.src.Label())
	}
	header := matroska.Header{Type: matroska.WebM, Title: st.owner.Username}
	extension := webm
	for _, kind := range []codecs.Kind{codecs.Video, codecs.Audio} {
		t := &o.tracks[kind]
		if t.codec.Name == "" && previous != nil && previous.has(kind) {
			old := previous.tracks[kind]
			*t = outputTrack{codec: old.codec, description: old.description, webm: old.webm}
		}
		if t.codec.Name == "" {
			continue
		}
		if !t.webm {
			header.Type, extension = matroska.Matroska, mkv
		}
		header.Tracks = append(header.Tracks, t.description)
		t.number = len(header.Tracks)
		o.index.Tracks = append(o.index.Tracks, archive.IndexTrack{
			Kind: kind.String(), Codec: t.codec.Name,
			Width: t.description.Width, Height: t.description.Height,
		})
	}
	o.zero = zero.time()
	start := st.rec.clock.wall(o.zero)
	header.Date = start

	file, err := st.session.dir.Begin(start, st.owner.Username, extension)
	if err != nil {
		return nil, err
	}
	o.file = file
	var target matroska.File = file
	if st.rec.wrap != nil {
		target = st.rec.wrap(target)
	}
	o.writer, err = matroska.NewWriter(target, header)
	if err != nil {
		return nil, errors.Join(err, file.Close(), file.Discard())
	}
	o.index.Name = file.Name
	o.index.Stream, o.index.Label = st.src.ID(), st.src.Label()
	o.index.User, o.index.Username = st.owner.ID, st.owner.Username
	o.index.Start = start
	st.session.note(o.index)
	st.log.Info("recording to a file", "file", file.Name)
	return o, nil
}

// has says whether the file has a track of a kind.
func (o *output) has(kind codecs.Kind) bool { return o.tracks[kind].number != 0 }

// accepts says whether a frame can be in the file.
func (o *output) accepts(p *pending) bool {
	return o.has(p.in.kind) && o.tracks[p.in.kind].codec.MimeType == p.frame.Codec.MimeType
}

// resized says whether the picture has another size than at the start.
func (o *output) resized(p *pending) bool {
	t := o.tracks[p.in.kind].description
	return p.frame.Width != t.Width || p.frame.Height != t.Height
}

// tooLong says whether it is time for another file.
func (o *output) tooLong(p *pending) bool {
	return p.time()-o.zero >= int64(o.stream.rec.limits.FileDuration)
}

// write writes a frame.
func (o *output) write(kind codecs.Kind, p pending) error {
	t := &o.tracks[kind]
	at := max(0, time.Duration(p.time()-o.zero))
	if t.started {
		// The clock may have been set back a little.
		at = max(at, t.last+time.Millisecond)
	}
	if at-t.last > gapAbove && len(o.index.Gaps) < maxGaps {
		o.index.Gaps = append(o.index.Gaps, archive.IndexGap{
			Kind: kind.String(), From: t.last.Seconds(), To: at.Seconds(),
		})
	}
	t.started, t.last = true, at
	return o.writer.Write(matroska.Block{
		Track: t.number, Time: at, Keyframe: p.frame.Keyframe, Data: p.frame.Data,
	})
}

// flush writes to the file what has been held back for long.
func (o *output) flush() error {
	if now := time.Now(); now.Sub(o.written) >= flushAfter {
		o.written = now
		return o.writer.Flush()
	}
	return nil
}

// close completes the file, also after an error.
func (o *output) close() error {
	err := o.writer.Close()
	if o.writer.Empty() {
		o.stream.session.forget(o.index.Name)
		return errors.Join(err, o.file.Discard())
	}
	o.index.Closed = o.stream.rec.clock.present()
	o.index.Duration = o.writer.Duration().Seconds()
	o.stream.session.note(o.index)
	o.stream.log.Info("recorded", "file", o.file.Name, "seconds", o.index.Duration)
	return errors.Join(err, o.file.Finish())
}

// reason says in a few words what an error of the disk is about.
func reason(err error) string {
	var number syscall.Errno
	switch {
	case errors.Is(err, os.ErrPermission):
		return "permission denied"
	case errors.Is(err, fs.ErrNotExist):
		return "the directory is gone"
	case errors.Is(err, archive.ErrCollision):
		return "no free file name"
	case errors.As(err, &number):
		return number.Error()
	}
	return "input/output error"
}
