package rtpconn

import (
	"time"

	"github.com/pion/rtcp"

	"galene/shard"
)

const (
	// senderReportInterval is the time between sender reports, and
	// firstReportDelay how soon after attaching the first one is sent
	//
	senderReportInterval = 500 * time.Millisecond
	firstReportDelay     = 50 * time.Millisecond
	// clockWait is the time between looks for a sender's clock, for
	// clockPatience after attaching: receivers cannot synchronise sound
	// and pictures before.
	clockWait     = 100 * time.Millisecond
	clockPatience = 10 * time.Second
)

// sending is what the shard knows of a Down connection.  It belongs to the
// shard.
type sending struct {
	connected bool
	stopped   bool
	tracks    []*downTrack // those that the receiver has accepted
	timer     *shard.Timer
	since     int64 // when a track was attached last
	clocks    commonClock
	remb      rembMeter
}

// add makes a track be sent to o, now or when the connection is up.
func (s *sending) add(d *Down, t *downTrack, o *output) {
	if s.stopped || t.stopped || t.output != nil {
		return
	}
	t.output = o
	s.tracks = append(s.tracks, t)
	if s.connected {
		s.attach(d, t)
	}
}

// connect attaches the tracks when the connection is up.
func (s *sending) connect(d *Down) {
	if s.connected || s.stopped {
		return
	}
	s.connected = true
	d.receiver.bandwidth.join(d)
	for _, t := range s.tracks {
		s.attach(d, t)
	}
}

// attach begins to send a track.
func (s *sending) attach(d *Down, t *downTrack) {
	t.attach()
	s.since = d.engine.clock.nanos()
	if s.timer == nil {
		s.timer = d.shard.After(firstReportDelay, func() { s.tick(d) })
	} else {
		s.timer.Reset(firstReportDelay)
	}
}

// remove forgets a track that is not sent any more.
func (s *sending) remove(t *downTrack) {
	for i, other := range s.tracks {
		if other == t {
			s.tracks = append(s.tracks[:i:i], s.tracks[i+1:]...)
			return
		}
	}
}

// stop detaches all tracks and says goodbye.
func (s *sending) stop(d *Down) {
	if s.stopped {
		return
	}
	s.stopped = true
	d.receiver.bandwidth.leave(d)
	if s.timer != nil {
		s.timer.Stop()
	}
	var bye rtcp.Goodbye
	for _, t := range s.tracks {
		bye.Sources = append(bye.Sources, t.output.ssrc)
	}
	if s.connected && len(bye.Sources) > 0 {
		d.writeRTCP([]rtcp.Packet{&bye})
	}
	for _, t := range append([]*downTrack(nil), s.tracks...) {
		t.stop()
	}
}

// tick sends sender reports, and repeats what has to be repeated.
func (s *sending) tick(d *Down) {
	if s.stopped {
		return
	}
	now := d.engine.clock.nanos()
	interval := senderReportInterval
	var packets []rtcp.Packet
	for _, t := range s.tracks {
		report, synchronised := t.senderReport(now, &s.clocks)
		if report != nil {
			packets = append(packets, report...)
		}
		if !synchronised && now-s.since < int64(clockPatience) {
			interval = clockWait
		}
		t.tick(now)
	}
	d.writeRTCP(packets)
	s.timer.Reset(interval)
}
