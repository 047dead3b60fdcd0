package rtpconn

import "encoding/binary"

const (
	// maxPacket is the largest RTP packet taken, without extensions, in
	// bytes.
	maxPacket = 1480
	// headerSize is the size of an RTP header without contributing sources
	// and extensions.
	headerSize = 12
)

// header is the parsed form of an RTP packet (RFC 3550, 5.1).  Its slices are
// parts of the packet.
type header struct {
	marker      bool
	payloadType uint8
	seq         uint16
	timestamp   uint32
	ssrc        uint32
	profile     uint16 // of the extensions, 0 is none
	extensions  []byte
	payload     []byte // without padding
}

// parse reads the packet b and returns why it cannot be used, or dropNone
//
func (h *header) parse(b []byte) dropCause {
	if len(b) < headerSize {
		return dropShort
	}
	if b[0]>>6 != 2 {
		return dropVersion
	}
	h.marker = b[1]&0x80 != 0
	h.payloadType = b[1] & 0x7f
	h.seq = binary.BigEndian.Uint16(b[2:])
	h.timestamp = binary.BigEndian.Uint32(b[4:])
	h.ssrc = binary.BigEndian.Uint32(b[8:])
	h.profile, h.extensions = 0, nil

	offset := headerSize + 4*int(b[0]&0x0f)
	if b[0]&0x10 != 0 {
		if len(b) < offset+4 {
			return dropTruncated
		}
		h.profile = binary.BigEndian.Uint16(b[offset:])
		size := 4 * int(binary.BigEndian.Uint16(b[offset+2:]))
		offset += 4
		if len(b) < offset+size {
			return dropTruncated
		}
		h.extensions = b[offset : offset+size]
		offset += size
	}
	if len(b) < offset {
		return dropTruncated
	}
	h.payload = b[offset:]
	if b[0]&0x20 != 0 {
		if len(h.payload) == 0 {
			return dropTruncated
		}
		padding := int(h.payload[len(h.payload)-1])
		if padding == 0 || padding > len(h.payload) {
			return dropTruncated
		}
		h.payload = h.payload[:len(h.payload)-padding]
	}
	if h.ssrc == 0 {
		return dropProbe
	}
	if headerSize+len(h.payload) > maxPacket {
		return dropLarge
	}
	return dropNone
}

// The profiles of header extensions (RFC 8285).
const (
	profileOneByte  = 0xbede
	profileTwoByte  = 0x1000
	twoByteAppBits  = 0x000f
	oneByteReserved = 15
)

// extension returns the value of the header extension id, or nil.
func (h *header) extension(id uint8) []byte {
	if id == 0 || len(h.extensions) == 0 {
		return nil
	}
	oneByte := h.profile == profileOneByte
	if !oneByte && h.profile&^twoByteAppBits != profileTwoByte {
		return nil
	}
	for b := h.extensions; len(b) > 0; {
		if b[0] == 0 { // padding
			b = b[1:]
			continue
		}
		var found uint8
		var size int
		if oneByte {
			found, size = b[0]>>4, int(b[0]&0x0f)+1
			b = b[1:]
			if found == oneByteReserved {
				return nil
			}
		} else {
			if len(b) < 2 {
				return nil
			}
			found, size = b[0], int(b[1])
			b = b[2:]
		}
		if size > len(b) {
			return nil
		}
		if found == id {
			return b[:size]
		}
		b = b[size:]
	}
	return nil
}
