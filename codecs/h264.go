package codecs

import "encoding/binary"

// Types of H.264 NAL units (RFC 6184, 5.2).
const (
	naluSlice  = 1 // to 5: slices of a picture
	naluIDR    = 5
	naluSPS    = 7
	naluSTAPA  = 24
	naluSTAPB  = 25
	naluMTAP16 = 26
	naluMTAP24 = 27
	naluFUA    = 28
	naluFUB    = 29
)

// naluReader goes through the NAL units of a packet.  Of a unit that is sent in
// fragments, it yields the first one only.
type naluReader struct {
	rest []byte
	// skip is the number of bytes between the size and the unit, in an
	// aggregation packet.
	skip   int
	single bool // rest is one unit
	failed bool
}

// readNALUs prepares to read the NAL units of a payload.
func readNALUs(payload []byte) naluReader {
	if len(payload) < 1 {
		return naluReader{failed: true}
	}
	header := 1
	r := naluReader{}
	switch t := payload[0] & 0x1f; t {
	case 0, 30, 31:
		return naluReader{failed: true}
	case naluSTAPA:
	case naluSTAPB:
		header = 3
	case naluMTAP16:
		header, r.skip = 3, 3
	case naluMTAP24:
		header, r.skip = 3, 4
	case naluFUA, naluFUB:
		header = 2
		if t == naluFUB {
			header = 4
		}
		if len(payload) <= header || !isPlainNALU(payload[1]) {
			return naluReader{failed: true}
		}
		if payload[1]&0x80 != 0 { // S
			// The second byte serves as the unit's header.
			r.single, r.rest = true, payload[1:]
		}
		return r
	default:
		r.single, r.rest = true, payload
		return r
	}
	if len(payload) <= header {
		return naluReader{failed: true}
	}
	r.rest = payload[header:]
	return r
}

// next returns the next unit, of at least one byte, or nil at the end or if the
// rest cannot be read; then failed is true.
func (r *naluReader) next() []byte {
	if r.failed || len(r.rest) == 0 {
		return nil
	}
	if r.single {
		unit := r.rest
		r.rest = nil
		return unit
	}
	if len(r.rest) < 2 {
		r.failed = true
		return nil
	}
	// In an MTAP, the size includes neither itself nor the two fields
	// that follow it (RFC 6184, 5.7.2).
	size := int(binary.BigEndian.Uint16(r.rest))
	begin := 2 + r.skip
	if size == 0 || len(r.rest) < begin+size || !isPlainNALU(r.rest[begin]) {
		r.failed = true
		return nil
	}
	unit := r.rest[begin : begin+size]
	r.rest = r.rest[begin+size:]
	return unit
}

// isPlainNALU says whether a unit's header has a type that may be aggregated or
// fragmented.
func isPlainNALU(header byte) bool {
	t := header & 0x1f
	return t >= 1 && t <= 23
}

// parseH264 takes a sequence parameter set for the start of a keyframe, and
// also an IDR picture that begins without one, since some encoders send their
// parameter sets only once.
func parseH264(payload []byte, marker, newTimestamp bool) Info {
	info := Info{Known: true, Start: newTimestamp, End: marker}
	r := readNALUs(payload)
	for unit := r.next(); unit != nil; unit = r.next() {
		switch t := unit[0] & 0x1f; {
		case t == naluSPS, t == naluIDR && newTimestamp:
			info.Keyframe = KeyframeYes
			info.TIDSync = true
			info.SIDSync = true
		case t >= naluSlice && t <= naluIDR:
			// In an aggregation packet, too, the first byte tells whether anything refers to the slices.
			info.Discardable = payload[0]&0x60 == 0
		}
	}
	if r.failed {
		return unknown(marker, newTimestamp)
	}
	if isFragment(payload) {
		t := payload[1] & 0x1f
		info.Discardable = t >= naluSlice && t <= naluIDR && payload[0]&0x60 == 0
	}
	return info
}

// hasSPS says whether a sequence parameter set begins in a payload.
func hasSPS(payload []byte) bool {
	r := readNALUs(payload)
	for unit := r.next(); unit != nil; unit = r.next() {
		if unit[0]&0x1f == naluSPS {
			return true
		}
	}
	return false
}

// isFragment says whether a payload is part of a NAL unit.
func isFragment(payload []byte) bool {
	t := payload[0] & 0x1f
	return t == naluFUA || t == naluFUB
}

func dimensionsH264(payload []byte) (w, h uint16, ok bool) {
	if len(payload) == 0 || isFragment(payload) {
		return 0, 0, false
	}
	r := readNALUs(payload)
	for unit := r.next(); unit != nil; unit = r.next() {
		if unit[0]&0x1f == naluSPS {
			return dimensionsSPS(unit[1:])
		}
	}
	return 0, 0, false
}

// dimensionsSPS reads the picture size of a sequence parameter set (H.264,
// 7.3.2.1.1).
func dimensionsSPS(sps []byte) (w, h uint16, ok bool) {
	r := bitReader{data: sps, escaped: true}
	profile := r.bits(8)
	r.skip(16) // constraints, level
	r.golomb() // seq_parameter_set_id
	chroma := uint32(1)
	separate := false
	switch profile {
	case 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135:
		chroma = r.golomb()
		if chroma == 3 {
			separate = r.flag()
		}
		r.golomb() // bit depths
		r.golomb()
		r.skip(1)     // qpprime_y_zero_transform_bypass_flag
		if r.flag() { // scaling matrix
			skipScalingLists(&r, chroma)
		}
	}
	r.golomb()          // log2_max_frame_num_minus4
	switch r.golomb() { // pic_order_cnt_type
	case 0:
		r.golomb()
	case 1:
		r.skip(1)
		r.golomb()
		r.golomb()
		for n := r.golomb(); n > 0 && !r.failed; n-- {
			r.golomb()
		}
	}
	r.golomb() // max_num_ref_frames
	r.skip(1)  // gaps_in_frame_num_value_allowed_flag
	width := (r.golomb() + 1) * 16
	height := (r.golomb() + 1) * 16
	unitX, unitY := uint32(1), uint32(1)
	if !separate && (chroma == 1 || chroma == 2) {
		unitX = 2
	}
	if !separate && chroma == 1 {
		unitY = 2
	}
	if !r.flag() { // frame_mbs_only_flag
		height *= 2
		unitY *= 2
		r.skip(1)
	}
	r.skip(1)     // direct_8x8_inference_flag
	if r.flag() { // cropping
		left, right, top, bottom := r.golomb(), r.golomb(), r.golomb(), r.golomb()
		if left > width || right > width || top > height || bottom > height ||
			(left+right)*unitX >= width || (top+bottom)*unitY >= height {
			return 0, 0, false
		}
		width -= (left + right) * unitX
		height -= (top + bottom) * unitY
	}
	return r.size(width, height)
}

// skipScalingLists skips the scaling matrix of a sequence parameter set.
func skipScalingLists(r *bitReader, chroma uint32) {
	lists := 8
	if chroma == 3 {
		lists = 12
	}
	for i := range lists {
		if !r.flag() {
			continue
		}
		size := 16
		if i >= 6 {
			size = 64
		}
		last, next := int32(8), int32(8)
		for range size {
			if r.failed {
				return
			}
			if next != 0 {
				next = (last + signed(r.golomb())) & 0xff
			}
			if next != 0 {
				last = next
			}
		}
	}
}

// signed converts an Exp-Golomb number to the signed number that it stands for.
func signed(n uint32) int32 {
	if n%2 == 0 {
		return -int32(n / 2)
	}
	return int32(n/2) + 1
}
