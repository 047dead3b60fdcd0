package recorder

import (
	"time"

	"galene/codecs"
	"galene/recorder/assembly"
)

const (
	// hold is how long a frame waits for frames of the other kind that belong
	// before it: a little longer than lost packets are waited for.
	hold = 1500 * time.Millisecond
	// startPatience is how long the beginning of a file waits for the first
	// frame of each kind, and for the sender's reports, which tell how sound
	// and pictures belong together.
	startPatience = 4 * time.Second
	// absence is how long a kind of frames that is not in the file waits for
	// a keyframe of the other, with which a new file begins.
	absence = 5 * time.Second
	// pendingBytes bounds what waits.
	pendingBytes = 8 << 20
)

// pending is a frame that waits to be written.
type pending struct {
	in    *input
	clock *trackClock
	frame assembly.Frame
}

// time is when the frame is, in ns of the clock of the packets.
func (p pending) time() int64 { return p.clock.time(p.frame.Timestamp) }

// merger writes the frames of a stream to files, in the order of their times.
// It belongs to the stream's goroutine.
type merger struct {
	stream *stream
	queues [2][]pending // by kind
	bytes  int
	out    *output
	// previous is the file before the one that is about to begin.
	previous *output
	retry    time.Time // not before
	stuck    bool      // a keyframe is needed
}

// add takes a frame.
func (m *merger) add(in *input, f assembly.Frame) {
	m.queues[in.kind] = append(m.queues[in.kind], pending{in, in.clock, f})
	m.bytes += len(f.Data)
}

// wantsKeyframe says that the file, or the next one, needs a keyframe.
func (m *merger) wantsKeyframe() bool { return m.stuck }

// head returns the next frame of a kind, or nil.
func (m *merger) head(kind codecs.Kind) *pending {
	if len(m.queues[kind]) == 0 {
		return nil
	}
	return &m.queues[kind][0]
}

// drop forgets the next frame of a kind.
func (m *merger) drop(kind codecs.Kind) {
	q := m.queues[kind]
	m.bytes -= len(q[0].frame.Data)
	q[0] = pending{}
	m.queues[kind] = q[1:]
}

// clear forgets all frames.
func (m *merger) clear() {
	m.queues = [2][]pending{}
	m.bytes = 0
}

// write writes what can be written at the time now, everything at the end.
func (m *merger) write(now int64, last bool) {
	if time.Now().Before(m.retry) {
		m.clear()
		m.stuck = true
		return
	}
	for m.head(codecs.Audio) != nil || m.head(codecs.Video) != nil {
		m.skipUndecodable()
		if m.out == nil {
			if !m.ready(now, last) || !m.open() {
				break
			}
		}
		kind, ok := m.next(now, last)
		if !ok {
			if last && m.needsFile() && m.rotate() {
				continue
			}
			break
		}
		if m.rotation(kind, now) {
			if !m.rotate() {
				break
			}
			continue
		}
		p := *m.head(kind)
		if err := m.out.write(kind, p); err != nil {
			m.fail(err)
			break
		}
		if kind == codecs.Video && p.frame.Keyframe {
			m.stuck = false
		}
		m.drop(kind)
	}
	if m.out != nil {
		if err := m.out.flush(); err != nil {
			m.fail(err)
		}
	}
}

// skipUndecodable drops pictures that a new file cannot begin with.
func (m *merger) skipUndecodable() {
	if m.out != nil && m.out.tracks[codecs.Video].started {
		return
	}
	for p := m.head(codecs.Video); p != nil && !p.frame.Keyframe; p = m.head(codecs.Video) {
		m.drop(codecs.Video)
		m.stuck = true
	}
}

// ready says whether a file can begin.
func (m *merger) ready(now int64, last bool) bool {
	first := m.oldest()
	if first == nil {
		return false
	}
	if last || now-first.frame.Arrival >= int64(startPatience) || m.bytes >= pendingBytes {
		return true
	}
	for _, kind := range []codecs.Kind{codecs.Audio, codecs.Video} {
		p := m.head(kind)
		if p == nil && m.stream.expects(kind) || p != nil && !p.clock.synced {
			return false
		}
	}
	return true
}

