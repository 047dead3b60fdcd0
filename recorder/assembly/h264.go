package assembly

import (
	"bytes"
	"encoding/binary"

	"galene/codecs"
)

// Types of NAL units (RFC 6184, 5.2).
const (
	nalIDR   = 5
	nalSPS   = 7
	nalPPS   = 8
	nalAUD   = 9
	nalSTAPA = 24
	nalFUA   = 28
)

// h264 reads RFC 6184, in the modes that browsers use: single NAL units, STAP-A
// and FU-A.  Frames have NAL units with 4-byte lengths before them.
type h264 struct {
	codec    codecs.Codec
	sps, pps []byte // the last ones
}

func (h *h264) frame(f *Frame, payloads [][]byte) bool {
	fragment := -1 // where the length of a unit that is sent in fragments is
	picture := false
	add := func(unit []byte) {
		switch unit[0] & 0x1f {
		case nalSPS:
			h.sps = bytes.Clone(unit)
		case nalPPS:
			h.pps = bytes.Clone(unit)
		case nalAUD:
			return
		case 1, 2, 3, 4, nalIDR:
			picture = true
		}
		f.Data = binary.BigEndian.AppendUint32(f.Data, uint32(len(unit)))
		f.Data = append(f.Data, unit...)
	}
	for _, p := range payloads {
		if len(p) == 0 {
			return false
		}
		kind := p[0] & 0x1f
		if fragment >= 0 && kind != nalFUA {
			return false
		}
		switch {
		case kind >= 1 && kind <= 23:
			add(p)
		case kind == nalSTAPA:
			for rest := p[1:]; len(rest) > 0; {
				if len(rest) < 2 {
					return false
				}
				n := int(binary.BigEndian.Uint16(rest))
				if n == 0 || len(rest) < 2+n {
					return false
				}
				add(rest[2 : 2+n])
				rest = rest[2+n:]
			}
		case kind == nalFUA:
			if len(p) < 3 {
				return false
			}
			begin, end := p[1]&0x80 != 0, p[1]&0x40 != 0
			if begin != (fragment < 0) {
				return false
			}
			if begin {
				fragment = len(f.Data)
				f.Data = append(f.Data, 0, 0, 0, 0, p[0]&0xe0|p[1]&0x1f)
				picture = picture || p[1]&0x1f <= nalIDR
			}
			f.Data = append(f.Data, p[2:]...)
			if end {
				binary.BigEndian.PutUint32(f.Data[fragment:], uint32(len(f.Data)-fragment-4))
				fragment = -1
			}
		default:
			return false
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

// describe fills in what a container wants to know: an AVC decoder configuration
// record (ISO/IEC 14496-15, 5.3.3.1).
func (h *h264) describe(f *Frame) bool {
	if len(h.sps) < 4 || len(h.pps) == 0 || len(h.sps) > 0xffff || len(h.pps) > 0xffff {
		return false
	}
	w, height, ok := codecs.Dimensions(h.codec, h.sps)
	if !ok {
		return false
	}
	f.Width, f.Height = int(w), int(height)
	c := []byte{1, h.sps[1], h.sps[2], h.sps[3], 0xff, 0xe1}
	c = binary.BigEndian.AppendUint16(c, uint16(len(h.sps)))
	c = append(append(c, h.sps...), 1)
	c = binary.BigEndian.AppendUint16(c, uint16(len(h.pps)))
	c = append(c, h.pps...)
	switch h.sps[1] {
	case 100, 110, 122, 144: // profiles with more fields: 4:2:0, 8 bits
		c = append(c, 0xfd, 0xf8, 0xf8, 0)
	}
	f.Config = c
	return true
}
