package rtpconn

import (
	"sync"
	"time"
)

const (
	// maxInbox is the number of RTCP packets that may wait for the shard.
	maxInbox = 64
	// maxReportAge is how old a sender report may be that a round-trip time
	// is computed from.
	maxReportAge = 8 * time.Second
	// rememberedReports is the number of sender reports remembered.
	rememberedReports = 16
)

// rtcpInbox brings RTCP packets from pion's goroutine to the shard.
type rtcpInbox struct {
	down  *Down
	posts func()

	mu      sync.Mutex
	waiting [][]byte
	spare   [][]byte
	dropped uint64
}

func (b *rtcpInbox) init(d *Down) {
	b.down = d
	b.posts = b.empty
}

// put keeps a packet for the shard, or drops it if there are too many.
func (b *rtcpInbox) put(p []byte) {
	b.mu.Lock()
	n := len(b.waiting)
	if n >= maxInbox {
		b.dropped++
		b.mu.Unlock()
		return
	}
	b.waiting = append(b.waiting, p)
	b.mu.Unlock()
	if n == 0 {
		b.down.shard.Do(b.posts)
	}
}

// empty handles what has come.  It runs on the shard.
func (b *rtcpInbox) empty() {
	b.mu.Lock()
	b.spare, b.waiting = b.waiting, b.spare[:0]
	b.mu.Unlock()
	now := b.down.engine.clock.nanos()
	for i, p := range b.spare {
		b.down.sending.receiveRTCP(p, now)
		b.spare[i] = nil
	}
}

// receiveRTCP takes RTCP from the receiver.  It runs on the shard.
func (s *sending) receiveRTCP(b []byte, now int64) {
	if s.stopped {
		return
	}
	for {
		p, rest, ok := nextRTCP(b)
		if !ok {
			return
		}
		b = rest
		if rate, ok := p.maxBitrate(); ok {
			s.remb.report(rate, now)
			continue
		}
		for _, t := range s.tracks {
			if t.attached {
				t.receiveRTCP(p, now)
			}
		}
	}
}

// receiveRTCP takes RTCP, if it is about the track.
func (t *downTrack) receiveRTCP(p rtcpPacket, now int64) {
	ssrc := t.output.ssrc
	if block, ok := p.report(ssrc); ok {
		t.reported(block, now)
		return
	}
	if seq, ok := p.fullIntraRequest(ssrc); ok {
		t.fullRequests++
		if int(seq) != t.lastFIR { // a repetition is no new request
			t.lastFIR = int(seq)
			t.keyframeWanted(now)
		}
		return
	}
	if media, ok := p.mediaSSRC(); !ok || media != ssrc {
		return
	}
	switch {
	case p.kind == rtcpTransport && p.count == feedbackNACK:
		t.acknowledged(p, now)
	case p.kind == rtcpPayload && p.count == feedbackPLI:
		t.keyframeWanted(now)
	}
}

// keyframeWanted passes a request for a keyframe on to the sender.
func (t *downTrack) keyframeWanted(now int64) {
	if t.need.request(now) {
		t.active.source.RequestKeyframe()
	}
}

// receiverReports is what the receiver says about the track.
type receiverReports struct {
	sent      [rememberedReports]sentReport
	n         int
	rtt       time.Duration // smoothed, 0 is unknown
	loss      uint8         // fraction lost, in 1/256
	totalLost int32
	jitter    uint32 // in ticks
	at        int64
}

// sentReport is a sender report by which a round-trip time can be measured.
type sentReport struct {
	middle uint32 // middle 32 bits of the NTP time
	at     int64
}

// note remembers a sender report.
func (r *receiverReports) note(ntp uint64, now int64) {
	r.sent[r.n%len(r.sent)] = sentReport{uint32(ntp >> 16), now}
	r.n++
}

// reported takes a report block.
func (t *downTrack) reported(b reportBlock, now int64) {
	r := &t.reports
	r.loss, r.totalLost, r.jitter, r.at = b.fractionLost, b.totalLost, b.jitter, now
	t.losses.report(b, t.holes())
	t.descriptors.acknowledge(b.highest)
	if b.lastSR == 0 {
		return
	}
	for _, s := range r.sent {
		if s.middle != b.lastSR || now-s.at > int64(maxReportAge) {
			continue
		}
		rtt := time.Duration(now - s.at - int64(b.delay)*int64(time.Second)>>16)
		if rtt < 0 {
			return
		}
		rtt = max(rtt, time.Microsecond)
		if r.rtt == 0 {
			r.rtt = rtt
		} else {
			r.rtt = (3*r.rtt + rtt) / 4
		}
		t.active.source.RoundTrip(r.rtt)
		return
	}
}
