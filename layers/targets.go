package layers

import (
	"math/bits"

	"galene/codecs/dependency"
)

// targets forwards the frames of one decode target of a stream with dependency
// descriptors (spec media.md 8.5).
//
// A frame that has not come counts as sent: it is asked for again, and sent if it
// comes.  What matters here is only what was left out on purpose.
type targets struct {
	structure *dependency.Structure // nil before the first frame
	current   int                   // the target forwarded
	usable    uint32                // targets of which nothing needed was left out
	active    uint32                // targets that the sender produces
	newest    uint16                // highest frame number
	timestamp uint32                // of the picture …
	within    bool                  // … that has begun …
	ended     bool                  // … or whose last packet was sent
	fates     [fateWindow]fate
}

// fateWindow is how many frames back it is known what was done with them.
const fateWindow = 256

// fate is what was done with a frame.
type fate uint8

const (
	fateUnknown fate = iota
	fateSent
	fateDropped
)

// fate returns what was done with the frame so many before the one numbered n.
func (t *targets) fate(n, back uint16) *fate {
	return &t.fates[(n-back)%fateWindow]
}

// selects decides about a packet, for a receiver that wants the layers up to sid
// and tid.
func (t *targets) selects(d *dependency.Descriptor, timestamp uint32, sid, tid uint8) bool {
	restarted := t.structure != d.Structure
	if restarted || d.Keyframe() && int16(d.Number-t.newest) > 0 {
		t.restart(d, restarted)
	}
	ahead := int16(d.Number - t.newest)
	switch {
	case ahead > 0 && ahead < fateWindow:
		for i := range uint16(ahead) {
			*t.fate(d.Number, i) = fateUnknown
		}
		t.newest = d.Number
	case ahead > 0:
		t.fates = [fateWindow]fate{}
		t.newest = d.Number
	case ahead <= -fateWindow:
		return d.Indications.Of(t.current) != dependency.NotPresent
	}
	f := t.fate(d.Number, 0)
	if *f == fateUnknown {
		*f = fateDropped
		if ahead >= 0 {
			t.choose(d, timestamp, sid, tid)
		}
		if t.wants(d) {
			*f = fateSent
		}
		t.note(d, *f == fateSent, ahead < 0)
	}
	return *f == fateSent
}

// restart begins with a keyframe or, if nothing is known, with any frame: then
// all that came before counts as sent.
func (t *targets) restart(d *dependency.Descriptor, unknown bool) {
	first := t.structure == nil
	t.structure = d.Structure
	t.usable = 0
	if unknown && !d.Keyframe() {
		t.usable = d.Structure.All()
	}
	if first || t.current >= d.Structure.Targets() {
		t.current = 0
	}
	t.fates = [fateWindow]fate{}
	t.newest = d.Number
	t.within = false
}

// intact reports whether the frame can be decoded by whoever has got all that was
// sent.
func (t *targets) intact(d *dependency.Descriptor) bool {
	for _, back := range d.References[:d.ReferenceCount] {
		if back < fateWindow && *t.fate(d.Number, back) == fateDropped {
			return false
		}
	}
	return true
}

// wants reports whether a frame is to be sent: it belongs to the target, its
// references were sent, and its chain is not broken.
func (t *targets) wants(d *dependency.Descriptor) bool {
	return d.Indications.Of(t.current) != dependency.NotPresent && t.intact(d) && t.linked(d)
}

// linked reports whether the frame before in the chain that protects the target
// was sent.
func (t *targets) linked(d *dependency.Descriptor) bool {
	chain, ok := d.Structure.Chain(t.current)
	if !ok {
		return true
	}
	back := uint16(d.Chains[chain])
	return back == 0 || *t.fate(d.Number, back) != fateDropped
}

// choose changes the target where that is possible: at the beginning of a picture
// and, to a higher one, also within it.
func (t *targets) choose(d *dependency.Descriptor, timestamp uint32, sid, tid uint8) {
	begins := !t.within || timestamp != t.timestamp
	t.timestamp, t.within = timestamp, true
	t.ended = t.ended && !begins
	t.active = d.Active
	possible := t.usable
	if t.intact(d) {
		possible |= d.Indications.Switches()
	}
	possible &= t.producible()
	wanted := t.limited(possible, sid, tid)
	switch {
	case wanted != 0:
		best := t.highest(wanted)
		goesOn := !t.ended && d.Indications.Of(best) != dependency.NotPresent
		if begins || goesOn && t.above(best, t.current) {
			t.current = best
		}
	case begins && possible != 0:
		t.current = t.lowest(possible)
	}
}

// producible returns the active targets, or all if the sender names none.
func (t *targets) producible() uint32 {
	if active := t.active & t.structure.All(); active != 0 {
		return active
	}
	return t.structure.All()
}

// limited returns those of the targets in set that have no layers above sid and
// tid.
func (t *targets) limited(set uint32, sid, tid uint8) uint32 {
	var result uint32
	for rest := set; rest != 0; rest &= rest - 1 {
		target := bits.TrailingZeros32(rest)
		if l := t.structure.Layer(target); l.SID <= sid && l.TID <= tid {
			result |= 1 << target
		}
	}
	return result
}

// above compares targets by their layers.
func (t *targets) above(a, b int) bool {
	la, lb := t.structure.Layer(a), t.structure.Layer(b)
	return la.SID > lb.SID || la.SID == lb.SID && la.TID > lb.TID
}

// highest returns the highest target of a set that is not empty.
func (t *targets) highest(set uint32) int {
	best := bits.TrailingZeros32(set)
	for rest := set & (set - 1); rest != 0; rest &= rest - 1 {
		if target := bits.TrailingZeros32(rest); t.above(target, best) {
			best = target
		}
	}
	return best
}

// lowest returns the lowest target of a set that is not empty.
func (t *targets) lowest(set uint32) int {
	best := bits.TrailingZeros32(set)
	for rest := set & (set - 1); rest != 0; rest &= rest - 1 {
		if target := bits.TrailingZeros32(rest); t.above(best, target) {
			best = target
		}
	}
	return best
}

// note notes what the fate of a frame means for the targets it belongs to.  One
// that comes late opens none, as frames after it may have been left out.
func (t *targets) note(d *dependency.Descriptor, sent, late bool) {
	switch {
	case !sent:
		t.usable &^= d.Indications.Needed()
	case !late:
		t.usable |= d.Indications.Switches()
	}
}

// best returns the target that a receiver would get that can have any.
func (t *targets) best(sid, tid uint8) int {
	if allowed := t.limited(t.producible(), sid, tid); allowed != 0 {
		return t.highest(allowed)
	}
	return t.lowest(t.producible())
}

// needsKeyframe reports whether the layers up to sid and tid can be reached only
// by a keyframe.
func (t *targets) needsKeyframe(sid, tid uint8) bool {
	best := t.best(sid, tid)
	if t.usable>>t.current&1 == 0 {
		return true
	}
	return t.structure.Layer(best).SID != t.structure.Layer(t.current).SID && t.usable>>best&1 == 0
}

// marks reports whether a packet is the last of a picture for who gets the target.
func (t *targets) marks(d *dependency.Descriptor) bool {
	if !d.End || d.SID != t.structure.Layer(t.current).SID {
		return false
	}
	t.ended = true
	return true
}
