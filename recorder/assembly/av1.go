package assembly

// Types of open bitstream units (AV1 specification, 6.2.2).
const (
	obuSequenceHeader    = 1
	obuTemporalDelimiter = 2
	obuTileList          = 8
	obuPadding           = 15
)

// av1 reads the RTP payload format for AV1.  Frames are temporal units without
// temporal delimiters, whose units all have sizes, as containers want them.
type av1 struct {
	config        []byte
	width, height int
}

func (a *av1) frame(f *Frame, payloads [][]byte) bool {
	var units [][]byte
	continues := false // the last unit
	for _, p := range payloads {
		if len(p) < 2 {
			return false
		}
		head, rest := p[0], p[1:]
		if (head&0x80 != 0) != continues {
			return false
		}
		count := int(head >> 4 & 3)
		for n := 1; len(rest) > 0; n++ {
			size := len(rest)
			if count == 0 || n < count {
				v, length := leb128(rest)
				if length == 0 || v > len(rest)-length {
					return false
				}
				rest = rest[length:]
				size = v
			}
			element := rest[:size]
			rest = rest[size:]
			if n == 1 && continues {
				last := len(units) - 1
				units[last] = append(units[last], element...)
			} else {
				units = append(units, append([]byte(nil), element...))
			}
			if count != 0 && n == count && len(rest) > 0 {
				return false
			}
		}
		continues = head&0x40 != 0
	}
	if continues {
		return false
	}
	for _, unit := range units {
		if !a.add(f, unit) {
			return false
		}
	}
	if f.Keyframe {
		f.Config, f.Width, f.Height = a.config, a.width, a.height
		return a.config != nil
	}
	return true
}

// add appends one unit to a frame.
func (a *av1) add(f *Frame, unit []byte) bool {
	if len(unit) == 0 {
		return false
	}
	head := unit[0]
	n := 1
	if head&0x04 != 0 {
		n++
	}
	if len(unit) < n || head&0x80 != 0 {
		return false
	}
	body := unit[n:]
	if head&0x02 != 0 {
		size, length := leb128(body)
		if length == 0 || size > len(body)-length {
			return false
		}
		body = body[length : length+size]
	}
	kind := head >> 3 & 0x0f
	switch kind {
	case obuTemporalDelimiter, obuTileList, obuPadding:
		return true
	}
	start := len(f.Data)
	f.Data = append(f.Data, head|0x02)
	f.Data = append(f.Data, unit[1:n]...)
	f.Data = appendLeb128(f.Data, len(body))
	f.Data = append(f.Data, body...)
	if kind == obuSequenceHeader {
		a.sequence(body, f.Data[start:])
	}
	return true
}

// sequence reads a sequence header (AV1 specification, 5.5), and makes an AV1
// codec configuration record of it.
func (a *av1) sequence(body, unit []byte) {
	b := bits{data: body}
	profile := b.read(3)
	b.read(1) // still_picture
	level, tier := uint32(0), uint32(0)
	reduced := b.flag()
	if reduced {
		level = b.read(5)
	} else {
		level, tier = operatingPoints(&b)
	}
	widthBits, heightBits := int(b.read(4))+1, int(b.read(4))+1
	width, height := b.read(widthBits)+1, b.read(heightBits)+1
	skipTools(&b, reduced)
	color := colorConfig(&b, profile)
	if b.failed || width > 1<<16 || height > 1<<16 {
		return
	}
	a.width, a.height = int(width), int(height)
	a.config = append([]byte{
		0x81, byte(profile<<5 | level), byte(tier<<7) | color, 0,
	}, unit...)
}

// operatingPoints returns level and tier of the first operating point.
func operatingPoints(b *bits) (level, tier uint32) {
	delayBits := 0
	model := false
	if b.flag() { // timing_info_present_flag
		b.read(32)
		b.read(32)
		if b.flag() {
			b.uvlc()
		}
		if model = b.flag(); model {
			delayBits = int(b.read(5)) + 1
			b.read(32)
			b.read(10)
		}
	}
	display := b.flag()
	for i := range b.read(5) + 1 {
		b.read(12)
		l, t := b.read(5), uint32(0)
		if l > 7 {
			t = b.read(1)
		}
		if i == 0 {
			level, tier = l, t
		}
		if model && b.flag() {
			b.read(delayBits)
			b.read(delayBits)
			b.read(1)
		}
		if display && b.flag() {
			b.read(4)
		}
	}
	return level, tier
}

// skipTools skips what is between the size and the colours.
func skipTools(b *bits, reduced bool) {
	if !reduced && b.flag() { // frame_id_numbers_present_flag
		b.read(7)
	}
	b.read(3) // 128x128 superblocks, filter intra, intra edge filter
	if reduced {
		b.read(3)
		return
	}
	b.read(4)         // interintra, masked, warped, dual filter
	order := b.flag() // enable_order_hint
	if order {
		b.read(2)
	}
	force := uint32(2)
	if !b.flag() { // seq_choose_screen_content_tools
		force = b.read(1)
	}
	if force > 0 && !b.flag() { // seq_choose_integer_mv
		b.read(1)
	}
	if order {
		b.read(3)
	}
	b.read(3) // superres, cdef, restoration
}

// colorConfig returns the colour bits of a codec configuration record.
func colorConfig(b *bits, profile uint32) byte {
	high := b.read(1)
	twelve := uint32(0)
	if profile == 2 && high == 1 {
		twelve = b.read(1)
	}
	mono := uint32(0)
	if profile != 1 {
		mono = b.read(1)
	}
	primaries, transfer, matrix := uint32(2), uint32(2), uint32(2)
	if b.flag() {
		primaries, transfer, matrix = b.read(8), b.read(8), b.read(8)
	}
	x, y, position := uint32(1), uint32(1), uint32(0)
	switch {
	case mono == 1:
		b.read(1)
	case primaries == 1 && transfer == 13 && matrix == 0: // sRGB
		x, y = 0, 0
	default:
		b.read(1) // color_range
		switch {
		case profile == 1:
			x, y = 0, 0
		case profile == 2 && twelve == 1:
			x = b.read(1)
			y = 0
			if x == 1 {
				y = b.read(1)
			}
		case profile == 2:
			y = 0
		}
		if x == 1 && y == 1 {
			position = b.read(2)
		}
	}
	return byte(high<<6 | twelve<<5 | mono<<4 | x<<3 | y<<2 | position)
}

// leb128 reads a number of at most four bytes; length is 0 if there is none.
func leb128(b []byte) (v, length int) {
	for i := 0; i < 4 && i < len(b); i++ {
		v |= int(b[i]&0x7f) << (7 * i)
		if b[i]&0x80 == 0 {
			return v, i + 1
		}
	}
	return 0, 0
}

func appendLeb128(b []byte, v int) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}
