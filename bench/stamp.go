package main

import (
	"encoding/binary"
	"errors"
	"time"
)

// A payload begins with what its codec needs, then comes a stamp, then filling
// that follows from the stamp.
const (
	stampMagic = 0x67616c62
	stampSize  = 28
	videoLead  = 14 // VP8 descriptor (RFC 7741, 4.2) and frame header
	audioLead  = 1  // Opus' table of contents (RFC 6716, 3.1)
)

// stamp is what a packet says of itself.
type stamp struct {
	publisher uint32
	track     uint32 // 0 is sound, 1 is video
	index     uint64 // counts the packets of a track
	sent      int64  // ns since the epoch of this process
}

var errStamp = errors.New("payload is not what was sent")

// epoch is when stamps begin.
var epoch = time.Now()

// sinceEpoch returns the time in ns, of the monotonic clock.
func sinceEpoch() int64 { return int64(time.Since(epoch)) }

// put writes the stamp and the filling to b.
func (s *stamp) put(b []byte) {
	binary.BigEndian.PutUint32(b, stampMagic)
	binary.BigEndian.PutUint32(b[4:], s.publisher<<1|s.track)
	binary.BigEndian.PutUint64(b[8:], s.index)
	binary.BigEndian.PutUint64(b[16:], uint64(s.sent))
	binary.BigEndian.PutUint32(b[24:], uint32(len(b)))
	if fill := b[stampSize:]; len(fill) >= 8 {
		v := s.filling()
		for i := 0; i+8 <= len(fill); i += 8 {
			binary.LittleEndian.PutUint64(fill[i:], v+uint64(i))
		}
	}
}

// filling returns what the filling begins with.
func (s *stamp) filling() uint64 {
	return (s.index+uint64(s.publisher)<<40+uint64(s.track)<<63)*0x9e3779b97f4a7c15 + 1
}

// parseStamp reads a stamp, and checks the length and a part of the filling
// that changes from packet to packet.
func parseStamp(b []byte) (stamp, error) {
	if len(b) < stampSize || binary.BigEndian.Uint32(b) != stampMagic ||
		int(binary.BigEndian.Uint32(b[24:])) != len(b) {
		return stamp{}, errStamp
	}
	owner := binary.BigEndian.Uint32(b[4:])
	s := stamp{
		publisher: owner >> 1, track: owner & 1,
		index: binary.BigEndian.Uint64(b[8:]), sent: int64(binary.BigEndian.Uint64(b[16:])),
	}
	fill := b[stampSize:]
	if words := len(fill) / 8; words > 0 {
		for _, w := range [...]int{0, int(s.index % uint64(words)), words - 1} {
			if binary.LittleEndian.Uint64(fill[8*w:]) != s.filling()+uint64(8*w) {
				return s, errStamp
			}
		}
	}
	return s, nil
}
