package rtpconn

import (
	"strconv"
	"strings"
	"sync"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"galene/codecs"
	"galene/codecs/dependency"
)

// localTrack is what a Down track is for pion: it has the identifiers that the
// receiver sees, and learns where to write (spec media.md 6.4).
type localTrack struct {
	id, streamID string
	codec        codecs.Codec

	mu     sync.Mutex
	output *output
}

// output is where the packets of a track go, as negotiated.
type output struct {
	writer      webrtc.TrackLocalWriter
	ssrc        uint32
	payloadType uint8
	rtxSSRC     uint32 // 0 if retransmissions have no stream of their own
	rtxType     uint8
	redType     uint8 // payload type of redundant sound, 0 if not negotiated
	descriptor  uint8 // identifier of the header extension, 0 if not negotiated
	sendTime    uint8 // the same for the time of sending, 0 also without rtxSSRC
}

var _ webrtc.TrackLocal = (*localTrack)(nil)

// Bind is called by pion when the codec has been negotiated.
func (l *localTrack) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	var chosen webrtc.RTPCodecParameters
	for _, p := range c.CodecParameters() {
		if strings.EqualFold(p.MimeType, l.codec.MimeType) &&
			(chosen.MimeType == "" || profile(p.SDPFmtpLine) == profile(l.codec.FMTP)) {
			chosen = p
		}
	}
	if chosen.MimeType == "" {
		return chosen, ErrUnsupportedCodec
	}
	o := &output{
		writer:      c.WriteStream(),
		ssrc:        uint32(c.SSRC()),
		payloadType: uint8(chosen.PayloadType),
	}
	for _, p := range c.CodecParameters() {
		if strings.EqualFold(p.MimeType, webrtc.MimeTypeRTX) && c.SSRCRetransmission() != 0 &&
			parameter(p.SDPFmtpLine, "apt") == strconv.Itoa(int(chosen.PayloadType)) {
			o.rtxSSRC = uint32(c.SSRCRetransmission())
			o.rtxType = uint8(p.PayloadType)
		}
		// The blocks name their codec by our payload type.
		if strings.EqualFold(p.MimeType, mimeTypeRED) && o.payloadType == l.codec.PayloadType {
			o.redType = uint8(p.PayloadType)
		}
	}
	for _, e := range c.HeaderExtensions() {
		if e.URI == dependency.URI {
			o.descriptor = uint8(e.ID)
		}
		if e.URI == sdp.ABSSendTimeURI && o.rtxSSRC != 0 {
			o.sendTime = uint8(e.ID)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.output = o
	return chosen, nil
}

// Unbind is called by pion when the track is removed.
func (l *localTrack) Unbind(webrtc.TrackLocalContext) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.output = nil
	return nil
}

// bound returns where to write, or nil.
func (l *localTrack) bound() *output {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.output
}

// ID returns the track identifier that the receiver sees (STR-16).
func (l *localTrack) ID() string { return l.id }

// RID returns the empty string: a receiver gets one layer.
func (l *localTrack) RID() string { return "" }

// StreamID returns the media stream identifier that the receiver sees.
func (l *localTrack) StreamID() string { return l.streamID }

// Kind returns the kind of media.
func (l *localTrack) Kind() webrtc.RTPCodecType { return codecType(l.codec.Kind) }
