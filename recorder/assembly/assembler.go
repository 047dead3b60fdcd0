// Package assembly turns the packets of one track into frames, in order: it
// waits for packets that come late, notices those that never come, and strips
// what belongs to the transport (spec media.md 4.1).
//
// An Assembler belongs to one goroutine and never blocks.  Payloads are hostile:
// what cannot be read is a lost frame.
package assembly

import (
	"time"

	"galene/codecs"
	"galene/packetcache"
)

const (
	// window is the number of packets within which they may be reordered.
	window = 2048
	// patience is how long a missing packet is waited for: the sender is
	// asked for it again for a second.
	patience = 1200 * time.Millisecond
	// maxFrame bounds a frame, in bytes.
	maxFrame = 8 << 20
)

// Frame is one picture, or one packet of sound.
type Frame struct {
	// Codec is how Data is encoded.
	Codec codecs.Codec
	// Timestamp is the RTP timestamp, unwrapped.
	Timestamp int64
	// Arrival is when the first packet that came of the frame did, in ns of
	// the clock of the packets.
	Arrival int64
	// Keyframe says that decoding can begin here; true for sound.
	Keyframe bool
	// Config is the configuration that a container wants to know of a
	// keyframe, in the form that it wants; nil if there is none.
	Config []byte
	// Width and Height are the size of the picture in pixels, of a keyframe.
	Width, Height int
	Data          []byte
}

// Assembler makes frames of packets.
type Assembler struct {
	codec codecs.Codec
	depay depayloader
	// fetch returns a packet that has not been delivered, or nil.
	fetch func(ext uint64) *packetcache.Packet

	slots   [window]*packetcache.Packet
	held    int    // packets in slots
	started bool   // next and highest are valid
	next    uint64 // the first packet that is not yet dealt with
	highest uint64

	broken   bool // pictures are to begin with a keyframe
	skipping bool // the rest of a damaged frame
	lastTS   int64
	unwrap   bool // lastTS is valid
	lost     uint64
	late     uint64
}

// New returns an Assembler for packets of a codec.  Fetch looks for a packet in
// the track's cache; it may be nil.
func New(c codecs.Codec, fetch func(ext uint64) *packetcache.Packet) *Assembler {
	return &Assembler{codec: c, depay: newDepayloader(c), fetch: fetch, broken: c.Kind == codecs.Video}
}

// Supported says whether an Assembler can be made for the codec.
func Supported(c codecs.Codec) bool { return newDepayloader(c) != nil }

// Push takes a packet; it keeps a reference of its own.
func (a *Assembler) Push(p *packetcache.Packet) {
	if !a.started {
		a.started, a.next, a.highest = true, p.Ext, p.Ext
	}
	if p.Ext < a.next {
		a.late++
		return
	}
	if p.Ext >= a.next+window {
		a.jump(p.Ext)
	}
	slot := &a.slots[p.Ext%window]
	if *slot != nil {
		return // a duplicate
	}
	p.Retain()
	*slot = p
	a.held++
	a.highest = max(a.highest, p.Ext)
}

// jump gives up what is too far behind ext.
func (a *Assembler) jump(ext uint64) {
	for ; a.held > 0 && ext >= a.next+window; a.next++ {
		a.drop(a.next)
	}
	if a.held == 0 {
		a.next = ext
	}
	a.damage()
}

// drop releases the packet ext, if it is held.
func (a *Assembler) drop(ext uint64) {
	slot := &a.slots[ext%window]
	if *slot != nil {
		(*slot).Release()
		*slot = nil
		a.held--
	}
}

// damage takes note of lost packets.
func (a *Assembler) damage() {
	a.lost++
	a.skipping = true
	if a.codec.Kind == codecs.Video {
		a.broken = true
	}
}

// Gap says that packets have been dropped on the way here.
func (a *Assembler) Gap() {
	// The packets are missing, which will be noticed; nothing is fetched
	// for sound, and pictures need a keyframe.
	if a.codec.Kind == codecs.Video {
		a.broken = true
	}
}

// NeedsKeyframe says that nothing will come out until there is a keyframe.
func (a *Assembler) NeedsKeyframe() bool { return a.broken }

// Lost returns how often packets were missing for good.
func (a *Assembler) Lost() uint64 { return a.lost }

// Close releases the packets that are held.
func (a *Assembler) Close() {
	for i := range a.slots {
		if a.slots[i] != nil {
			a.slots[i].Release()
			a.slots[i] = nil
		}
	}
	a.held = 0
}

// Pop returns the next frame, if there is one at the time now.  Without patience
// left, at the end for instance, now is the largest number.
func (a *Assembler) Pop(now int64) (Frame, bool) {
	for a.held > 0 {
		if a.slots[a.next%window] == nil {
			if !a.overdue(now) {
				return Frame{}, false
			}
			a.giveUp()
			continue
		}
		end, ok := a.frameEnd()
		if !ok {
			if !a.overdueAfter(end, now) {
				return Frame{}, false
			}
			if a.recover(end) {
				continue
			}
			if a.hasAfter(end) {
				// The middle of the frame is missing.
				a.release(end)
				a.damage()
				continue
			}
			// Nothing follows: the frame may be whole, or not.
			if !a.complete(end) {
				a.release(end)
				a.damage()
				continue
			}
		}
		if f, ok := a.take(end); ok {
			return f, true
		}
	}
	return Frame{}, false
}

