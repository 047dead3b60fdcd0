package layers

import (
	"galene/codecs"
	"galene/codecs/dependency"
)

// SelectDescribed is Select for a packet with the dependency descriptor d.
func (s *Selector) SelectDescribed(d *dependency.Descriptor, timestamp uint32, marker bool) (forward, mark bool) {
	if s.targets == nil {
		s.targets = new(targets)
	}
	s.described = true
	forward = s.targets.selects(d, timestamp, s.targetSID, s.targetTID)
	return forward, marker || forward && s.targets.marks(d)
}

// Target returns the decode target that is forwarded of a stream with dependency
// descriptors.
func (s *Selector) Target() int {
	if s.targets == nil {
		return 0
	}
	return s.targets.current
}

// selectUndescribed decides about a packet without a descriptor in a stream that
// has them: it belongs to the frame before, or is needed for all we know.
func (s *Selector) selectUndescribed(info codecs.Info, marker bool) (forward, mark bool) {
	t := s.targets
	return info.Start || *t.fate(t.newest, 0) != fateDropped, marker
}
