package main

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// Each power of two is divided into so many buckets, which bounds the error of
// a percentile by 1/32.
const (
	subBits = 5
	subs    = 1 << subBits
	buckets = (40 - subBits + 1) * subs // up to 2^40 ns, 18 minutes
)

// histogram counts durations.  Any goroutine may add to it.
type histogram struct {
	counts [buckets]atomic.Uint64
}

// bucket returns the index for a duration in ns.
func bucket(ns int64) int {
	if ns < subs {
		return int(max(ns, 0))
	}
	exp := bits.Len64(uint64(ns)) - 1 - subBits
	return min((exp+1)*subs+int(ns>>exp)-subs, buckets-1)
}

// bucketStart returns the shortest duration in a bucket, in ns.
func bucketStart(i int) int64 {
	if i < subs {
		return int64(i)
	}
	exp := i/subs - 1
	return int64(subs+i%subs) << exp
}

func (h *histogram) add(d time.Duration) { h.counts[bucket(int64(d))].Add(1) }

// percentiles returns the durations that the given shares of all are at most
// as long as.  Shares must rise.
func (h *histogram) percentiles(shares ...float64) []time.Duration {
	total := uint64(0)
	for i := range h.counts {
		total += h.counts[i].Load()
	}
	result := make([]time.Duration, len(shares))
	if total == 0 {
		return result
	}
	sum, next := uint64(0), 0
	for i := range h.counts {
		sum += h.counts[i].Load()
		for next < len(shares) && float64(sum) >= shares[next]*float64(total) {
			result[next] = time.Duration(bucketStart(i + 1))
			next++
		}
	}
	return result
}
