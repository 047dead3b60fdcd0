package rtpconn

import "sync/atomic"

const (
	// residualTicks is how many reports a packet is waited for before it counts as
	// lost for good: two seconds, twice as long as it is asked for.
	residualTicks = 4
	// residualMemory is the part of the former counts that is left after a report:
	// the fraction is that of about five seconds.
	residualMemory = 0.9
)

// residual counts packets that have not come at all, not even as retransmissions
// .  The reporter counts, anybody reads.
type residual struct {
	tops           [residualTicks]uint64 // highest numbers at the last reports, the oldest first
	expected, lost float64               // lately
	total          atomic.Uint64         // packets lost
	fraction       atomic.Uint32         // in 1/65536
}

// tick looks, at a report, at the packets that were new residualTicks ago; first is
// the number of the first packet of all.
func (r *residual) tick(w *window, first uint64) {
	top := w.top.Load()
	from, to := max(r.tops[0]+1, first), r.tops[1]
	copy(r.tops[:], r.tops[1:])
	r.tops[residualTicks-1] = top
	if top >= windowSize { // what is older cannot be told any more
		from = max(from, top-windowSize+64+1)
	}
	r.expected *= residualMemory
	r.lost *= residualMemory
	if r.tops[0] == 0 || from > to {
		return
	}
	lost := uint64(0)
	for ext := from; ext <= to; ext++ {
		if !w.has(ext) {
			lost++
		}
	}
	r.expected += float64(to - from + 1)
	r.lost += float64(lost)
	r.total.Add(lost)
	r.fraction.Store(uint32(65536 * r.lost / r.expected))
}
