package codecs

// bitReader reads a header bit by bit.  Reading beyond the end yields zeros
// and sets failed, so that a parser need check only once.
type bitReader struct {
	data []byte
	pos  int // in bits
	// escaped says that a byte 3 after two zero bytes is not part of the
	// data (H.264, 7.4.1).
	escaped bool
	failed  bool
}

// bit reads one bit.
func (r *bitReader) bit() uint32 {
	i := r.pos / 8
	if r.escaped && r.pos%8 == 0 && i >= 2 && i < len(r.data) &&
		r.data[i] == 3 && r.data[i-1] == 0 && r.data[i-2] == 0 {
		r.pos += 8
		i++
	}
	if i >= len(r.data) {
		r.failed = true
		return 0
	}
	b := r.data[i] >> (7 - r.pos%8) & 1
	r.pos++
	return uint32(b)
}

// flag reads one bit.
func (r *bitReader) flag() bool {
	return r.bit() != 0
}

// bits reads n bits, at most 32.
func (r *bitReader) bits(n int) uint32 {
	var v uint32
	for range n {
		v = v<<1 | r.bit()
	}
	return v
}

// skip skips n bits.
func (r *bitReader) skip(n int) {
	for range n {
		r.bit()
	}
}

// golomb reads an unsigned Exp-Golomb number, ue(v) in H.264 and uvlc in AV1.
// Signed numbers, of which only the length matters here, are read in the same
// way.
func (r *bitReader) golomb() uint32 {
	zeros := 0
	for r.bit() == 0 {
		if zeros++; zeros > 31 || r.failed {
			r.failed = true
			return 0
		}
	}
	return 1<<zeros - 1 + r.bits(zeros)
}

// size makes a picture size of two numbers; ok is false if they are not in
// range.
func (r *bitReader) size(w, h uint32) (uint16, uint16, bool) {
	if r.failed || w == 0 || h == 0 || w > 0xffff || h > 0xffff {
		return 0, 0, false
	}
	return uint16(w), uint16(h), true
}
