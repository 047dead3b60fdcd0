package codecs

// Types of AV1 open bitstream units (AV1 specification, 6.2.2).
const (
	obuSequenceHeader = 1
	obuFrameHeader    = 3
	obuFrame          = 6
)

// obuReader goes through the OBU elements of a packet (RTP Payload Format for
// AV1, 4.3 to 4.5).
type obuReader struct {
	rest   []byte
	left   int // elements left if their number is given, else -1
	failed bool
}

// next returns the next element, of at least one byte, or nil at the end or if
// the rest cannot be read; then failed is true.
func (r *obuReader) next() []byte {
	if r.failed || r.left == 0 || r.left < 0 && len(r.rest) == 0 {
		return nil
	}
	size := len(r.rest)
	if r.left != 1 {
		n, length, ok := leb128(r.rest)
		if !ok || n > uint32(len(r.rest)-length) {
			r.failed = true
			return nil
		}
		r.rest = r.rest[length:]
		size = int(n)
	}
	if size == 0 {
		r.failed = true
		return nil
	}
	element := r.rest[:size]
	r.rest = r.rest[size:]
	if r.left > 0 {
		r.left--
	}
	return element
}

// leb128 reads a number of at most four bytes, more than any packet needs.
func leb128(b []byte) (n uint32, length int, ok bool) {
	for i := 0; i < 4 && i < len(b); i++ {
		n |= uint32(b[i]&0x7f) << (7 * i)
		if b[i]&0x80 == 0 {
			return n, i + 1, true
		}
	}
	return 0, 0, false
}

// readOBU splits an OBU into its type and what follows the header.
func readOBU(element []byte) (kind byte, body []byte, ok bool) {
	header := element[0]
	i := 1
	if header&0x80 != 0 { // the forbidden bit
		return 0, nil, false
	}
	if header&0x04 != 0 { // extension
		i++
	}
	if header&0x02 != 0 { // obu_has_size_field
		if i > len(element) {
			return 0, nil, false
		}
		_, length, ok := leb128(element[i:])
		if !ok {
			return 0, nil, false
		}
		i += length
	}
	if i > len(element) {
		return 0, nil, false
	}
	return header >> 3 & 0x0f, element[i:], true
}

// readAV1 reads the aggregation header.  Continued says that the first element
// is the rest of an OBU, newSequence that a coded video sequence begins.
func readAV1(payload []byte) (r obuReader, continued, newSequence, ok bool) {
	if len(payload) < 2 {
		return r, false, false, false
	}
	header := payload[0]
	r.rest = payload[1:]
	r.left = int(header >> 4 & 0x03)
	if r.left == 0 {
		r.left = -1
	}
	continued, newSequence = header&0x80 != 0, header&0x08 != 0
	return r, continued, newSequence, !(continued && newSequence)
}

// parseAV1 knows no layers: they are told by the dependency descriptor, a
// header extension, and only in the first packet of a frame by the payload.
func parseAV1(payload []byte, marker, newTimestamp bool) Info {
	r, continued, newSequence, ok := readAV1(payload)
	if !ok {
		return unknown(marker, newTimestamp)
	}
	info := Info{Known: true, Start: !continued && newTimestamp, End: marker}
	sequence, frame, key, reduced := false, false, false, false
	for i := 0; ; i++ {
		element := r.next()
		if element == nil {
			break
		}
		if i == 0 && continued {
			continue
		}
		kind, body, ok := readOBU(element)
		if !ok {
			return unknown(marker, newTimestamp)
		}
		switch {
		case kind == obuSequenceHeader && !frame:
			sequence = true
			reduced = len(body) > 0 && body[0]&0x08 != 0
		case (kind == obuFrameHeader || kind == obuFrame) && !frame:
			frame = true
			// show_existing_frame and frame_type; a reduced still
			// picture has neither.
			key = reduced || len(body) > 0 && body[0]&0xe0 == 0
		}
	}
	if r.failed {
		return unknown(marker, newTimestamp)
	}
	// A coded video sequence begins with a keyframe, even if the frame
	// itself is in the next packet.
	if newSequence && sequence && (key || !frame) {
		info.Keyframe = KeyframeYes
		info.TIDSync = true
		info.SIDSync = true
	}
	return info
}

func dimensionsAV1(payload []byte) (w, h uint16, ok bool) {
	r, continued, _, ok := readAV1(payload)
	if !ok || continued {
		return 0, 0, false
	}
	for element := r.next(); element != nil; element = r.next() {
		kind, body, ok := readOBU(element)
		if !ok {
			return 0, 0, false
		}
		if kind == obuSequenceHeader {
			return dimensionsSequence(body)
		}
	}
	return 0, 0, false
}

// dimensionsSequence reads the largest picture size of a sequence header (AV1
// specification, 5.5.1).
func dimensionsSequence(body []byte) (w, h uint16, ok bool) {
	r := bitReader{data: body}
	r.skip(3 + 1) // seq_profile, still_picture
	if reduced := r.flag(); reduced {
		r.skip(5) // seq_level_idx
	} else {
		skipOperatingPoints(&r)
	}
	widthBits := int(r.bits(4)) + 1
	heightBits := int(r.bits(4)) + 1
	width := r.bits(widthBits) + 1
	height := r.bits(heightBits) + 1
	return r.size(width, height)
}

// skipOperatingPoints skips the timing information and the operating points of
// a sequence header.
func skipOperatingPoints(r *bitReader) {
	delayBits := 0
	decoderModel := false
	if r.flag() { // timing_info_present_flag
		r.skip(64)
		if r.flag() { // equal_picture_interval
			r.golomb()
		}
		if decoderModel = r.flag(); decoderModel {
			delayBits = int(r.bits(5)) + 1
			r.skip(32 + 5 + 5)
		}
	}
	displayDelay := r.flag()
	for range r.bits(5) + 1 {
		r.skip(12)         // operating_point_idc
		if r.bits(5) > 7 { // seq_level_idx
			r.skip(1)
		}
		if decoderModel && r.flag() {
			r.skip(2*delayBits + 1)
		}
		if displayDelay && r.flag() {
			r.skip(4)
		}
	}
}
