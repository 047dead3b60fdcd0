package udpmux

import "encoding/binary"

// The sizes and numbers of STUN that are needed here (RFC 8489, 5 and 14.3).
const (
	stunHeader   = 20
	stunCookie   = 0x2112a442
	stunRequest  = 0x0001 // binding request
	stunSuccess  = 0x0101 // success response to one
	stunUsername = 0x0006
	maxUsername  = 513 // the longest user name, in bytes
)

// isSTUN says whether a packet is a STUN message: by its first byte (RFC 7983,
// 7), its magic cookie and its length (RFC 8489, 5).
func isSTUN(b []byte) bool {
	return len(b) >= stunHeader &&
		b[0] <= 3 &&
		binary.BigEndian.Uint32(b[4:]) == stunCookie &&
		int(binary.BigEndian.Uint16(b[2:])) == len(b)-stunHeader
}

// stunType returns the type of a STUN message.
func stunType(b []byte) uint16 { return binary.BigEndian.Uint16(b) }

// isDTLS says whether a packet that is no STUN message is DTLS (RFC 7983, 7).
func isDTLS(b []byte) bool { return len(b) > 0 && b[0] >= 20 && b[0] <= 63 }

// isMedia says whether a packet is SRTP or SRTCP (RFC 7983, 7).
func isMedia(b []byte) bool { return len(b) > 0 && b[0] >= 128 && b[0] <= 191 }

// localUfrag returns the receiver's ICE user name from the USERNAME attribute
// of a binding request, which is "receiver:sender" (RFC 8445, 7.2.2).  The
// result is a part of b.
func localUfrag(b []byte) ([]byte, bool) {
	if !isSTUN(b) || stunType(b) != stunRequest {
		return nil, false
	}
	for attributes := b[stunHeader:]; len(attributes) >= 4; {
		kind := binary.BigEndian.Uint16(attributes)
		size := int(binary.BigEndian.Uint16(attributes[2:]))
		attributes = attributes[4:]
		if size > len(attributes) {
			return nil, false
		}
		if kind == stunUsername {
			if size > maxUsername {
				return nil, false
			}
			for i, c := range attributes[:size] {
				if c == ':' {
					return attributes[:i], i > 0
				}
			}
			return nil, false
		}
		// Values are padded to four bytes, except perhaps the last one.
		attributes = attributes[min((size+3)&^3, len(attributes)):]
	}
	return nil, false
}
