package rtpconn

import (
	"testing"
	"time"
)

// newNacker returns the nacker of a track without a network, driven by hand.
func newNacker(t *testing.T) (*source, *nacker, func(d time.Duration) uint64) {
	t.Helper()
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s := newSource(t, e)
	n := &s.track(0).nacks
	n.armed.Store(true) // so that ingest does not start it
	return s, n, func(d time.Duration) (asked uint64) {
		clock.Advance(d)
		s.up.shard.Call(func() {
			before := n.sent.Load()
			n.step(e.clock.nanos())
			asked = n.sent.Load() - before
		})
		return asked
	}
}

// TestNackReordering: one packet out of order is no loss, unless it is late by
// the clock (spec media.md 2.4).
func TestNackReordering(t *testing.T) {
	s, _, step := newNacker(t)
	s.put(vp8Packet(0, true))
	s.put(vp8Packet(2, false))
	if n := step(time.Millisecond); n != 0 {
		t.Errorf("asked for %d packets after one more packet", n)
	}
	s.put(vp8Packet(1, false))
	s.put(vp8Packet(3, false))
	s.put(vp8Packet(5, false))
	if n := step(time.Millisecond); n != 0 {
		t.Errorf("asked for %d packets, one is late", n)
	}
	if n := step(nackAge); n != 1 {
		t.Errorf("asked for %d packets when one is %v late", n, nackAge)
	}
	s.put(vp8Packet(4, false))
	for i := 7; i < 7+reorderingLimit; i++ {
		s.put(vp8Packet(i, false))
	}
	if n := step(time.Millisecond); n != 1 {
		t.Errorf("asked for %d packets after %d more packets", n, reorderingLimit)
	}
}

// TestNackRepetition: a packet is asked for six times, ever less often, and
// within a second.
func TestNackRepetition(t *testing.T) {
	s, n, step := newNacker(t)
	s.put(vp8Packet(0, true))
	s.put(vp8Packet(2, false))
	var times []int
	for ms := range 3000 {
		if step(time.Millisecond) > 0 {
			times = append(times, ms)
		}
	}
	if len(times) < 4 || len(times) > maxNackTries || times[len(times)-1] > 1100 {
		t.Errorf("asked for the packet after %v ms", times)
	}
	for i := 2; i < len(times); i++ {
		if times[i]-times[i-1] <= times[i-1]-times[i-2] {
			t.Errorf("asked for the packet after %v ms", times)
		}
	}
	if len(n.missing) != 0 {
		t.Error("the packet is still in the list")
	}
}

// TestNackEnd: nobody asks for what has come, what precedes a keyframe, or what
// precedes a restart.
func TestNackEnd(t *testing.T) {
	s, n, step := newNacker(t)
	s.put(vp8Packet(0, true))
	s.put(vp8Packet(3, false))
	step(nackAge)
	step(nackAge)
	if len(n.missing) != 2 {
		t.Fatalf("%d packets are missing", len(n.missing))
	}
	s.put(vp8Packet(1, false))
	step(time.Millisecond)
	if len(n.missing) != 1 {
		t.Errorf("%d packets are missing after one has come", len(n.missing))
	}
	s.put(vp8Packet(4, true))
	step(time.Millisecond)
	if len(n.missing) != 0 {
		t.Errorf("%d packets are missing after a keyframe", len(n.missing))
	}
	s.put(vp8Packet(6, false))
	step(time.Millisecond)
	for i := range 4 {
		s.put(vp8Packet(20000+i, true))
	}
	step(time.Millisecond)
	if len(n.missing) != 0 {
		t.Errorf("%d packets are missing after a restart", len(n.missing))
	}
}

// TestNackLimit: after a great loss a keyframe is asked for, not everything
//
func TestNackLimit(t *testing.T) {
	s, _, step := newNacker(t)
	s.put(vp8Packet(0, true))
	s.put(vp8Packet(200, false))
	asked := uint64(0)
	for range 5 {
		asked += step(nackAge)
	}
	if asked > nackBurst+5 || asked < nackBurst/2 {
		t.Errorf("asked for %d packets", asked)
	}
	if !s.track(0).keyframes.wanted.Load() {
		t.Error("no keyframe wanted")
	}
}
