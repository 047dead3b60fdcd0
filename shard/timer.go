package shard

import (
	"container/heap"
	"time"
)

// Timer runs a function on a shard's goroutine at a later time.  Its methods
// may be called from any goroutine; on the shard's own goroutine they take
// effect at once: after Stop, the function does not run.
type Timer struct {
	shard *Shard
	f     func()
	when  time.Time
	index int // in the heap, or -1
}

// After makes f run once on the shard's goroutine, after d.  It never runs if
// the shard is closed before.
func (s *Shard) After(d time.Duration, f func()) *Timer {
	t := &Timer{shard: s, f: f, index: -1}
	t.Reset(d)
	return t
}

// Stop keeps the timer from firing.  It returns false if the timer has fired or
// been stopped already.
func (t *Timer) Stop() bool {
	s := t.shard
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.index < 0 {
		return false
	}
	heap.Remove(&s.timers, t.index)
	return true
}

// Reset makes the timer fire once, after d, whether or not it has fired
// before.  It does not allocate.
func (t *Timer) Reset(d time.Duration) {
	s := t.shard
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	t.when = time.Now().Add(d)
	if t.index < 0 {
		heap.Push(&s.timers, t)
	} else {
		heap.Fix(&s.timers, t.index)
	}
	first := t.index == 0
	s.mu.Unlock()
	if first {
		s.notify()
	}
}

// runTimers runs the timers that are due now, and returns when the next is
// due, or the zero time.
func (s *Shard) runTimers() (deadline time.Time) {
	now := time.Now()
	for {
		s.mu.Lock()
		if len(s.timers) == 0 {
			s.mu.Unlock()
			return time.Time{}
		}
		t := s.timers[0]
		if when := t.when; when.After(now) {
			s.mu.Unlock()
			return when
		}
		heap.Pop(&s.timers)
		s.mu.Unlock()
		s.protect(t.f)
	}
}

// timerHeap orders timers by time; it is guarded by Shard.mu.
type timerHeap []*Timer

func (h timerHeap) Len() int           { return len(h) }
func (h timerHeap) Less(i, j int) bool { return h[i].when.Before(h[j].when) }

func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index = i
	h[j].index = j
}

// Push implements heap.Interface.
func (h *timerHeap) Push(x any) {
	t := x.(*Timer)
	t.index = len(*h)
	*h = append(*h, t)
}

// Pop implements heap.Interface.
func (h *timerHeap) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	t.index = -1
	return t
}

// clear disarms all timers.
func (h *timerHeap) clear() {
	for _, t := range *h {
		t.index = -1
	}
	*h = nil
}
