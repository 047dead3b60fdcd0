package codecs

import "encoding/binary"

// Types of H.265 NAL units (RFC 7798, 1.1.4 and 4.4).
const (
	hevcTSA      = 2 // to 5: switching points between temporal layers
	hevcSTSALast = 5
	hevcLastNonR = 14 // even types up to here: nothing in the same layer refers to them
	hevcIRAP     = 16 // to 21: pictures to begin with
	hevcIRAPLast = 21
	hevcVCLLast  = 31
	hevcVPS      = 32
	hevcSPS      = 33
	hevcAP       = 48
	hevcFU       = 49
	hevcPACI     = 50
)

// hevcHeader is the size of a payload header, and of that of a NAL unit.
const hevcHeader = 2

// hevcReader goes through the NAL units of a packet.  Of a unit that is sent in
// fragments it yields the first one only, with the unit's own type.
type hevcReader struct {
	rest   []byte
	kind   uint8 // of the unit in rest, if single
	single bool
	failed bool
}

// readHEVC prepares to read the NAL units of a payload (RFC 7798, 4.4).
func readHEVC(payload []byte) hevcReader {
	if len(payload) <= hevcHeader || payload[0]&0x80 != 0 || payload[1]&0x07 == 0 {
		return hevcReader{failed: true}
	}
	body := payload[hevcHeader:]
	switch kind := hevcType(payload[0]); {
	case kind == hevcAP:
		return hevcReader{rest: body}
	case kind == hevcFU:
		inner := body[0] & 0x3f
		if len(body) < 2 || inner >= hevcAP {
			return hevcReader{failed: true}
		}
		if body[0]&0x80 == 0 { // S
			return hevcReader{}
		}
		return hevcReader{rest: body[1:], kind: inner, single: true}
	case kind >= hevcPACI:
		return hevcReader{failed: true}
	default:
		return hevcReader{rest: body, kind: kind, single: true}
	}
}

func hevcType(first byte) uint8 { return first >> 1 & 0x3f }

// next returns the type of the next unit and what follows its header; ok is false
// at the end or if the rest cannot be read; then failed is true.
func (r *hevcReader) next() (kind uint8, body []byte, ok bool) {
	if r.failed || len(r.rest) == 0 {
		return 0, nil, false
	}
	if r.single {
		kind, body = r.kind, r.rest
		r.rest = nil
		return kind, body, true
	}
	if len(r.rest) < 2 {
		r.failed = true
		return 0, nil, false
	}
	size := int(binary.BigEndian.Uint16(r.rest))
	if size <= hevcHeader || size > len(r.rest)-2 || hevcType(r.rest[2]) >= hevcAP {
		r.failed = true
		return 0, nil, false
	}
	unit := r.rest[2 : 2+size]
	r.rest = r.rest[2+size:]
	return hevcType(unit[0]), unit[hevcHeader:], true
}

// parseH265 takes a video parameter set for the start of a keyframe, and also a
// sequence parameter set or a picture of random access that begins without one.
func parseH265(payload []byte, marker, newTimestamp bool) Info {
	r := readHEVC(payload)
	info := Info{Known: true, Start: newTimestamp, End: marker}
	if !r.failed {
		info.TID = payload[1]&0x07 - 1
	}
	for {
		kind, _, ok := r.next()
		if !ok {
			break
		}
		switch {
		case kind == hevcVPS,
			newTimestamp && (kind == hevcSPS || kind >= hevcIRAP && kind <= hevcIRAPLast):
			info.Keyframe = KeyframeYes
			info.TIDSync, info.SIDSync = true, true
		case kind >= hevcTSA && kind <= hevcSTSALast:
			info.TIDSync = true
			fallthrough
		case kind <= hevcVCLLast:
			info.Discardable = kind <= hevcLastNonR && kind%2 == 0 && info.TID > 0
		}
	}
	if r.failed {
		return unknown(marker, newTimestamp)
	}
	return info
}

// hasVPS says whether a video parameter set begins in a payload.
func hasVPS(payload []byte) bool {
	r := readHEVC(payload)
	for {
		kind, _, ok := r.next()
		if !ok || kind == hevcVPS {
			return ok
		}
	}
}

// dimensionsH265 reads the sequence parameter set, if there is one.
func dimensionsH265(payload []byte) (w, h uint16, ok bool) {
	r := readHEVC(payload)
	if hevcFragment(payload) {
		return 0, 0, false
	}
	for {
		kind, body, more := r.next()
		if !more {
			return 0, 0, false
		}
		if kind == hevcSPS {
			return dimensionsHEVC(body)
		}
	}
}

func hevcFragment(payload []byte) bool {
	return len(payload) > 0 && hevcType(payload[0]) == hevcFU
}

// dimensionsHEVC reads the picture size of a sequence parameter set (H.265,
// 7.3.2.2).
func dimensionsHEVC(sps []byte) (w, h uint16, ok bool) {
	const profile, level = 88, 8
	r := bitReader{data: sps, escaped: true}
	r.skip(4) // sps_video_parameter_set_id
	subLayers := int(r.bits(3))
	r.skip(1 + profile + level)
	var present [8]uint32
	for i := range subLayers {
		present[i] = r.bits(2)
	}
	if subLayers > 0 {
		r.skip(2 * (8 - subLayers))
	}
	for i := range subLayers {
		if present[i]&2 != 0 {
			r.skip(profile)
		}
		if present[i]&1 != 0 {
			r.skip(level)
		}
	}
	r.golomb() // sps_seq_parameter_set_id
	chroma := r.golomb()
	separate := chroma == 3 && r.flag()
	width, height := r.golomb(), r.golomb()
	if r.flag() { // conformance_window_flag
		unitX, unitY := uint32(1), uint32(1)
		if !separate && (chroma == 1 || chroma == 2) {
			unitX = 2
		}
		if !separate && chroma == 1 {
			unitY = 2
		}
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
