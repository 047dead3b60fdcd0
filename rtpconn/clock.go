package rtpconn

import (
	"math/bits"
	"time"
)

// clock tells the time in nanoseconds since the engine was made.  It is
// monotonic; its zero is known as a wall-clock instant, for RTCP.
type clock struct {
	now   func() time.Time
	start time.Time
}

func newClock(now func() time.Time) clock {
	if now == nil {
		now = time.Now
	}
	return clock{now: now, start: now()}
}

// nanos returns the time since the engine was made, in ns.
func (c *clock) nanos() int64 {
	return int64(c.now().Sub(c.start))
}

// ntp converts a time of this clock to NTP format: seconds since 1900 in the
// upper half, fraction of a second in the lower one.  It wraps at the end of
// an NTP era, as it should.
func (c *clock) ntp(nanos int64) uint64 {
	return toNTP(c.start.Add(time.Duration(nanos)))
}

// ntpEpoch is the number of seconds from 1900 to 1970.
const ntpEpoch = 2208988800

// toNTP converts an instant to NTP format.
func toNTP(t time.Time) uint64 {
	seconds := uint64(t.Unix() + ntpEpoch)
	fraction := uint64(t.Nanosecond()) << 32 / uint64(time.Second)
	return seconds<<32 | fraction
}

// toTicks converts a duration in ns to units of an RTP clock with the given
// rate in Hz, rounding down; it is exact for any duration.
func toTicks(nanos int64, rate uint32) int64 {
	if nanos < 0 {
		return -toTicks(-nanos, rate)
	}
	hi, lo := bits.Mul64(uint64(nanos), uint64(rate))
	ticks, _ := bits.Div64(hi, lo, uint64(time.Second))
	return int64(ticks)
}

// fromTicks converts units of an RTP clock to ns, rounding down.
func fromTicks(ticks int64, rate uint32) int64 {
	if ticks < 0 {
		return -fromTicks(-ticks, rate)
	}
	hi, lo := bits.Mul64(uint64(ticks), uint64(time.Second))
	nanos, _ := bits.Div64(hi, lo, uint64(rate))
	return int64(nanos)
}
