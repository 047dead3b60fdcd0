package rtpconn

import "sync/atomic"

// windowSize is the number of packets that the window remembers.
const windowSize = 2048

// window remembers which of the newest packets have been received.  One
// goroutine marks; any may ask, without a lock.
type window struct {
	words [windowSize / 64]atomic.Uint64
	top   atomic.Uint64 // the highest number marked
}

func (w *window) slot(ext uint64) (*atomic.Uint64, uint64) {
	return &w.words[ext%windowSize/64], 1 << (ext % 64)
}

// mark notes the reception of ext and returns false if it was noted before, or
// is too old for that to be known.
func (w *window) mark(ext uint64) bool {
	top := w.top.Load()
	switch {
	case ext > top:
		if ext-top >= windowSize {
			for i := range w.words {
				w.words[i].Store(0)
			}
		} else {
			for e := top + 1; e < ext; e++ {
				word, bit := w.slot(e)
				word.Store(word.Load() &^ bit)
			}
		}
	case top-ext >= windowSize:
		return false
	default:
		word, bit := w.slot(ext)
		if word.Load()&bit != 0 {
			return false
		}
	}
	word, bit := w.slot(ext)
	word.Store(word.Load() | bit)
	if ext > top {
		w.top.Store(ext)
	}
	return true
}

// has reports whether ext was received.  What is too old to be known counts as
// received: nobody needs it any more.
func (w *window) has(ext uint64) bool {
	word, bit := w.slot(ext)
	set := word.Load()&bit != 0
	top := w.top.Load() // after the word: it may have been cleared for a newer packet
	if ext > top {
		return false
	}
	return set || top-ext >= windowSize-64
}
