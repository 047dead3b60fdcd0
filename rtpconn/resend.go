package rtpconn

import (
	"encoding/binary"
	"time"

	"galene/packetcache"
	"galene/packetmap"
)

const (
	// maxAsked is the number of packets of one negative acknowledgement
	// that is read.
	maxAsked = 256
	// maxResends is how often one packet is sent again.
	maxResends = 4
	// resendShare is the part of a track's packet rate that may be
	// retransmissions, and resendBurst how many may come at once.
	resendShare = 0.2
	resendBurst = 15
	// minResendInterval and maxResendInterval bound the time between two
	// transmissions of a packet.
	minResendInterval = 10 * time.Millisecond
	maxResendInterval = 100 * time.Millisecond
	// missingReach is how far beyond the newest packet sent an
	// acknowledgement may reach.
	missingReach = 1024
)

// resendLimiter is a token bucket for retransmissions.
type resendLimiter struct {
	tokens  float64
	at      int64
	started bool
	refused uint64
}

// take takes one token, of which pps·resendShare come per second.
func (l *resendLimiter) take(pps float64, now int64) bool {
	limit := max(resendBurst, pps*resendShare)
	if !l.started {
		l.started, l.tokens = true, resendBurst
	} else {
		// Before the rate is known, the burst refills once per second.
		l.tokens += max(pps*resendShare, resendBurst) * float64(now-l.at) / float64(time.Second)
	}
	l.at = now
	l.tokens = min(l.tokens, limit)
	if l.tokens < 1 {
		l.refused++
		return false
	}
	l.tokens--
	return true
}

// acknowledged answers a negative acknowledgement: from what was sent only, and
// without a change to what will be.
func (t *downTrack) acknowledged(p rtcpPacket, now int64) {
	t.asked = p.lost(t.asked[:0], maxAsked)
	t.nacks += uint64(len(t.asked))
	t.missing = t.missing[:0]
	t.rate.update(now)
	interval := min(max(t.reports.rtt/2, minResendInterval), maxResendInterval)
	for _, seq := range t.asked {
		sent := t.log.Find(seq)
		if sent == nil {
			t.noteMissing(seq)
			continue
		}
		since := time.Duration(milliseconds(now)-sent.Time) * time.Millisecond
		if sent.Retransmits >= maxResends || since < interval {
			continue
		}
		packet := t.active.source.Cache().Acquire(sent.Ext)
		if packet == nil {
			t.missing = append(t.missing, sent.Ext)
			continue
		}
		if t.resends.take(t.rate.pps, now) {
			t.resend(packet, sent, now)
			sent.Retransmits++
			sent.Time = milliseconds(now)
		}
		packet.Release()
	}
	if len(t.missing) > 0 {
		t.active.source.Missing(t.missing)
	}
}

// noteMissing notes that the receiver lacks a packet that we have not had
// either.
func (t *downTrack) noteMissing(seq uint16) {
	if !t.sentAny {
		return
	}
	behind := uint16(t.lastOut) - seq
	if behind == 0 || behind > missingReach {
		return
	}
	if ext, ok := t.packets.Reverse(t.lastOut - uint64(behind)); ok {
		t.missing = append(t.missing, ext)
	}
}

// resend sends a packet again: on the retransmission stream (RFC 4588), or
// else exactly as it was sent first.
func (t *downTrack) resend(p *packetcache.Packet, sent *packetmap.Sent, now int64) {
	payload, payloadType, ok := t.body(p)
	if !ok {
		return
	}
	t.retransmitted++
	h := t.header
	h.PayloadType = payloadType
	h.Marker = sent.Flags&packetmap.SentMarker != 0
	h.Timestamp = p.Timestamp + t.shift
	h.SequenceNumber = uint16(sent.Out())
	descriptor := t.descriptorAgain(p.Descriptor(), sent)
	if t.output.rtxSSRC == 0 {
		t.sentPackets++
		t.sentBytes += uint64(len(payload))
		t.write(h, descriptor, t.rewritten(payload, sent.PID, p.Info.PID, 0), now)
		return
	}
	body := t.rewritten(payload, sent.PID, p.Info.PID, 2)
	binary.BigEndian.PutUint16(body, h.SequenceNumber)
	h.SSRC = t.output.rtxSSRC
	h.PayloadType = t.output.rtxType
	h.SequenceNumber = t.rtxSeq
	t.rtxSeq++
	t.write(h, descriptor, body, now)
}
