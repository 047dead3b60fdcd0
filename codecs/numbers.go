package codecs

// Numbers are the running numbers in a payload descriptor, by which decoders find
// out what they lack (RFC 7741, 4.2; RFC 9628, 4.2).  When another stream takes
// over they must go on from those of the old one.
type Numbers struct {
	// PID is the picture id, of PIDBits bits: 0 (none), 7 or 15.
	PID     uint16
	PIDBits uint8
	// TL0 counts the frames of the lowest temporal layer.
	TL0 uint8
	// Key counts keyframes, modulo 32; VP8 only.
	Key            uint8
	HasTL0, HasKey bool

	pidOffset, tl0Offset, keyOffset int
}

// Numbers returns the running numbers in a payload; ok is false if it has none.
func (c Codec) Numbers(payload []byte) (n Numbers, ok bool) {
	switch c.format {
	case formatVP8:
		if d, known := readVP8(payload); known {
			n = d.numbers(payload)
		}
	case formatVP9:
		if d, known := readVP9(payload); known {
			n = d.numbers(payload)
		}
	}
	return n, n.PIDBits != 0 || n.HasTL0 || n.HasKey
}

// Shift returns what has to be added to the numbers of a stream that begins with
// first, so that they follow n, which are those last sent.
func (n Numbers) Shift(first Numbers) Shift {
	var s Shift
	if n.PIDBits != 0 {
		s.PID = n.PID + 1 - first.PID
	}
	if n.HasTL0 {
		s.TL0 = n.TL0 + 1 - first.TL0
	}
	if n.HasKey {
		s.Key = (n.Key + 1 - first.Key) & 0x1f
	}
	return s
}

// Shift is what is added to the running numbers of a stream; the zero value
// leaves them alone.
type Shift struct {
	PID      uint16
	TL0, Key uint8
}

// Add adds s to the numbers in a payload, in place, and keeps their width.  The
// payload must be the caller's own copy.
func (s Shift) Add(c Codec, payload []byte) {
	n, ok := c.Numbers(payload)
	if !ok {
		return
	}
	n = n.Plus(s)
	if n.PIDBits != 0 {
		writePID(payload[n.pidOffset:], n.PID, n.PIDBits)
	}
	if n.HasTL0 {
		payload[n.tl0Offset] = n.TL0
	}
	if n.HasKey {
		payload[n.keyOffset] = payload[n.keyOffset]&0xe0 | n.Key
	}
}

// Plus returns the numbers shifted by s.
func (n Numbers) Plus(s Shift) Numbers {
	n.PID = (n.PID + s.PID) & (1<<n.PIDBits - 1)
	n.TL0 += s.TL0
	n.Key = (n.Key + s.Key) & 0x1f
	return n
}

// writePID writes a picture id of the given width at the start of b.
func writePID(b []byte, pid uint16, bits uint8) {
	if bits == 15 {
		b[0] = 0x80 | byte(pid>>8)&0x7f
		b[1] = byte(pid)
	} else {
		b[0] = byte(pid) & 0x7f
	}
}

// numbers reads the running numbers from the payload that d was read from.
func (d vp8Descriptor) numbers(b []byte) Numbers {
	n := Numbers{PID: d.pid, PIDBits: d.pidBits, pidOffset: d.pidOffset}
	if b[0]&0x80 == 0 {
		return n
	}
	i := 2
	switch d.pidBits {
	case 7:
		i++
	case 15:
		i += 2
	}
	if b[1]&0x40 != 0 {
		n.HasTL0, n.TL0, n.tl0Offset = true, b[i], i
		i++
	}
	if b[1]&0x10 != 0 {
		n.HasKey, n.Key, n.keyOffset = true, b[i]&0x1f, i
	}
	return n
}

// numbers reads the running numbers from the payload that d was read from.
func (d vp9Descriptor) numbers(b []byte) Numbers {
	n := Numbers{PID: d.pid, PIDBits: d.pidBits, pidOffset: 1}
	i := 1
	switch d.pidBits {
	case 7:
		i++
	case 15:
		i += 2
	}
	const layers, flexible = 0x20, 0x10
	if b[0]&layers != 0 && b[0]&flexible == 0 {
		n.HasTL0, n.TL0, n.tl0Offset = true, b[i+1], i+1
	}
	return n
}
