package dependency

import "math/bits"

// bitReader reads bit by bit.  Reading beyond the end yields zeros and sets
// failed.
type bitReader struct {
	data   []byte
	pos    int
	failed bool
}

// bits reads n bits, at most 32: f(n).
func (r *bitReader) bits(n int) uint32 {
	if n > 8*len(r.data)-r.pos {
		r.failed = true
		r.pos = 8 * len(r.data)
		return 0
	}
	var v uint32
	for n > 0 {
		left := 8 - r.pos%8
		take := min(n, left)
		b := uint32(r.data[r.pos/8]) >> (left - take) & (1<<take - 1)
		v = v<<take | b
		r.pos += take
		n -= take
	}
	return v
}

func (r *bitReader) flag() bool { return r.bits(1) != 0 }

// below reads a number below n: ns(n).
func (r *bitReader) below(n uint32) uint32 {
	w := bits.Len32(n)
	m := uint32(1)<<w - n
	v := r.bits(w - 1)
	if v < m {
		return v
	}
	return v<<1 - m + r.bits(1)
}

// bitWriter appends bit by bit.
type bitWriter struct {
	data []byte
	free int // bits of the last byte that are not used
}

// bits writes n bits.
func (w *bitWriter) bits(v uint32, n int) {
	for n > 0 {
		if w.free == 0 {
			w.data = append(w.data, 0)
			w.free = 8
		}
		take := min(n, w.free)
		n -= take
		w.free -= take
		w.data[len(w.data)-1] |= byte(v>>n&(1<<take-1)) << w.free
	}
}

func (w *bitWriter) flag(b bool) {
	var v uint32
	if b {
		v = 1
	}
	w.bits(v, 1)
}

// below writes a number below n.
func (w *bitWriter) below(v, n uint32) {
	width := bits.Len32(n)
	m := uint32(1)<<width - n
	if v < m {
		w.bits(v, width-1)
		return
	}
	w.bits((v+m)>>1, width-1)
	w.bits((v+m)&1, 1)
}
