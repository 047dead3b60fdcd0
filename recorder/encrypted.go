package recorder

import (
	"galene/codecs"
	"galene/conn"
)

// encrypted says whether streams are encrypted end to end, as far as that is known:
// there are pictures that cannot be read, and none that can.  One member who sends
// nonsense does not keep the others from being recorded.
func encrypted(sources []conn.Source) bool {
	found := false
	for _, src := range sources {
		for _, t := range src.Tracks() {
			opaque, known := unreadable(t)
			if known && !opaque {
				return false
			}
			found = found || opaque
		}
	}
	return found
}

// unreadable says whether the last keyframe of a track cannot be read, if there is one.
func unreadable(t conn.Track) (opaque, known bool) {
	if t.Kind() != codecs.Video {
		return false, false
	}
	first, ok := t.Cache().Keyframe()
	if !ok {
		return false, false
	}
	p := t.Cache().Acquire(first)
	if p == nil {
		return false, false
	}
	defer p.Release()
	return p.Info.Opaque, true
}
