package assembly

import (
	"bytes"
	"encoding/binary"

	"galene/codecs"
)

// Types of NAL units of H.265 (H.265, table 7-1, and RFC 7798, 4.4).
const (
	hevcSlices = 31 // up to here: pictures
	hevcVPS    = 32
	hevcSPS    = 33
	hevcPPS    = 34
	hevcAUD    = 35
	hevcAP     = 48
	hevcFU     = 49
)

// hevcHeader is the size of the header of a NAL unit, in bytes.
const hevcHeader = 2

// h265 reads RFC 7798 without decoding order numbers, which only senders of several
// RTP streams use: single NAL units, aggregation packets and fragmentation units.
// Frames have NAL units with 4-byte lengths before them.
type h265 struct {
	codec         codecs.Codec
	vps, sps, pps []byte // the last ones
}

func hevcType(first byte) byte { return first >> 1 & 0x3f }

func (h *h265) frame(f *Frame, payloads [][]byte) bool {
	fragment := -1 // where the length of a unit that is sent in fragments is
	picture := false
	add := func(unit []byte) bool {
		if len(unit) <= hevcHeader || hevcType(unit[0]) >= hevcAP {
			return false
		}
		switch kind := hevcType(unit[0]); {
		case kind == hevcVPS:
			h.vps = bytes.Clone(unit)
		case kind == hevcSPS:
			h.sps = bytes.Clone(unit)
		case kind == hevcPPS:
			h.pps = bytes.Clone(unit)
		case kind == hevcAUD:
			return true
		case kind <= hevcSlices:
			picture = true
		}
		f.Data = binary.BigEndian.AppendUint32(f.Data, uint32(len(unit)))
		f.Data = append(f.Data, unit...)
		return true
	}
	for _, p := range payloads {
		if len(p) <= hevcHeader {
			return false
		}
		kind := hevcType(p[0])
		if fragment >= 0 && kind != hevcFU {
			return false
		}
		switch kind {
		default:
			if !add(p) {
				return false
			}
		case hevcAP:
			for rest := p[hevcHeader:]; len(rest) > 0; {
				if len(rest) < 2 {
					return false
				}
				n := int(binary.BigEndian.Uint16(rest))
				if len(rest) < 2+n || !add(rest[2:2+n]) {
					return false
				}
				rest = rest[2+n:]
			}
		case hevcFU:
			begin, end, inner := p[2]&0x80 != 0, p[2]&0x40 != 0, p[2]&0x3f
			if begin != (fragment < 0) || len(p) < hevcHeader+2 || inner > hevcSlices {
				return false // parameters are never that large
			}
			if begin {
				fragment = len(f.Data)
				f.Data = append(f.Data, 0, 0, 0, 0, p[0]&0x81|inner<<1, p[1])
				picture = true
			}
			f.Data = append(f.Data, p[hevcHeader+1:]...)
			if end {
				binary.BigEndian.PutUint32(f.Data[fragment:], uint32(len(f.Data)-fragment-4))
				fragment = -1
			}
		}
	}
	if fragment >= 0 || !picture {
		return false
	}
	if f.Keyframe {
		return h.describe(f)
	}
	return true
}

// describe fills in what a container wants to know: an HEVC decoder configuration
// record (ISO/IEC 14496-15, 8.3.3.1).
func (h *h265) describe(f *Frame) bool {
	for _, set := range [][]byte{h.vps, h.sps, h.pps} {
		if len(set) == 0 || len(set) > 0xffff {
			return false
		}
	}
	w, height, ok := codecs.Dimensions(h.codec, h.sps)
	if !ok {
		return false
	}
	f.Width, f.Height = int(w), int(height)
	s, ok := readHEVCSequence(h.sps)
	if !ok {
		return false
	}
	c := append([]byte{1}, s.profile...)
	c = append(c, 0xf0, 0, // any segmentation
		0xfc, // any parallelism
		0xfc|s.chroma, 0xf8|s.luma, 0xf8|s.chromaDepth,
		0, 0, // no average rate
		s.subLayers<<3|s.nested<<2|3, // lengths of 4 bytes
		3)
	for _, set := range [][]byte{h.vps, h.sps, h.pps} {
		// All of the kind are here: the frames repeat them, and may change them.
		c = append(c, hevcType(set[0]), 0, 1)
		c = binary.BigEndian.AppendUint16(c, uint16(len(set)))
		c = append(c, set...)
	}
	f.Config = c
	return true
}

// hevcSequence is what a configuration record says of a sequence.
type hevcSequence struct {
	profile           []byte // general_profile_space to general_level_idc
	subLayers, nested byte
	chroma            byte // chroma_format_idc
	luma, chromaDepth byte // bits of a sample, less 8
}

// readHEVCSequence reads a sequence parameter set (H.265, 7.3.2.2).
func readHEVCSequence(sps []byte) (s hevcSequence, ok bool) {
	const profileSize, profile, level = 12, 88, 8 // bytes, then bits
	// Zeros are escaped (7.3.1.1).
	data := bytes.ReplaceAll(sps[hevcHeader:], []byte{0, 0, 3}, []byte{0, 0})
	if len(data) < 1+profileSize {
		return s, false
	}
	s.profile = data[1 : 1+profileSize]
	r := bits{data: data}
	r.read(4) // sps_video_parameter_set_id
	more := byte(r.read(3))
	s.subLayers, s.nested = more+1, byte(r.read(1))
	r.read(profile)
	r.read(level)
	var present [8]uint32
	for i := range more {
		present[i] = r.read(2)
	}
	if more > 0 {
		r.read(2 * (8 - int(more)))
	}
	for i := range more {
		if present[i]&2 != 0 {
			r.read(profile)
		}
		if present[i]&1 != 0 {
			r.read(level)
		}
	}
	r.uvlc() // sps_seq_parameter_set_id
	chroma := r.uvlc()
	if chroma == 3 {
		r.flag() // separate_colour_plane_flag
	}
	r.uvlc()      // width
	r.uvlc()      // height
	if r.flag() { // conformance_window_flag
		for range 4 {
			r.uvlc()
		}
	}
	luma, depth := r.uvlc(), r.uvlc()
	if r.failed || chroma > 3 || luma > 7 || depth > 7 {
		return s, false
	}
	s.chroma, s.luma, s.chromaDepth = byte(chroma), byte(luma), byte(depth)
	return s, true
}
