package recorder

import (
	"sync/atomic"
	"time"
)

// clock relates the clock of the packets' arrival times, whose zero is not known
// here, to the wall clock.  It may be used by several goroutines.
type clock struct {
	// present is the wall clock; tests have another one.
	present func() time.Time
	start   time.Time
	// delta is the time since start minus the arrival time of a packet, the
	// least that has been seen: a packet is delivered some time after it has
	// arrived.
	delta *atomic.Int64
}

// noDelta is the delta before the first packet.
const noDelta = 1<<63 - 1

// newClock returns a clock that goes with a wall clock.
func newClock(present func() time.Time) clock {
	c := clock{present: present, start: present(), delta: new(atomic.Int64)}
	c.delta.Store(noDelta)
	return c
}

// elapsed returns the time since start.
func (c clock) elapsed() time.Duration { return c.present().Sub(c.start) }

// observe takes note of a packet that has just been delivered.
func (c clock) observe(arrival int64) {
	delta := int64(c.elapsed()) - arrival
	for {
		old := c.delta.Load()
		if delta >= old || c.delta.CompareAndSwap(old, delta) {
			return
		}
	}
}

// now returns the present on the clock of the packets.
func (c clock) now() int64 {
	delta := c.delta.Load()
	if delta == noDelta {
		return 0
	}
	return int64(c.elapsed()) - delta
}

// wall converts a time of the clock of the packets.
func (c clock) wall(t int64) time.Time {
	delta := c.delta.Load()
	if delta == noDelta {
		return c.present()
	}
	return c.start.Add(time.Duration(t + delta))
}
