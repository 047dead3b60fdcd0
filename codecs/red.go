package codecs

// REDPayloadType is the payload type of redundant sound (RFC 2198), whose blocks are
// all of one codec.
const REDPayloadType = 63

// redHeader is the size of the header of a block that is not the last.
const redHeader = 4

// PrimaryRED returns the newest block of a payload of redundant sound: what would have
// been sent without redundancy.  It is a part of payload; ok is false if the payload is
// malformed.
func PrimaryRED(payload []byte) (primary []byte, ok bool) {
	older := 0 // bytes of the blocks before the newest
	for i := 0; i < len(payload); i += redHeader {
		if payload[i]&0x80 == 0 {
			start := i + 1 + older
			if start > len(payload) {
				return nil, false
			}
			return payload[start:], true
		}
		if i+redHeader > len(payload) {
			break
		}
		older += int(payload[i+2]&0x03)<<8 | int(payload[i+3])
	}
	return nil, false
}

// RelabelRED writes the payload type of all blocks, in place.  It returns false, and
// changes nothing, if the payload is malformed, or if a block is not of the type from.
func RelabelRED(payload []byte, from, to uint8) bool {
	if _, ok := PrimaryRED(payload); !ok {
		return false
	}
	last := 0
	for ; payload[last]&0x80 != 0; last += redHeader {
		if payload[last]&0x7f != from {
			return false
		}
	}
	if payload[last] != from {
		return false
	}
	for i := 0; i <= last; i += redHeader {
		payload[i] = payload[i]&0x80 | to
	}
	return true
}
