package rtpconn

import "encoding/binary"

// Types and formats of RTCP packets (RFC 3550, RFC 4585, RFC 5104).
const (
	rtcpSenderReport   = 200
	rtcpReceiverReport = 201
	rtcpDescription    = 202
	rtcpBye            = 203
	rtcpTransport      = 205
	rtcpPayload        = 206

	feedbackNACK = 1  // of rtcpTransport
	feedbackPLI  = 1  // of rtcpPayload
	feedbackFIR  = 4  // of rtcpPayload
	feedbackREMB = 15 // of rtcpPayload
)

// rtcpPacket is one packet of a compound.  Body is what follows the first
// four bytes, without padding.
type rtcpPacket struct {
	count uint8 // or feedback format
	kind  uint8
	body  []byte
}

// nextRTCP splits the first packet off a compound; ok is false at its end or
// at the first malformed packet.
func nextRTCP(b []byte) (p rtcpPacket, rest []byte, ok bool) {
	if len(b) < 4 || b[0]>>6 != 2 {
		return rtcpPacket{}, nil, false
	}
	size := 4 * (int(binary.BigEndian.Uint16(b[2:])) + 1)
	if size > len(b) {
		return rtcpPacket{}, nil, false
	}
	p = rtcpPacket{count: b[0] & 0x1f, kind: b[1], body: b[4:size]}
	if b[0]&0x20 != 0 {
		if len(p.body) == 0 {
			return rtcpPacket{}, nil, false
		}
		padding := int(p.body[len(p.body)-1])
		if padding == 0 || padding > len(p.body) {
			return rtcpPacket{}, nil, false
		}
		p.body = p.body[:len(p.body)-padding]
	}
	return p, b[size:], true
}

// senderInfo is the part of a sender report about the sender.
type senderInfo struct {
	ssrc, timestamp uint32
	ntp             uint64
}

// senderInfo reads a sender report.
func (p rtcpPacket) senderInfo() (senderInfo, bool) {
	if p.kind != rtcpSenderReport || len(p.body) < 24 {
		return senderInfo{}, false
	}
	return senderInfo{
		ssrc:      binary.BigEndian.Uint32(p.body),
		ntp:       binary.BigEndian.Uint64(p.body[4:]),
		timestamp: binary.BigEndian.Uint32(p.body[12:]),
	}, true
}

// reportBlock is what a receiver reports about one stream.
type reportBlock struct {
	ssrc         uint32
	fractionLost uint8
	totalLost    int32
	highest      uint32
	jitter       uint32
	lastSR       uint32
	delay        uint32 // since then, in 1/65536 s
}

const reportBlockSize = 24

// report returns the report block about ssrc.
func (p rtcpPacket) report(ssrc uint32) (reportBlock, bool) {
	var b []byte
	switch {
	case p.kind == rtcpReceiverReport && len(p.body) >= 4:
		b = p.body[4:]
	case p.kind == rtcpSenderReport && len(p.body) >= 24:
		b = p.body[24:]
	}
	for range p.count {
		if len(b) < reportBlockSize {
			break
		}
		if binary.BigEndian.Uint32(b) == ssrc {
			total := binary.BigEndian.Uint32(b[4:])
			return reportBlock{
				ssrc:         ssrc,
				fractionLost: uint8(total >> 24),
				totalLost:    int32(total<<8) >> 8,
				highest:      binary.BigEndian.Uint32(b[8:]),
				jitter:       binary.BigEndian.Uint32(b[12:]),
				lastSR:       binary.BigEndian.Uint32(b[16:]),
				delay:        binary.BigEndian.Uint32(b[20:]),
			}, true
		}
		b = b[reportBlockSize:]
	}
	return reportBlock{}, false
}

// mediaSSRC returns the stream that a feedback packet is about.
func (p rtcpPacket) mediaSSRC() (uint32, bool) {
	if p.kind != rtcpTransport && p.kind != rtcpPayload || len(p.body) < 8 {
		return 0, false
	}
	return binary.BigEndian.Uint32(p.body[4:]), true
}

// lost appends to list the sequence numbers that a negative acknowledgement
// asks for, while list is shorter than limit.
func (p rtcpPacket) lost(list []uint16, limit int) []uint16 {
	if p.kind != rtcpTransport || p.count != feedbackNACK || len(p.body) < 8 {
		return list
	}
	for b := p.body[8:]; len(b) >= 4 && len(list) < limit; b = b[4:] {
		seq := binary.BigEndian.Uint16(b)
		list = append(list, seq)
		for mask := binary.BigEndian.Uint16(b[2:]); mask != 0 && len(list) < limit; mask >>= 1 {
			seq++
			if mask&1 != 0 {
				list = append(list, seq)
			}
		}
	}
	return list
}

// fullIntraRequest returns the sequence number of the request for a keyframe
// of ssrc.
func (p rtcpPacket) fullIntraRequest(ssrc uint32) (seq uint8, ok bool) {
	if p.kind != rtcpPayload || p.count != feedbackFIR || len(p.body) < 8 {
		return 0, false
	}
	for b := p.body[8:]; len(b) >= 8; b = b[8:] {
		if binary.BigEndian.Uint32(b) == ssrc {
			return b[4], true
		}
	}
	return 0, false
}

// maxBitrate returns the bit rate of a REMB message, in bit/s.
func (p rtcpPacket) maxBitrate() (uint64, bool) {
	if p.kind != rtcpPayload || p.count != feedbackREMB || len(p.body) < 16 ||
		string(p.body[8:12]) != "REMB" {
		return 0, false
	}
	word := binary.BigEndian.Uint32(p.body[12:])
	exponent, mantissa := word>>18&0x3f, uint64(word&0x3ffff)
	if exponent > 40 {
		return 1 << 58, true
	}
	return mantissa << exponent, true
}

// canonicalName returns the CNAME of ssrc from a source description; the
// result is a part of the packet.
func (p rtcpPacket) canonicalName(ssrc uint32) []byte {
	if p.kind != rtcpDescription {
		return nil
	}
	b := p.body
	for range p.count {
		if len(b) < 4 {
			return nil
		}
		source := binary.BigEndian.Uint32(b)
		b = b[4:]
		used := 0
		for len(b) > 0 && b[0] != 0 {
			if len(b) < 2 || len(b) < 2+int(b[1]) {
				return nil
			}
			size := 2 + int(b[1])
			if b[0] == 1 && source == ssrc {
				return b[2:size]
			}
			b = b[size:]
			used += size
		}
		end := 4 - used%4 // at least one null byte ends the chunk
		if len(b) < end {
			return nil
		}
		b = b[end:]
	}
	return nil
}
