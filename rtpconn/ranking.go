package rtpconn

import (
	"cmp"
	"slices"
)

// area returns the number of pixels of the last keyframe, 0 if not known.
func (t *upTrack) area() uint32 {
	size := t.size.Load()
	return size >> 16 * (size & 0xffff)
}

// rank orders the simulcast layers of a section by the size of their pictures,
// once all of them are known, whatever order the sender has described them in
//
func (u *Up) rank(mid string) {
	u.mu.Lock()
	first := slices.IndexFunc(u.announced, func(t *upTrack) bool { return t.mid == mid })
	if first < 0 {
		u.mu.Unlock()
		return
	}
	end := first
	known := true
	for end < len(u.announced) && u.announced[end].mid == mid {
		known = known && u.announced[end].area() > 0
		end++
	}
	descending := func(a, b *upTrack) int { return cmp.Compare(b.area(), a.area()) }
	if !known || slices.IsSortedFunc(u.announced[first:end], descending) {
		u.mu.Unlock()
		return
	}
	u.announced = slices.Clone(u.announced)
	slices.SortStableFunc(u.announced[first:end], descending)
	u.publish()
	u.mu.Unlock()
	u.changed()
}
