package rtpconn

import (
	"math/bits"
	"time"

	"github.com/pion/rtcp"
)

const (
	// maxClockAge is the age from which a sender's clock is not trusted.
	maxClockAge = time.Hour
	// clockStep is the change of a sender's clock that is taken for a step
	// and not for a late report, and clockDrift how fast it may run ahead
	// unnoticed, per report; both in NTP units.
	clockStep  = 1 << 31           // 0.5 s
	clockDrift = (1 << 32) / 10000 // 0.1 ms
)

// commonClock relates the clock of the sender to ours, for all tracks of a
// stream together, so that what their reports say of one another is exact
// however late each report has come.
type commonClock struct {
	known  bool
	offset int64 // our NTP time minus the sender's
}

// observe takes the times of one report on both clocks.  The report that was
// least delayed counts.
func (c *commonClock) observe(ours, theirs uint64) {
	offset := int64(ours - theirs)
	switch {
	case !c.known, offset < c.offset, offset-c.offset > clockStep:
		c.known, c.offset = true, offset
	default:
		c.offset += min(clockDrift, offset-c.offset)
	}
}

// ntpTicks converts a difference of NTP times to units of an RTP clock.
func ntpTicks(difference uint64, rate uint32) int64 {
	d := int64(difference)
	if d < 0 {
		return -ntpTicks(uint64(-d), rate)
	}
	hi, lo := bits.Mul64(uint64(d), uint64(rate))
	return int64(hi<<32 | lo>>32)
}

// senderReport returns the report about the track, or nil if nothing can be
// said yet, and whether the sender's clock is known.
func (t *downTrack) senderReport(now int64, clocks *commonClock) (packets []rtcp.Packet, synchronised bool) {
	if !t.attached {
		return nil, true
	}
	engine := t.down.engine
	ntp := engine.clock.ntp(now)
	rate := t.local.codec.ClockRate
	clock, ok := t.active.source.Clock()
	ok = ok && now-clock.Received < int64(maxClockAge)
	var timestamp uint32
	switch {
	case ok:
		clocks.observe(engine.clock.ntp(clock.Received), clock.NTP)
		theirs := ntp - uint64(clocks.offset)
		timestamp = clock.RTP + t.shift + uint32(ntpTicks(theirs-clock.NTP, rate))
	case t.sentAny:
		timestamp = t.lastTimestamp + uint32(toTicks(now-t.lastArrival, rate))
	default:
		return nil, ok
	}
	t.reports.note(ntp, now)
	packets = append(packets, &rtcp.SenderReport{
		SSRC:        t.output.ssrc,
		NTPTime:     ntp,
		RTPTime:     timestamp,
		PacketCount: uint32(t.sentPackets),
		OctetCount:  uint32(t.sentBytes),
	})
	if clock.CNAME != "" {
		packets = append(packets, &rtcp.SourceDescription{
			Chunks: []rtcp.SourceDescriptionChunk{{
				Source: t.output.ssrc,
				Items:  []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: clock.CNAME}},
			}},
		})
	}
	return packets, ok
}
