package rtpconn

import (
	"sync/atomic"
	"time"

	"galene/codecs"
	"galene/layers"
)

// layerRates measures the bit rate of each layer of a track.  Ingest counts, the
// reporter measures, anybody reads.
type layerRates struct {
	bytes [layers.MaxSpatial][layers.MaxTemporal]atomic.Uint64
	rates [layers.MaxSpatial][layers.MaxTemporal]atomic.Uint64

	// Of the last measurement.
	counted    [layers.MaxSpatial][layers.MaxTemporal]uint64
	measuredAt int64
}

// announcedTime is how long after it was announced a track's first packet is
// waited for.
const announcedTime = 2 * time.Second

// count counts a packet of a layer.
func (r *layerRates) count(info codecs.Info, size int) {
	var sid, tid uint8
	if info.Known {
		sid = min(info.SID, layers.MaxSpatial-1)
		tid = min(info.TID, layers.MaxTemporal-1)
	}
	n := &r.bytes[sid][tid]
	n.Store(n.Load() + uint64(size))
}

// measure updates the rates, which follow changes within about a second.
func (r *layerRates) measure(now int64) {
	elapsed := now - r.measuredAt
	first := r.measuredAt == 0
	r.measuredAt = now
	for sid := range r.bytes {
		for tid := range r.bytes[sid] {
			n := r.bytes[sid][tid].Load()
			last := &r.counted[sid][tid]
			if !first && elapsed > 0 {
				rate := perSecond(8*(n-*last), elapsed)
				old := r.rates[sid][tid].Load()
				if old > 0 {
					rate = (old + rate) / 2
				}
				if rate < minLayerRate {
					rate = 0
				}
				r.rates[sid][tid].Store(rate)
			}
			*last = n
		}
	}
}

// minLayerRate is the rate in bit/s below which a layer counts as gone.
const minLayerRate = 500

// snapshot returns the rates.
func (r *layerRates) snapshot() (rates layers.Rates) {
	for sid := range r.rates {
		for tid := range r.rates[sid] {
			rates[sid][tid] = r.rates[sid][tid].Load()
		}
	}
	return rates
}

// Layers returns the rates of the track's layers, and when a packet last came.
func (t *upTrack) Layers() (layers.Rates, int64) {
	arrival := t.reception.arrival.Load()
	if t.ssrc.Load() == 0 {
		arrival = t.born + int64(announcedTime)
	}
	return t.layerRates.snapshot(), arrival
}
