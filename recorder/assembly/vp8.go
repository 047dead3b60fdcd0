package assembly

import (
	rtp "github.com/pion/rtp/codecs"

	"galene/codecs"
)

// vp8 reads RFC 7741.
type vp8 struct {
	codec codecs.Codec
	// base is the number of the last frame of the base layer that came out.
	base      uint8
	baseKnown bool
	// limit is the highest temporal layer that is complete.
	limit uint8
}

// allLayers is the limit if nothing is missing.
const allLayers = 7

func (v *vp8) frame(f *Frame, payloads [][]byte) bool {
	for i, payload := range payloads {
		var p rtp.VP8Packet
		data, err := p.Unmarshal(payload)
		if err != nil || (p.S == 1 && p.PID == 0) != (i == 0) {
			return false
		}
		f.Data = append(f.Data, data...)
	}
	if f.Keyframe {
		w, h, ok := codecs.Dimensions(v.codec, payloads[0])
		f.Width, f.Height = int(w), int(h)
		return ok
	}
	return true
}

func (v *vp8) emitted(payload []byte, keyframe bool) {
	if keyframe {
		v.limit = allLayers
	}
	var p rtp.VP8Packet
	if _, err := p.Unmarshal(payload); err != nil || p.L == 0 || p.T == 0 {
		v.baseKnown = false
		return
	}
	if p.TID == 0 {
		v.base, v.baseKnown = p.TL0PICIDX, true
	}
}

// resumes is true for a frame of the base layer if no frame of that layer has
// been lost, and for another frame if it depends on the last such frame only.
func (v *vp8) resumes(payload []byte) bool {
	var p rtp.VP8Packet
	if _, err := p.Unmarshal(payload); err != nil || p.L == 0 || p.T == 0 || !v.baseKnown {
		return false
	}
	if p.TID == 0 && p.TL0PICIDX != v.base+1 ||
		p.TID != 0 && (p.Y == 0 || p.TL0PICIDX != v.base) {
		return false
	}
	v.limit = p.TID
	return true
}

// admits is false for a frame of a layer of which frames have been lost, until
// that layer has a frame which depends on the base layer only.
func (v *vp8) admits(payload []byte) bool {
	if v.limit == allLayers {
		return true
	}
	var p rtp.VP8Packet
	if _, err := p.Unmarshal(payload); err != nil {
		return false
	}
	if p.TID > v.limit {
		if p.Y == 0 {
			return false
		}
		v.limit = p.TID
	}
	return true
}
