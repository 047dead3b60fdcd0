package codecs

// vp8Descriptor is the VP8 payload descriptor (RFC 7741, 4.2).
type vp8Descriptor struct {
	start     bool // S = 1 and partition index 0: the first packet of a frame
	nonRef    bool // N
	pid       uint16
	pidBits   uint8
	pidOffset int // of the picture id's first byte
	tid       uint8
	hasTID    bool
	tidSync   bool // Y
	size      int  // length of the descriptor
}

// readVP8 reads the payload descriptor; ok is false if it is truncated or if
// no payload follows it.
func readVP8(b []byte) (d vp8Descriptor, ok bool) {
	if len(b) < 1 {
		return d, false
	}
	first := b[0]
	d.nonRef = first&0x20 != 0
	d.start = first&0x10 != 0 && first&0x07 == 0
	d.size = 1
	if first&0x80 != 0 { // X
		if len(b) < 2 {
			return d, false
		}
		ext := b[1]
		d.size = 2
		if ext&0x80 != 0 { // I
			if len(b) < d.size+1 {
				return d, false
			}
			d.pidOffset = d.size
			if b[d.size]&0x80 != 0 { // M: 15 bits
				if len(b) < d.size+2 {
					return d, false
				}
				d.pid = uint16(b[d.size]&0x7f)<<8 | uint16(b[d.size+1])
				d.pidBits = 15
				d.size += 2
			} else {
				d.pid = uint16(b[d.size])
				d.pidBits = 7
				d.size++
			}
		}
		if ext&0x40 != 0 { // L: TL0PICIDX
			d.size++
		}
		if ext&0x30 != 0 { // T or K
			if len(b) < d.size+1 {
				return d, false
			}
			if ext&0x20 != 0 {
				d.hasTID = true
				d.tid = b[d.size] >> 6
				d.tidSync = b[d.size]&0x20 != 0
			}
			d.size++
		}
	}
	return d, d.size < len(b)
}

func parseVP8(payload []byte, marker, newTimestamp bool) Info {
	d, ok := readVP8(payload)
	if !ok {
		return unknown(marker, newTimestamp)
	}
	info := Info{
		Known:       true,
		Start:       d.start,
		End:         marker,
		Discardable: d.nonRef,
		TID:         d.tid,
		TIDSync:     d.tidSync,
		PID:         d.pid,
		PIDBits:     d.pidBits,
	}
	if d.start && payload[d.size]&0x01 == 0 {
		if frame := payload[d.size:]; len(frame) >= 6 && !hasVP8StartCode(frame) {
			info.Opaque, info.Keyframe = true, KeyframeUnknown
			return info
		}
		info.Keyframe = KeyframeYes
		info.TIDSync = true
		info.SIDSync = true
	}
	return info
}

// hasVP8StartCode says whether a frame of at least 6 bytes has the code that all
// keyframes have (RFC 6386, 9.1).
func hasVP8StartCode(frame []byte) bool {
	return frame[3] == 0x9d && frame[4] == 0x01 && frame[5] == 0x2a
}

// dimensionsVP8 reads the frame header of a keyframe (RFC 6386, 9.1).
func dimensionsVP8(payload []byte) (w, h uint16, ok bool) {
	d, ok := readVP8(payload)
	if !ok || !d.start {
		return 0, 0, false
	}
	frame := payload[d.size:]
	if len(frame) < 10 || frame[0]&0x01 != 0 || !hasVP8StartCode(frame) {
		return 0, 0, false
	}
	w = (uint16(frame[6]) | uint16(frame[7])<<8) & 0x3fff
	h = (uint16(frame[8]) | uint16(frame[9])<<8) & 0x3fff
	return w, h, w != 0 && h != 0
}

// RewritePictureID replaces the picture id of a VP8 payload by pid, in place,
// keeping its width: a 7-bit id takes the low 7 bits of pid.  It returns false,
// and changes nothing, if the payload has no picture id.  The payload must be
// the caller's own copy: packets in the cache are never written.
func RewritePictureID(payload []byte, pid uint16) bool {
	d, ok := readVP8(payload)
	if !ok || d.pidBits == 0 {
		return false
	}
	if d.pidBits == 15 {
		payload[d.pidOffset] = 0x80 | byte(pid>>8)&0x7f
		payload[d.pidOffset+1] = byte(pid)
	} else {
		payload[d.pidOffset] = byte(pid) & 0x7f
	}
	return true
}
