package assembly

// bits reads numbers of a few bits, the highest first.  Beyond the end there are
// zeros, and failed is set.
type bits struct {
	data   []byte
	at     int // in bits
	failed bool
}

func (b *bits) read(n int) uint32 {
	v := uint32(0)
	for range n {
		v <<= 1
		if b.at>>3 >= len(b.data) {
			b.failed = true
			continue
		}
		v |= uint32(b.data[b.at>>3]>>(7-b.at&7)) & 1
		b.at++
	}
	return v
}

func (b *bits) flag() bool { return b.read(1) == 1 }

// uvlc reads a number of variable length (AV1 specification, 4.10.3, and H.265, 9.2).
func (b *bits) uvlc() uint32 {
	zeros := 0
	for !b.flag() {
		zeros++
		if zeros >= 32 || b.failed {
			b.failed = true
			return 0
		}
	}
	return b.read(zeros) + 1<<zeros - 1
}
