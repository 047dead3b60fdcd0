// Package layers decides what each receiver gets of the layers that senders
// offer: simulcast, spatial and temporal ones.
//
// It implements spec media.md 2.10 and 7.6 as far as they are arithmetic: a
// Ladder orders what can be chosen of one video, Allocate shares a receiver's
// capacity among all its videos, a Controller estimates that capacity from what
// the receiver reports, a Selector follows the choice frame by frame.
//
// Nothing here reads a clock, takes a lock or starts a goroutine: times are
// nanoseconds given by the caller, and each value belongs to the goroutine that
// owns the receiver.
package layers

// The numbers of layers whose rates are told apart; higher ones count as the
// highest of these.
const (
	MaxSpatial  = 4
	MaxTemporal = 4
)

// Top is a layer index that stands for the highest layer, also one that is not
// known yet.
const Top = 7

// Rates are the bit rates of the layers of one RTP stream, each without those
// below it, in bit/s, by spatial and temporal index.
type Rates [MaxSpatial][MaxTemporal]uint64

// Source is one RTP stream of a video: the only one, or one simulcast layer.
type Source struct {
	Rates Rates
	// Live says that packets come; a sender may suspend a layer.
	Live bool
}

// Step is one choice that can be made for a video.
type Step struct {
	// Source is the index of the source.
	Source int
	// SID and TID are the highest layers forwarded, Top for all of them.
	SID, TID uint8
	// Rate is what the step takes, in bit/s.
	Rate uint64
}

// Ladder returns the steps of a video, from the lowest to the highest, with
// rising rates.  Sources are ordered from the highest to the lowest; those that
// are not live take part only if none is.  LimitSID leaves only the lowest
// spatial layer.  Detail says that the sharpness of the picture matters more
// than its motion: otherwise the higher pictures begin at half of the full frame
// rate.
func Ladder(sources []Source, limitSID, detail bool) []Step {
	anyLive := false
	for _, s := range sources {
		anyLive = anyLive || s.Live
	}
	var steps []Step
	for i := len(sources) - 1; i >= 0; i-- {
		if s := sources[i]; s.Live || !anyLive {
			steps = appendSteps(steps, i, &s.Rates, limitSID, detail)
		}
		if !anyLive {
			steps = steps[:0:0]
			break
		}
	}
	if !anyLive && len(sources) > 0 {
		return []Step{{Source: 0, SID: topSID(limitSID), TID: Top}}
	}
	if n := len(steps); n > 0 {
		steps[n-1].TID = Top
		if !limitSID {
			steps[n-1].SID = Top
		}
	}
	return steps
}

func topSID(limitSID bool) uint8 {
	if limitSID {
		return 0
	}
	return Top
}

// appendSteps adds the steps of one source.
func appendSteps(steps []Step, source int, rates *Rates, limitSID, detail bool) []Step {
	spatial, temporal := rates.size()
	if limitSID {
		spatial = 1
	}
	for sid := range spatial {
		first := 0
		if len(steps) > 0 && !detail {
			first = max(0, temporal-2)
		}
		for tid := first; tid < temporal; tid++ {
			s := Step{Source: source, SID: uint8(sid), TID: uint8(tid), Rate: rates.upTo(sid, tid)}
			if tid == temporal-1 {
				s.TID = Top
			}
			// What costs no more than something better is not worth having.
			for len(steps) > 0 && steps[len(steps)-1].Rate >= s.Rate {
				if s.Rate == 0 { // not measured yet
					s.Rate = steps[len(steps)-1].Rate + 1
					break
				}
				steps = steps[:len(steps)-1]
			}
			steps = append(steps, s)
		}
	}
	return steps
}

// size returns how many spatial and temporal layers have a rate, at least 1.
func (r *Rates) size() (spatial, temporal int) {
	spatial, temporal = 1, 1
	for sid := range r {
		for tid, rate := range r[sid] {
			if rate > 0 {
				spatial, temporal = max(spatial, sid+1), max(temporal, tid+1)
			}
		}
	}
	return spatial, temporal
}

// upTo returns what the layers up to sid and tid take together.
func (r *Rates) upTo(sid, tid int) uint64 {
	var sum uint64
	for s := range sid + 1 {
		for t := range tid + 1 {
			sum += r[s][t]
		}
	}
	return sum
}

// Total returns what all layers take together.
func (r *Rates) Total() uint64 {
	return r.upTo(MaxSpatial-1, MaxTemporal-1)
}
