package rtpconn

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"galene/codecs"
	"galene/packetcache"
)

// mimeTypeRED is the name of redundant sound (RFC 2198) in SDP.
const mimeTypeRED = "audio/red"

// acceptRED makes the payload types of redundant sound ones of the codec that their
// blocks have: for receivers both are one track.
func acceptRED(formats *[128]*format, fmtp map[uint8][]string) {
	for pt, f := range formats {
		if f == nil || !strings.EqualFold(f.codec.MimeType, mimeTypeRED) {
			continue
		}
		formats[pt] = nil
		params := strings.Join(fmtp[uint8(pt)], ";")
		first, _, _ := strings.Cut(params, "/")
		blocks, err := strconv.ParseUint(first, 10, 7)
		if err != nil || formats[blocks] == nil || formats[blocks].codec.Name != "opus" {
			continue
		}
		main := formats[blocks]
		main.codec.REDPayloadType = f.codec.PayloadType
		f.codec, f.blocks = main.codec, uint8(blocks)
		formats[pt] = f
	}
}

// preferRED makes our answer have the order of the list for sound, if redundant sound
// is in it and offered: browsers send what comes first.
func preferRED(pc *webrtc.PeerConnection, offer *sdp.SessionDescription, list []codecs.Codec) {
	var audio []webrtc.RTPCodecParameters
	redundant := false
	for _, c := range list {
		if c.Kind != codecs.Audio || !named(offer, c) {
			continue
		}
		redundant = redundant || c.MimeType == mimeTypeRED
		for _, p := range codecParameters(c, incoming) {
			p.PayloadType = 0 // the sender's
			audio = append(audio, p)
		}
	}
	if !redundant {
		return
	}
	for _, t := range pc.GetTransceivers() {
		if t.Kind() == webrtc.RTPCodecTypeAudio {
			// An error leaves the order of the offer.
			_ = t.SetCodecPreferences(audio)
		}
	}
}

// named reports whether a codec is in an offer, whatever its parameters.
func named(offer *sdp.SessionDescription, c codecs.Codec) bool {
	return slices.ContainsFunc(offer.MediaDescriptions, func(m *sdp.MediaDescription) bool {
		return slices.ContainsFunc(m.Attributes, func(a sdp.Attribute) bool {
			_, format, _ := strings.Cut(a.Value, " ")
			name, _, _ := strings.Cut(format, "/")
			return a.Key == "rtpmap" && strings.EqualFold(m.MediaName.Media+"/"+name, c.MimeType)
		})
	})
}

// body returns what is sent of a packet, and with which payload type: of redundant
// sound only the newest block to a receiver that does not know about redundancy.  It
// returns false if that is nothing.
func (t *downTrack) body(p *packetcache.Packet) (payload []byte, payloadType uint8, ok bool) {
	switch {
	case p.PayloadType != codecs.REDPayloadType:
		return p.Payload(), t.header.PayloadType, true
	case t.output.redType != 0:
		return p.Payload(), t.output.redType, true
	}
	payload, ok = codecs.PrimaryRED(p.Payload())
	return payload, t.header.PayloadType, ok && len(payload) > 0
}
