package codecs

import "encoding/binary"

// vp9Descriptor is the VP9 payload descriptor (RFC 9628, 4.2).
type vp9Descriptor struct {
	inter        bool // P: predicted from earlier pictures
	begin, end   bool // B and E: of a layer's frame
	nonRef       bool // Z: higher spatial layers do not depend on it
	pid          uint16
	pidBits      uint8
	tid, sid     uint8
	switchingUp  bool   // U
	sizes        []byte // 4 bytes for each spatial layer, part of the payload
	size         int    // length of the descriptor
	hasStructure bool   // V
}

// readVP9 reads the payload descriptor; ok is false if it is truncated or if
// no payload follows it.
func readVP9(b []byte) (d vp9Descriptor, ok bool) {
	if len(b) < 1 {
		return d, false
	}
	first := b[0]
	d.inter = first&0x40 != 0
	flexible := first&0x10 != 0
	d.begin = first&0x08 != 0
	d.end = first&0x04 != 0
	d.hasStructure = first&0x02 != 0
	d.nonRef = first&0x01 != 0
	i := 1
	if first&0x80 != 0 { // I
		if len(b) < i+1 {
			return d, false
		}
		if b[i]&0x80 != 0 {
			if len(b) < i+2 {
				return d, false
			}
			d.pid = binary.BigEndian.Uint16(b[i:]) & 0x7fff
			d.pidBits = 15
			i += 2
		} else {
			d.pid = uint16(b[i])
			d.pidBits = 7
			i++
		}
	}
	if first&0x20 != 0 { // L
		if len(b) < i+1 {
			return d, false
		}
		d.tid = b[i] >> 5
		d.switchingUp = b[i]&0x10 != 0
		d.sid = b[i] >> 1 & 0x07
		i++
		if !flexible {
			i++ // TL0PICIDX
		}
	}
	if flexible && d.inter {
		for n := 0; ; n++ { // P_DIFF, at most three
			if n == 3 || len(b) < i+1 {
				return d, false
			}
			i++
			if b[i-1]&0x01 == 0 {
				break
			}
		}
	}
	if d.hasStructure {
		n, sizes, ok := readVP9Structure(b[min(i, len(b)):])
		if !ok {
			return d, false
		}
		d.sizes = sizes
		i += n
	}
	d.size = i
	return d, i < len(b)
}

// readVP9Structure reads the scalability structure at the start of b and
// returns its length and the part with the sizes of the layers.
func readVP9Structure(b []byte) (n int, sizes []byte, ok bool) {
	if len(b) < 1 {
		return 0, nil, false
	}
	layers := int(b[0]>>5) + 1
	hasSizes, hasPictures := b[0]&0x10 != 0, b[0]&0x08 != 0
	i := 1
	if hasSizes {
		if len(b) < i+4*layers {
			return 0, nil, false
		}
		sizes = b[i : i+4*layers]
		i += 4 * layers
	}
	if hasPictures {
		if len(b) < i+1 {
			return 0, nil, false
		}
		pictures := int(b[i])
		i++
		for range pictures {
			if len(b) < i+1 {
				return 0, nil, false
			}
			i += 1 + int(b[i]>>2&0x03)
		}
	}
	return i, sizes, i <= len(b)
}

func parseVP9(payload []byte, marker, newTimestamp bool) Info {
	d, ok := readVP9(payload)
	if !ok {
		return unknown(marker, newTimestamp)
	}
	info := Info{
		Known:   true,
		Start:   d.begin,
		End:     d.end,
		NonRef:  d.nonRef,
		TIDSync: d.switchingUp,
		SIDSync: !d.inter && d.begin,
		TID:     d.tid,
		SID:     d.sid,
		PID:     d.pid,
		PIDBits: d.pidBits,
	}
	first := payload[d.size]
	info.Opaque = d.begin && first&0xc0 != 0x80 // no frame marker
	if d.begin && d.sid == 0 && !d.inter && (info.Opaque || isVP9Keyframe(first)) {
		info.Keyframe = KeyframeYes
		info.TIDSync = true
		info.SIDSync = true
	}
	return info
}

// isVP9Keyframe looks at the first byte of the uncompressed header: the frame
// marker, the profile, show_existing_frame and frame_type.
func isVP9Keyframe(first byte) bool {
	if first&0xc0 != 0x80 {
		return false
	}
	if first&0x30 == 0x30 { // profile 3 has a reserved bit
		return first&0x06 == 0
	}
	return first&0x0c == 0
}

// hasVP9SyncCode says whether the frame that begins in a payload has the code that all
// keyframes have; that of profile 3 is not found, for it is not aligned to bytes.
func hasVP9SyncCode(payload []byte) bool {
	d, ok := readVP9(payload)
	if !ok || !d.begin {
		return false
	}
	frame := payload[d.size:]
	return len(frame) >= 4 && isVP9Keyframe(frame[0]) &&
		frame[1] == 0x49 && frame[2] == 0x83 && frame[3] == 0x42
}

// dimensionsVP9 returns the size of the largest layer of the scalability
// structure.
func dimensionsVP9(payload []byte) (w, h uint16, ok bool) {
	d, ok := readVP9(payload)
	if !ok {
		return 0, 0, false
	}
	for s := d.sizes; len(s) >= 4; s = s[4:] {
		w = max(w, binary.BigEndian.Uint16(s))
		h = max(h, binary.BigEndian.Uint16(s[2:]))
	}
	return w, h, w != 0 && h != 0
}
