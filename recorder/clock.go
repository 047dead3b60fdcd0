package recorder

import (
	"sync/atomic"
	"time"
)

// clock relates the clock of the packets' arrival times, whose zero is not known
// here, to the wall clock.  It may be used by several goroutines.
type clock struct {
	start time.Time
	// delta is the time since start minus the arrival time of a packet, the
	// least that has been seen: a packet is delivered some time after it has
	// arrived.
	delta *atomic.Int64
}

// noDelta is the delta before the first packet.
const noDelta = 1<<63 - 1

func newClock() clock {
	c := clock{start: time.Now(), delta: new(atomic.Int64)}
	c.delta.Store(noDelta)
	return c
}

// observe takes note of a packet that has just been delivered.
func (c clock) observe(arrival int64) {
	delta := int64(time.Since(c.start)) - arrival
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
	return int64(time.Since(c.start)) - delta
}

// wall converts a time of the clock of the packets.
func (c clock) wall(t int64) time.Time {
	delta := c.delta.Load()
	if delta == noDelta {
		return time.Now()
	}
	return c.start.Add(time.Duration(t + delta))
}
