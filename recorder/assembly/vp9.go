package assembly

import rtp "github.com/pion/rtp/codecs"

// vp9 reads RFC 9628.
type vp9 struct{}

func (vp9) frame(f *Frame, payloads [][]byte) bool {
	var sizes []int // of the frames of the spatial layers
	open := false
	for _, payload := range payloads {
		var p rtp.VP9Packet
		data, err := p.Unmarshal(payload)
		if err != nil || p.B == open {
			return false
		}
		if p.B {
			sizes = append(sizes, 0)
		}
		open = !p.E
		sizes[len(sizes)-1] += len(data)
		f.Data = append(f.Data, data...)
	}
	if open || len(sizes) > 8 {
		return false
	}
	if f.Keyframe {
		f.Width, f.Height = sizeVP9(f.Data)
		// The largest layer is the last.
		if n := len(sizes); n > 1 {
			if w, h := sizeVP9(f.Data[len(f.Data)-sizes[n-1]:]); w > 0 {
				f.Width, f.Height = w, h
			}
		}
		if f.Width == 0 {
			return false
		}
	}
	if len(sizes) > 1 {
		f.Data = appendIndex(f.Data, sizes)
	}
	return true
}

// appendIndex makes a superframe of several frames (VP9 specification, annex B).
func appendIndex(data []byte, sizes []int) []byte {
	bytes := 1
	for _, size := range sizes {
		for size >= 1<<(8*bytes) {
			bytes++
		}
	}
	marker := byte(0xc0 | (bytes-1)<<3 | (len(sizes) - 1))
	data = append(data, marker)
	for _, size := range sizes {
		for i := range bytes {
			data = append(data, byte(size>>(8*i)))
		}
	}
	return append(data, marker)
}

// sizeVP9 returns the size of the picture of a keyframe, or of a frame without
// references (VP9 specification, 6.2); zeros if it is none.
func sizeVP9(data []byte) (w, h int) {
	b := bits{data: data}
	if b.read(2) != 2 {
		return 0, 0
	}
	profile := b.read(1) | b.read(1)<<1
	if profile == 3 {
		b.read(1)
	}
	existing, inter := b.flag(), b.flag() // show_existing_frame, frame_type
	if existing || inter {
		return 0, 0
	}
	b.read(2) // show_frame, error_resilient_mode
	if b.read(24) != 0x498342 {
		return 0, 0
	}
	if profile >= 2 {
		b.read(1) // bit depth
	}
	const rgb = 7
	if b.read(3) != rgb {
		b.read(1)
		if profile&1 != 0 {
			b.read(3)
		}
	} else if profile&1 != 0 {
		b.read(1)
	}
	w, h = int(b.read(16))+1, int(b.read(16))+1
	if b.failed {
		return 0, 0
	}
	return w, h
}
