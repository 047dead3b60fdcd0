package rtpconn

import (
	"math/bits"
	"time"

	"github.com/pion/rtp"
)

// sendTimeWriter tells receivers when packets of a down track were sent, by the header
// extension abs-send-time (spec media.md 1.4).  Without it they estimate their path from
// RTP timestamps, and take for a queue what comes late because it was lost, on the way to
// them or to us, and was sent again: the limit that they name then falls for no reason.
//
// Only tracks whose retransmissions have a stream of their own have it, since a packet
// that is sent again on the same stream must be the same.
type sendTimeWriter struct {
	value      [3]byte
	extensions [2]rtp.Extension // the other one may be a descriptor
}

// sendTime returns a time in ns as 24 bits, of which 18 are fractions of a second.
func sendTime(now int64) uint32 {
	hi, lo := bits.Mul64(uint64(max(now, 0)), 1<<18)
	quotient, _ := bits.Div64(hi%uint64(time.Second), lo, uint64(time.Second))
	return uint32(quotient) & 0xffffff
}

// stamp adds the time to a header without extensions.
func (w *sendTimeWriter) stamp(h *rtp.Header, id uint8, now int64) {
	v := sendTime(now)
	w.value = [3]byte{byte(v >> 16), byte(v >> 8), byte(v)}
	h.Extension, h.ExtensionProfile, h.Extensions = true, rtp.ExtensionProfileOneByte, w.extensions[:0]
	if id > maxShortID {
		h.ExtensionProfile = rtp.ExtensionProfileTwoByte
	}
	if h.SetExtension(id, w.value[:]) != nil {
		h.Extension, h.Extensions = false, nil
	}
}