// oldest returns the first frame in time.
func (m *merger) oldest() *pending {
	a, v := m.head(codecs.Audio), m.head(codecs.Video)
	if a == nil || v != nil && v.time() < a.time() {
		return v
	}
	return a
}

// open begins a file with what is there.
func (m *merger) open() bool {
	out, err := newOutput(m.stream, m.head(codecs.Audio), m.head(codecs.Video), m.previous)
	if err != nil {
		m.fail(err)
		return false
	}
	m.out, m.previous = out, nil
	return true
}

// next returns the kind of the next frame to be written, if it is known.
func (m *merger) next(now int64, last bool) (codecs.Kind, bool) {
	a, v := m.head(codecs.Audio), m.head(codecs.Video)
	if a != nil && !m.out.accepts(a) {
		a = nil
	}
	waiting := m.head(codecs.Audio) != nil && a == nil
	// Pictures of another codec, or the first ones, make a new file; sound
	// before them is still of the present one.
	switch {
	case a == nil && v == nil:
		// Sound that is not in the file, and no pictures any more.
		if waiting && now-m.head(codecs.Audio).frame.Arrival >= int64(absence) {
			return codecs.Audio, true
		}
		return 0, false
	case a != nil && v != nil:
		if v.time() < a.time() {
			return codecs.Video, true
		}
		return codecs.Audio, true
	}
	kind, head := codecs.Audio, a
	if a == nil {
		kind, head = codecs.Video, v
	}
	other := codecs.Video - kind
	alone := !m.out.has(other) && (kind == codecs.Video || m.head(codecs.Video) == nil)
	if alone || last || m.bytes >= pendingBytes || !m.stream.expects(other) ||
		now-head.frame.Arrival >= int64(hold) {
		return kind, true
	}
	return 0, false
}

// needsFile says that there are frames that the present file cannot have.
func (m *merger) needsFile() bool {
	a, v := m.head(codecs.Audio), m.head(codecs.Video)
	return a != nil && !m.out.accepts(a) || v != nil && !m.out.accepts(v) && v.frame.Keyframe
}

// rotation says whether the next frame, which is of the given kind, is to begin
// a new file.
func (m *merger) rotation(kind codecs.Kind, now int64) bool {
	p := m.head(kind)
	if kind == codecs.Audio {
		if !m.out.accepts(p) {
			return true
		}
		return !m.out.has(codecs.Video) && m.out.tooLong(p)
	}
	if !m.out.accepts(p) {
		return true // always a keyframe, see skipUndecodable
	}
	a := m.head(codecs.Audio)
	missing := a != nil && !m.out.accepts(a)
	long := m.out.tooLong(p)
	resized := m.stream.rec.rotate && p.frame.Keyframe && m.out.resized(p)
	if (missing || long) && !p.frame.Keyframe {
		m.stuck = true
	}
	return p.frame.Keyframe && (missing || long || resized)
}

// rotate ends the present file and begins the next.
func (m *merger) rotate() bool {
	if err := m.out.close(); err != nil {
		m.out = nil
		m.fail(err)
		return false
	}
	m.out, m.previous = nil, m.out
	m.skipUndecodable()
	return m.oldest() != nil && m.open()
}

// fail ends the file after an error; another one is tried later.
func (m *merger) fail(err error) {
	if m.out != nil {
		_ = m.out.close() // after an error it is likely to fail, too
		m.out = nil
	}
	m.clear()
	m.stuck = true
	m.retry = time.Now().Add(m.stream.rec.retry)
	m.stream.log.Error("cannot write the recording", "error", err)
	m.stream.warn("it cannot be written (" + reason(err) + "); trying again in " + m.stream.rec.retry.String())
}

// close ends the file.
func (m *merger) close() {
	if m.out == nil {
		return
	}
	if err := m.out.close(); err != nil {
		m.stream.log.Error("cannot complete the recording", "error", err)
		m.stream.warn("the file cannot be completed (" + reason(err) + ")")
	}
	m.out = nil
}
