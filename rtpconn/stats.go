package rtpconn

import (
	"time"

	"galene/codecs"
	"galene/layers"
)

// UpTrackStats describes a track received.
type UpTrackStats struct {
	ID, RID, Codec string
	Kind           codecs.Kind
	// Bitrate is the rate of payload received lately, in bit/s.
	Bitrate uint64
	// Packets and Bytes count what was received, without duplicates.
	Packets, Bytes uint64
	// Lost is the number of packets that have not come otherwise than, at
	// best, as retransmissions, and Loss the fraction lost lately.
	Lost int64
	Loss float64
	// Recovered is the number of packets that came as retransmissions on
	// a stream of their own.
	Recovered uint64
	// Missing is the number of packets that have not come at all, and
	// Residual the fraction of these lately.
	Missing  uint64
	Residual float64
	// Jitter is the variation of the time that packets take.
	Jitter time.Duration
	// NACKs is the number of packets asked for again, and KeyframeRequests
	// the number of requests for keyframes sent, of which FullIntraRequests
	// were of that kind, and the others picture loss indications.
	NACKs, KeyframeRequests, FullIntraRequests uint64
	// Width and Height are the size of the last keyframe in pixels, 0 if
	// not known.
	Width, Height int
	// Dropped counts packets not forwarded, by cause.
	Dropped map[string]uint64
}

// UpStats describes a stream received.
type UpStats struct {
	Tracks []UpTrackStats
	// Dropped counts packets that belong to no track, by cause.
	Dropped map[string]uint64
}

// Stats returns a snapshot.  It does not block.
func (u *Up) Stats() UpStats {
	stats := UpStats{Dropped: u.drops.snapshot()}
	for _, t := range u.snapshot() {
		codec := t.Codec()
		counts := t.reception.counts.Load()
		size := t.size.Load()
		s := UpTrackStats{
			ID: t.id, RID: t.rid, Codec: codec.Name, Kind: t.kind,
			Bitrate:          t.reporting.rate.Load(),
			Packets:          t.reception.packets.Load(),
			Bytes:            t.reception.bytes.Load(),
			Lost:             int64(totalLost(counts)),
			Loss:             float64(t.reporting.fraction.Load()) / 256,
			Missing:          t.reporting.residual.total.Load(),
			Residual:         float64(t.reporting.residual.fraction.Load()) / 65536,
			Recovered:        t.reception.recovered.Load(),
			NACKs:            t.nacks.sent.Load(),
			KeyframeRequests: t.keyframes.sent.Load(), FullIntraRequests: t.keyframes.full.Load(),
			Width:   int(size >> 16),
			Height:  int(size & 0xffff),
			Dropped: t.drops.snapshot(),
		}
		if codec.ClockRate > 0 {
			s.Jitter = time.Duration(fromTicks(int64(t.reception.jitter.Load()>>4), codec.ClockRate))
		}
		stats.Tracks = append(stats.Tracks, s)
	}
	return stats
}

// DownTrackStats describes a track sent.
type DownTrackStats struct {
	ID, RID, Codec string
	Kind           codecs.Kind
	// Bitrate is the rate of payload sent lately, in bit/s; MaxBitrate is
	// what the receiver allows, 0 if it has not said.
	Bitrate, MaxBitrate uint64
	// Packets and Bytes count what was sent, Retransmitted the packets sent
	// again, and Refused those not sent again because there were too many.
	Packets, Bytes, Retransmitted, Refused uint64
	// Loss is the fraction lost that was last reported by the receiver,
	// Lost the total number.
	Loss float64
	Lost int64
	// Jitter is reported by the receiver too.
	Jitter time.Duration
	// RTT is the round-trip time, 0 if not known.
	RTT time.Duration
	// KeyframeRequests counts those of the receiver, FullIntraRequests those
	// among them of that kind, the others being picture loss indications.
	KeyframeRequests, FullIntraRequests uint64
	// Frames counts those sent, at least in part, and FramesDropped those left
	// out because of their layer.
	Frames, FramesDropped uint64
	// LatencyMedian and LatencyMost are the times within which half of the
	// packets, and 99 % of them, were handed on lately, from when they had
	// come; to within a half.
	LatencyMedian, LatencyMost time.Duration
	// Shard is the number of the shard that the receiver belongs to, from 1.
	Shard int
	// Live says that the receiver gets packets as they come, Paused that it
	// gets no pictures for lack of capacity.
	Live, Paused bool
	// SID and TID are the spatial and temporal layers forwarded, MaxSID and
	// MaxTID the highest ones there are.
	SID, TID, MaxSID, MaxTID uint8
	// Target is the rate of the layers chosen, Capacity the estimate of what
	// all streams of the receiver may take together, both in bit/s; 0 is no
	// limit.
	Target, Capacity uint64
	// Filtered is the number of packets left out because of their layer.
	Filtered uint64
	// NACKs is the number of packets that the receiver asked for again.
	NACKs uint64
}

// Stats returns a snapshot.  It waits for the shard, and so must not be called
// by a callback or by a shard.
func (d *Down) Stats() []DownTrackStats {
	var stats []DownTrackStats
	d.shard.Call(func() {
		now := d.engine.clock.nanos()
		capacity := d.receiver.bandwidth.control.Capacity()
		if capacity == layers.Unlimited {
			capacity = 0
		}
		for _, t := range d.sending.tracks {
			t.rate.update(now)
			codec := t.local.codec
			sid, tid, maxSID, maxTID := t.selector.Layer()
			stats = append(stats, DownTrackStats{
				SID: sid, TID: tid, MaxSID: maxSID, MaxTID: maxTID,
				Target: t.step.Rate, Capacity: capacity, Filtered: t.filtered,
				Paused: t.paused, NACKs: t.nacks,
				ID: t.local.id, RID: t.active.source.RID(), Codec: codec.Name, Kind: t.kind,
				Bitrate:           uint64(t.rate.bps),
				MaxBitrate:        d.sending.remb.rate,
				Packets:           t.sentPackets,
				Bytes:             t.sentBytes,
				Retransmitted:     t.retransmitted,
				Refused:           t.resends.refused,
				Loss:              float64(t.reports.loss) / 256,
				Lost:              int64(t.reports.totalLost),
				Jitter:            time.Duration(fromTicks(int64(t.reports.jitter), codec.ClockRate)),
				RTT:               t.reports.rtt,
				KeyframeRequests:  t.need.limiter.total,
				FullIntraRequests: t.fullRequests,
				Frames:            t.frames, FramesDropped: t.framesDropped,
				LatencyMedian: t.latency.quantile(0.5),
				LatencyMost:   t.latency.quantile(0.99),
				Shard:         d.engine.shards.Index(d.shard) + 1,
				Live:          t.active.state == feedLive,
			})
		}
	})
	return stats
}
