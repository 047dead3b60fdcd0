package rtpconn

import (
	"slices"
	"strings"

	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"

	"galene/codecs"
	"galene/codecs/dependency"
	"galene/srtptransport"
)

// localTrack is what a receiver sees of a track.
type localTrack struct {
	id, streamID string // of track and stream (STR-16)
	codec        codecs.Codec
}

// identifier returns an identifier as it can be in a description: what comes from clients,
// a label above all, might end the line and begin another.
func identifier(text string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '_'
		}
		return r
	}, text)
}

// rtpWriter takes packets to be sent.  It must not keep them.
type rtpWriter interface {
	WriteRTP(h *rtp.Header, payload []byte) (int, error)
}

// output is where the packets of a track go, as negotiated.
type output struct {
	writer      rtpWriter
	ssrc        uint32
	payloadType uint8
	rtxSSRC     uint32 // 0 if retransmissions have no stream of their own
	rtxType     uint8
	redType     uint8 // payload type of redundant sound, 0 if not negotiated
	descriptor  uint8 // identifier of the header extension, 0 if not negotiated
	sendTime    uint8 // the same for the time of sending, 0 also without rtxSSRC
}

// sealed is the rtpWriter of a receiver's transport.  It belongs to the receiver's shard.
type sealed struct {
	transport *srtptransport.Transport
	scratch   *srtptransport.Scratch
}

func (s sealed) WriteRTP(h *rtp.Header, payload []byte) (int, error) {
	return len(payload), s.transport.WriteRTP(s.scratch, h, payload)
}

// negotiated returns how a codec is sent in a section of the receiver's description, or
// nil if the receiver does not know it.  The streams are those that we have announced.
func negotiated(m *sdp.MediaDescription, codec codecs.Codec, ssrc, rtxSSRC uint32) *output {
	formats := sendFormats(m, codec)
	if formats.media < 0 {
		return nil
	}
	o := &output{ssrc: ssrc, payloadType: uint8(formats.media)}
	if formats.rtx >= 0 && rtxSSRC != 0 {
		o.rtxSSRC, o.rtxType = rtxSSRC, uint8(formats.rtx)
	}
	// The blocks name their codec by our payload type.
	if formats.red >= 0 && o.payloadType == codec.PayloadType {
		o.redType = uint8(formats.red)
	}
	o.descriptor = extensionID(m, dependency.URI)
	if o.rtxSSRC != 0 {
		o.sendTime = extensionID(m, sdp.ABSSendTimeURI)
	}
	return o
}

// payloadTypes are those of a section by which one codec can be sent, its
// retransmissions, and its redundant form; -1 is none.
type payloadTypes struct{ media, rtx, red int }

// list returns the payload types that there are.
func (p payloadTypes) list() []int {
	var list []int
	for _, pt := range []int{p.media, p.red, p.rtx} {
		if pt >= 0 {
			list = append(list, pt)
		}
	}
	return list
}

// sendFormats finds the payload types of a codec in a section of the receiver's
// description.  Among several formats of the codec it takes the one of the same profile.
func sendFormats(m *sdp.MediaDescription, codec codecs.Codec) payloadTypes {
	p := payloadTypes{-1, -1, -1}
	known := []codecs.Codec{codec}
	if codec.REDPayloadType != 0 {
		known = append(known, codecs.Lookup("red")...)
	}
	formats := acceptedFormats(m, known)
	fmtp := attributesByFormat(m, "fmtp")
	for pt, f := range formats {
		if f == nil || f.repairs || f.blocks != 0 || !listed(m, pt) {
			continue
		}
		same := profile(strings.Join(fmtp[uint8(pt)], ";")) == profile(codec.FMTP)
		if p.media < 0 || same {
			p.media = pt
			if same {
				break
			}
		}
	}
	if p.media < 0 && static(codec.PayloadType) && listed(m, int(codec.PayloadType)) {
		p.media = int(codec.PayloadType)
	}
	for pt, f := range formats {
		switch {
		case f == nil || p.media < 0 || !listed(m, pt):
		case f.repairs && int(f.media) == p.media && p.rtx < 0:
			p.rtx = pt
		case f.blocks != 0 && int(f.blocks) == p.media && p.red < 0:
			p.red = pt
		}
	}
	return p
}

// static says whether a payload type needs no rtpmap (RFC 3551, 6).
func static(payloadType uint8) bool { return payloadType < 35 }

// listed says whether a payload type is one of a section's.
func listed(m *sdp.MediaDescription, payloadType int) bool {
	return slices.Contains(m.MediaName.Formats, decimal(payloadType))
}
