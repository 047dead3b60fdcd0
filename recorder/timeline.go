package recorder

import (
	"math/bits"
	"time"

	"galene/conn"
)

const (
	// stepAbove is the error of a track's clock from which on it is set right
	// at once; below, it follows smoothly, as clocks of sound cards drift.
	stepAbove = 100 * time.Millisecond
	// absurdAbove is the distance from the arrival time at which a timestamp
	// is not believed.
	absurdAbove = 10 * time.Second
)

// timeline places the clock of a sender on that of the packets' arrival.  It is
// common to the tracks of a stream, which is what keeps them synchronous.
type timeline struct {
	known bool
	ntp   uint64 // an instant of the sender
	at    int64  // the same instant, in ns
}

// place returns an instant of the sender in ns.  The first report decides.
func (l *timeline) place(r conn.Clock) int64 {
	if !l.known {
		l.known, l.ntp, l.at = true, r.NTP, r.Received
	}
	return l.at + fromNTP(int64(r.NTP-l.ntp))
}

// fromNTP converts a difference of NTP times, 32.32 fixed point, to ns.
func fromNTP(d int64) int64 {
	return d>>32*int64(time.Second) + d&0xffffffff*int64(time.Second)>>32
}

// trackClock places the timestamps of a track on the clock of the packets'
// arrival: by their arrival at first, by the sender's reports as soon as there
// are any.
type trackClock struct {
	rate    int64
	started bool
	synced  bool   // by a report
	report  uint64 // the NTP time of the last report used
	ts      int64  // an unwrapped timestamp
	at      int64  // when it is
}

// time returns when a timestamp is, in ns.
func (c *trackClock) time(ts int64) int64 {
	return c.at + scale(ts-c.ts, int64(time.Second), c.rate)
}

// scale returns v·num/den, rounded towards zero.
func scale(v, num, den int64) int64 {
	if v < 0 {
		return -scale(-v, num, den)
	}
	hi, lo := bits.Mul64(uint64(v), uint64(num))
	if hi >= uint64(den) {
		return 1<<63 - 1
	}
	q, _ := bits.Div64(hi, lo, uint64(den))
	return int64(q)
}

// arrived takes note of a frame.  It returns false if the timestamp is absurd: the
// sender's timestamps have jumped, and a new clock is needed.
func (c *trackClock) arrived(ts, arrival int64) bool {
	if !c.started {
		c.started = true
		c.ts, c.at = ts, arrival
		return true
	}
	off := c.time(ts) - arrival
	return off < int64(absurdAbove) && off > -int64(absurdAbove)
}

// update takes note of a report, which may be an old one.
func (c *trackClock) update(l *timeline, r conn.Clock) {
	if !c.started || c.synced && r.NTP == c.report {
		return
	}
	c.report = r.NTP
	at := l.place(r)
	ts := c.ts + int64(int32(r.RTP-uint32(c.ts)))
	off := at - c.time(ts)
	switch {
	case off > int64(absurdAbove) || off < -int64(absurdAbove):
		return // not of these timestamps
	case !c.synced, off > int64(stepAbove), off < -int64(stepAbove):
		c.ts, c.at = ts, at
	default:
		c.ts, c.at = ts, c.time(ts)+off/4
	}
	c.synced = true
}
