package rtpconn

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"

	"galene/codecs"
	"galene/shard"
)

const (
	// reportTick is the time between receiver reports for video; sound is
	// reported every second time (spec media.md 2.9).
	reportTick = 500 * time.Millisecond
	// maxReports is the number of report blocks in one packet.
	maxReports = 31
)

// Bounds of the cache size, in packets and time (spec media.md 2.2).
const (
	minVideoCapacity = 256
	minAudioCapacity = 64
	maxCapacity      = 1024 // 1.5 MiB; twice as much would exceed the cap of 2 MiB
	minCacheTime     = 250 * time.Millisecond
	maxCacheTime     = 2 * time.Second
	shrinkAfter      = 60 // reports, 30 s
)

func minCapacity(kind codecs.Kind) int {
	if kind == codecs.Audio {
		return minAudioCapacity
	}
	return minVideoCapacity
}

// senderClock is what a sender report says.
type senderClock struct {
	ntp       uint64
	timestamp uint32
	received  int64 // ns of the engine's clock
}

// reporter sends receiver reports, and sizes the caches.  It runs on the
// connection's shard.
type reporter struct {
	timer   *shard.Timer
	stopped bool
	ticks   int
}

// start begins to report.
func (r *reporter) start(u *Up) {
	u.shard.Do(func() {
		r.timer = u.shard.After(reportTick, func() { r.tick(u) })
	})
}

// stop ends reporting; once it has returned, nothing is sent any more.
func (r *reporter) stop(u *Up) {
	u.shard.Call(func() {
		r.stopped = true
		r.timer.Stop()
		u.feedback.stop()
	})
}

func (r *reporter) tick(u *Up) {
	if r.stopped {
		return
	}
	r.timer.Reset(reportTick)
	r.ticks++
	now := u.engine.clock.nanos()
	var report rtcp.ReceiverReport
	remb := rtcp.ReceiverEstimatedMaximumBitrate{SenderSSRC: u.ssrc}
	tracks := u.snapshot()
	for _, t := range tracks {
		ssrc, f := t.ssrc.Load(), t.format.Load()
		if ssrc == 0 || f == nil {
			continue
		}
		t.measure(now)
		t.layerRates.measure(now)
		t.reporting.residual.tick(&t.window, t.first.Load())
		t.fitCache()
		if (t.kind == codecs.Video || r.ticks%2 == 0) && len(report.Reports) < maxReports {
			report.Reports = append(report.Reports, t.receptionReport(ssrc, now))
		}
		if f.remb && t.kind == codecs.Video {
			remb.SSRCs = append(remb.SSRCs, ssrc)
		}
	}
	for _, video := range videos(tracks) {
		remb.Bitrate += float32(senderLimit(video, now))
	}
	if len(report.Reports) == 0 {
		return
	}
	report.SSRC = u.ssrc
	packets := []rtcp.Packet{&report}
	if len(remb.SSRCs) > 0 {
		packets = append(packets, &remb)
	}
	u.writeRTCP(packets...)
}

// writeRTCP sends packets to the sender.  It returns false if the connection is
// not up, or not any more.  It is called on the shard only.
func (u *Up) writeRTCP(packets ...rtcp.Packet) bool {
	pc := u.pc.Load()
	return pc != nil && !u.ended.Load() && pc.WriteRTCP(packets) == nil
}

// trackReport is what the reporter knows of a track.
type trackReport struct {
	loss     lossInterval
	residual residual
	fraction atomic.Uint32 // last fraction lost, in 1/256
	rate     atomic.Uint64 // payload bit/s
	pps      atomic.Uint32 // packets per second

	bytes, packets uint64 // at the last measurement
	measuredAt     int64
	need           int // the highest capacity needed lately
	calm           int // reports since it was needed
}

// receptionReport makes the block about a track.
func (t *upTrack) receptionReport(ssrc uint32, now int64) rtcp.ReceptionReport {
	counts := t.reception.counts.Load()
	b := rtcp.ReceptionReport{
		SSRC:               ssrc,
		FractionLost:       t.reporting.loss.next(counts),
		TotalLost:          uint32(totalLost(counts)) & 0xffffff,
		LastSequenceNumber: t.reception.highest.Load(),
		Jitter:             t.reception.jitter.Load() >> 4,
	}
	t.reporting.fraction.Store(uint32(b.FractionLost))
	if sender := t.sender.Load(); sender != nil {
		b.LastSenderReport = uint32(sender.ntp >> 16)
		b.Delay = uint32(toTicks(now-sender.received, 1<<16))
	}
	return b
}

// measure updates the rates of a track.
func (t *upTrack) measure(now int64) {
	r := &t.reporting
	bytes, packets := t.reception.bytes.Load(), t.reception.packets.Load()
	if elapsed := now - r.measuredAt; r.measuredAt != 0 && elapsed > 0 {
		r.rate.Store(perSecond(8*(bytes-r.bytes), elapsed))
		r.pps.Store(uint32(perSecond(packets-r.packets, elapsed)))
	}
	r.bytes, r.packets, r.measuredAt = bytes, packets, now
}

// perSecond returns the rate of n events in a time in ns.
func perSecond(n uint64, elapsed int64) uint64 {
	return uint64(float64(n) * float64(time.Second) / float64(elapsed))
}

// fitCache makes the cache as large as retransmissions need (spec media.md 2.2).
func (t *upTrack) fitCache() {
	keep := 2*t.rtt.max() + 100*time.Millisecond
	keep = min(max(keep, minCacheTime), maxCacheTime)
	packets := int64(t.reporting.pps.Load()) * int64(keep) * 3 / 2 / int64(time.Second)
	need := int(min(max(packets, int64(minCapacity(t.kind))), maxCapacity))
	r := &t.reporting
	r.calm++
	if need >= r.need || r.calm > shrinkAfter {
		r.need = need
		r.calm = 0
		t.cache.Resize(need)
	}
}

// roundTrips keeps the largest round-trip time to the receivers of a track.
type roundTrips struct {
	mu             sync.Mutex
	current, older time.Duration
	notes          int
}

// roundTripNotes is the number of reports after which an old maximum is
// forgotten.
const roundTripNotes = 64

func (r *roundTrips) note(rtt time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current = max(r.current, rtt)
	r.notes++
	if r.notes >= roundTripNotes {
		r.older, r.current, r.notes = r.current, 0, 0
	}
}

func (r *roundTrips) max() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(r.current, r.older)
}

// receiveRTCP takes RTCP from the sender, about one of its streams.  It runs on
// pion's SRTCP goroutine.
func (u *Up) receiveRTCP(ssrc uint32, b []byte) {
	if u.ended.Load() {
		return
	}
	var track *upTrack
	for _, t := range u.snapshot() {
		if t.ssrc.Load() == ssrc {
			track = t
		}
	}
	if track == nil {
		return
	}
	for {
		p, rest, ok := nextRTCP(b)
		if !ok {
			return
		}
		b = rest
		if info, ok := p.senderInfo(); ok && info.ssrc == ssrc && info.ntp != 0 {
			track.sender.Store(&senderClock{
				ntp:       info.ntp,
				timestamp: info.timestamp,
				received:  u.engine.clock.nanos(),
			})
		}
		if name := p.canonicalName(ssrc); name != nil {
			if old := track.cname.Load(); old == nil || *old != string(name) {
				s := string(name)
				track.cname.Store(&s)
			}
		}
	}
}
