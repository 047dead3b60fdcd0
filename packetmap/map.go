// Package packetmap renumbers the packets sent to one receiver: packets that
// are dropped on purpose leave no gap in the sequence numbers, and frames
// dropped on purpose none in the picture ids.  It also keeps the log of what
// was sent, from which negative acknowledgements are answered.
//
// It implements spec media.md 2.6.  Sequence numbers are unwrapped to 64 bits
// on both sides; of an output number, the low 16 bits go into the packet.
//
// Nothing here takes a lock: a Map and a SentLog belong to the goroutine that
// owns the down track.
package packetmap

// Frame says which frame a packet belongs to.
type Frame struct {
	// ID distinguishes the frames of a track and, if they are chosen
	// separately, the spatial layers of a frame: it may be made of the
	// timestamp and the layer.
	ID uint64
	// PID is the picture id, and PIDBits its width: 7, 15 or, if there is
	// none, 0.
	PID     uint16
	PIDBits uint8
}

// Map maps the sequence numbers and picture ids of a track to those of one
// receiver.  The zero value is ready for use, and maps its first number to
// itself.
//
// Its invariants (spec 2.6): distinct packets get distinct numbers (I1); every
// gap in the output is one in the input (I2); order is preserved (I3); picture
// ids advance by one per frame sent (I5); a switch of the source takes exactly
// the next number and picture id (I6).
type Map struct {
	started bool
	fixed   bool   // nextOut is the first output number
	next    uint64 // the next source number in order
	nextOut uint64 // one more than the highest number given out
	runs    runTable

	// The frames of the newest packets sent and dropped.
	sent, dropped frameID
	// tailDropped says that the packet before next was dropped.
	tailDropped bool
	pids        pictureIDs
}

// frameID is Frame.ID, if known.
type frameID struct {
	id    uint64
	known bool
}

// New returns a map whose first output number is start.
func New(start uint64) *Map {
	return &Map{nextOut: start, fixed: true}
}

// Map returns the output number of a packet that is to be sent, or false if it
// must not be sent: it comes too late to be placed, or was dropped.  For a
// codec with picture ids use MapFrame.
func (m *Map) Map(ext uint64) (out uint64, ok bool) {
	out, _, ok = m.place(ext, Frame{}, false)
	return out, ok
}

// MapFrame is Map for a packet whose frame is known, and also returns the
// packet's output picture id.  It refuses a late packet of a frame that was
// dropped.
func (m *Map) MapFrame(ext uint64, f Frame) (out uint64, pid uint16, ok bool) {
	return m.place(ext, f, true)
}

// Drop tries to drop a packet that is not wanted.  It returns false if that
// would leave a gap, or close one that might still be filled; the
// packet must then be sent.
func (m *Map) Drop(ext uint64) bool {
	return m.drop(ext, Frame{}, false)
}

// DropFrame is Drop for a packet whose frame is known.  After a gap it still
// drops the rest of a frame that was being dropped, and it refuses to drop the
// rest of a frame whose beginning was sent.
func (m *Map) DropFrame(ext uint64, f Frame) bool {
	return m.drop(ext, f, true)
}

// Switch says that source numbers have a new meaning: the stream was restarted,
// or another layer is forwarded from now on.  The packet ext takes the output
// number, and its frame the picture id, right after the highest given out.
// Packets before it cannot be mapped any more.
func (m *Map) Switch(ext uint64) {
	if !m.started {
		return
	}
	m.begin(ext, ext-m.nextOut)
	m.pids.resync = true
}

// Skip leaves out an output number before a Switch: what was sent last is not
// whole, and whoever gets it must not take what follows for the rest of it.
func (m *Map) Skip() {
	if m.started {
		m.nextOut++
	}
}

// Reverse returns the source number that is, or would be, mapped to out, and
// false if there is none, or if it is too old to be known.
func (m *Map) Reverse(out uint64) (ext uint64, ok bool) {
	if !m.started {
		return 0, false
	}
	end := m.next
	for i := m.runs.count - 1; i >= 0; i-- {
		r := m.runs.at(i)
		if i < m.runs.count-1 {
			end = r.end
		}
		if ext = out + r.delta; ext >= r.first && ext < end {
			return ext, true
		}
	}
	return 0, false
}

// begin starts a run table with one run.
func (m *Map) begin(ext, delta uint64) {
	m.runs.reset()
	m.runs.push(run{first: ext, delta: delta})
	m.next = ext
	m.sent, m.dropped = frameID{}, frameID{}
	m.tailDropped = false
}

func (m *Map) place(ext uint64, f Frame, known bool) (out uint64, pid uint16, ok bool) {
	if !m.started {
		m.started = true
		if !m.fixed {
			m.nextOut = ext
		}
		m.begin(ext, ext-m.nextOut)
	}
	if ext < m.next {
		r := m.late(ext, f, known)
		if r == nil {
			return 0, 0, false
		}
		return ext - r.delta, f.mask(f.PID - r.pidDelta), true
	}
	r := m.runs.last()
	out = ext - r.delta
	pid = m.pids.send(f, r)
	m.next = ext + 1
	m.nextOut = out + 1
	m.sent = frameID{f.ID, known}
	m.tailDropped = false
	return out, pid, true
}

func (m *Map) drop(ext uint64, f Frame, known bool) bool {
	id := frameID{f.ID, known}
	switch {
	case !m.started:
		return true
	case ext < m.next:
		return m.late(ext, f, known) == nil
	case known && id == m.sent:
		return false
	case ext > m.next && !(known && m.tailDropped && id == m.dropped):
		return false
	}
	// The run ends before the gap, which belongs to the frame dropped.
	current := m.runs.last()
	r := run{
		first:    ext + 1,
		delta:    current.delta + (ext + 1 - m.next),
		pidDelta: current.pidDelta + m.pids.drop(f),
		dropped:  id,
	}
	if current.first == m.next {
		*current = r
	} else {
		current.end = m.next
		m.runs.push(r)
	}
	m.next = ext + 1
	m.dropped = id
	m.tailDropped = true
	return true
}

// late returns the run in which a late packet has its place, or nil.
func (m *Map) late(ext uint64, f Frame, known bool) *run {
	r := m.runs.find(ext, m.next)
	if r == nil || known && r.dropped == (frameID{f.ID, true}) {
		return nil
	}
	return r
}
