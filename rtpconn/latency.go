package rtpconn

import (
	"math/bits"
	"time"
)

// latencyMeter tells how long packets take from when they have come to when they
// are handed to the sockets.  It keeps counts of times by size, from which old ones
// fade.  It belongs to the shard.
type latencyMeter struct {
	counts [48]uint32 // two for each power of two, in ns
	total  uint32
}

// latencyMemory is the number of packets after which the counts are halved.
const latencyMemory = 4096

func (m *latencyMeter) add(ns int64) {
	m.counts[latencyClass(ns)]++
	if m.total++; m.total < latencyMemory {
		return
	}
	m.total = 0
	for i := range m.counts {
		m.counts[i] /= 2
		m.total += m.counts[i]
	}
}

// latencyClass returns the index of a time: the first class ends at 1 µs.
func latencyClass(ns int64) int {
	n := uint64(max(ns, 0)) >> 9
	if n < 2 {
		return 0
	}
	log := bits.Len64(n) - 1 // at least 1
	return min(2*log-1+int(n>>(log-1)&1), len(latencyMeter{}.counts)-1)
}

// latencyBound returns the time at which a class ends.
func latencyBound(class int) time.Duration {
	if class == 0 {
		return 1 << 10
	}
	log := (class + 1) / 2
	return time.Duration(2+(class+1)%2+1) << (log - 1 + 9)
}

// quantile returns a time within which a share of the packets was forwarded, 0 if
// there were none.
func (m *latencyMeter) quantile(share float64) time.Duration {
	if m.total == 0 {
		return 0
	}
	left := share * float64(m.total)
	for class, n := range m.counts {
		if left -= float64(n); left <= 0 {
			return latencyBound(class)
		}
	}
	return latencyBound(len(m.counts) - 1)
}
