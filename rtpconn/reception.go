package rtpconn

import "sync/atomic"

// reception keeps the statistics of one received stream (RFC 3550, 6.4.1 and
// A.3, A.8).  One goroutine counts; any may read what is atomic.
type reception struct {
	// counts holds in one word, so that they are read together, the
	// numbers of packets expected (upper half) and received (lower half),
	// modulo 2^32.  Duplicates and retransmissions on a stream of their own
	// are not received.
	counts    atomic.Uint64
	highest   atomic.Uint32 // highest sequence number, with cycles, as on the wire
	jitter    atomic.Uint32 // in units of 1/16 tick
	recovered atomic.Uint64 // packets that came as retransmissions
	bytes     atomic.Uint64 // payload bytes, duplicates excluded
	packets   atomic.Uint64 // packets, padding included, duplicates excluded
	arrival   atomic.Int64  // time of the last packet, in ns

	base, top   uint64 // lowest and highest number counted
	started     bool
	transit     uint32 // of the last frame's first packet
	haveTransit bool
	timestamp   uint32 // of the newest packet
}

// packet counts a packet that is no duplicate; ext + offset ends in its
// sequence number.  Now is in ns, rate in Hz.
func (r *reception) packet(ext uint64, offset uint16, timestamp uint32, size int, repair bool, now int64, rate uint32) {
	counts := r.counts.Load()
	expected, received := uint32(counts>>32), uint32(counts)
	inOrder := false
	switch {
	case !r.started:
		r.started, r.base, r.top = true, ext, ext
		expected++
		inOrder = true
	case ext > r.top:
		expected += uint32(ext - r.top)
		r.top = ext
		inOrder = true
	case ext < r.base:
		expected += uint32(r.base - ext)
		r.base = ext
	}
	if repair {
		r.recovered.Store(r.recovered.Load() + 1)
	} else {
		received++
	}
	r.counts.Store(uint64(expected)<<32 | uint64(received))
	r.packets.Store(r.packets.Load() + 1)
	r.bytes.Store(r.bytes.Load() + uint64(size))
	r.arrival.Store(now)

	if !inOrder {
		return
	}
	r.highest.Store(uint32(ext + uint64(offset)))
	if !repair && (!r.haveTransit || timestamp != r.timestamp) {
		r.sampleJitter(timestamp, now, rate)
	}
	r.timestamp = timestamp
}

// sampleJitter updates the jitter with the first packet of a frame.
func (r *reception) sampleJitter(timestamp uint32, now int64, rate uint32) {
	transit := uint32(toTicks(now, rate)) - timestamp
	if r.haveTransit {
		d := int32(transit - r.transit)
		if d < 0 {
			d = -d
		}
		j := r.jitter.Load()
		r.jitter.Store(j + uint32(d) - (j+8)>>4)
	}
	r.transit, r.haveTransit = transit, true
}

// restart tells that numbering and timestamps have begun anew.
func (r *reception) restart() { r.haveTransit = false }

// lossInterval computes what is lost between two readings of counts.
type lossInterval struct{ counts uint64 }

// next returns the fraction lost since the last call, in 1/256, and updates
// the reading.
func (l *lossInterval) next(counts uint64) uint8 {
	expected := uint32(counts>>32) - uint32(l.counts>>32)
	received := uint32(counts) - uint32(l.counts)
	l.counts = counts
	if expected == 0 || int32(expected-received) <= 0 {
		return 0
	}
	return uint8(min(uint64(expected-received)<<8/uint64(expected), 255))
}

// totalLost returns the number of packets lost since the start, clamped to the
// signed 24 bits that a report has room for.
func totalLost(counts uint64) int32 {
	lost := int32(uint32(counts>>32) - uint32(counts))
	return max(min(lost, 1<<23-1), -1<<23)
}