// overdue says whether the packet next, which is missing, has been waited for
// long enough.
func (a *Assembler) overdue(now int64) bool {
	return a.overdueAfter(a.next, now)
}

// overdueAfter says whether the packet ext, which is missing, has been waited
// for long enough, which depends on when its successor came.  If there is none,
// that of its predecessor is what counts.
func (a *Assembler) overdueAfter(ext uint64, now int64) bool {
	for e := ext + 1; e <= a.highest; e++ {
		if p := a.slots[e%window]; p != nil {
			return now-p.Arrival >= int64(patience)
		}
	}
	if p := a.slots[(ext-1)%window]; ext > a.next && p != nil {
		return now-p.Arrival >= int64(patience)
	}
	return false
}

// hasAfter says whether a packet after ext is held.
func (a *Assembler) hasAfter(ext uint64) bool {
	for e := ext + 1; e <= a.highest; e++ {
		if a.slots[e%window] != nil {
			return true
		}
	}
	return false
}

// giveUp goes on without the packets that are missing at next, unless they can
// still be fetched.
func (a *Assembler) giveUp() {
	if a.recover(a.next) {
		return
	}
	for a.slots[a.next%window] == nil && a.next <= a.highest {
		a.next++
	}
	a.damage()
}

// recover looks for a packet in the cache.
func (a *Assembler) recover(ext uint64) bool {
	if a.fetch == nil {
		return false
	}
	p := a.fetch(ext)
	if p == nil {
		return false
	}
	defer p.Release()
	a.Push(p)
	return a.slots[ext%window] != nil
}

// frameEnd returns the number after the last packet of the frame that begins at
// next.  If the frame is not known to be complete, ok is false, and end is the
// first packet that is missing.
func (a *Assembler) frameEnd() (end uint64, ok bool) {
	first := a.slots[a.next%window]
	if a.codec.Kind == codecs.Audio {
		return a.next + 1, true
	}
	for e := a.next; e < a.next+window; e++ {
		p := a.slots[e%window]
		if p == nil {
			return e, false
		}
		if p.Timestamp != first.Timestamp {
			return e, true
		}
		if p.Marker {
			return e + 1, true
		}
	}
	return a.next + window - 1, true
}

// complete says whether the packets up to end, which nothing follows, end a
// frame.
func (a *Assembler) complete(end uint64) bool {
	p := a.slots[(end-1)%window]
	return p != nil && (p.Marker || p.Info.Known && p.Info.End)
}

// release drops the packets before end.
func (a *Assembler) release(end uint64) {
	for ; a.next < end; a.next++ {
		a.drop(a.next)
	}
}

// take makes a frame of the packets before end, and forgets them.
func (a *Assembler) take(end uint64) (Frame, bool) {
	defer a.release(end)
	first := a.slots[a.next%window]
	f := Frame{Codec: a.codec, Timestamp: a.extend(first.Timestamp), Arrival: first.Arrival}
	payloads := make([][]byte, 0, end-a.next)
	size := 0
	for e := a.next; e < end; e++ {
		p := a.slots[e%window]
		payload := p.Payload()
		if p.PayloadType == codecs.REDPayloadType {
			payload, _ = codecs.PrimaryRED(payload)
		}
		payloads = append(payloads, payload)
		size += len(payload)
		f.Arrival = min(f.Arrival, p.Arrival)
		f.Keyframe = f.Keyframe || p.Info.Keyframe == codecs.KeyframeYes
	}
	if a.codec.Kind == codecs.Audio {
		f.Keyframe = true
		a.skipping = false
	} else if !a.wanted(first, f.Keyframe, payloads[0]) {
		return f, false
	}
	if size > maxFrame || !a.depay.frame(&f, payloads) || len(f.Data) == 0 {
		if a.codec.Kind == codecs.Video {
			a.damage()
			a.skipping = false // this frame ends here
		}
		return f, false
	}
	if t, ok := a.depay.(tracker); ok {
		t.emitted(payloads[0], f.Keyframe)
	}
	a.broken = false
	return f, true
}

// wanted says whether a frame can be decoded after what has been lost.
func (a *Assembler) wanted(first *packetcache.Packet, keyframe bool, payload []byte) bool {
	headless := a.skipping && !first.Info.Start
	a.skipping = false
	if headless {
		return false
	}
	if keyframe {
		return true
	}
	t, ok := a.depay.(tracker)
	if a.broken {
		return ok && t.resumes(payload)
	}
	return !ok || t.admits(payload)
}

// extend unwraps a timestamp.
func (a *Assembler) extend(ts uint32) int64 {
	if !a.unwrap {
		a.unwrap = true
		a.lastTS = int64(ts)
		return a.lastTS
	}
	a.lastTS += int64(int32(ts - uint32(a.lastTS)))
	return a.lastTS
}
