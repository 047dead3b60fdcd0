package rtpconn

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"galene/codecs"
	"galene/codecs/dependency"
)

// mediaSection is a media section of the descriptions of a Down connection.  Sections
// are never taken away (RFC 9429, 5.2.2); one that is not used any more is inactive until
// another track gets it.
type mediaSection struct {
	// These never change.
	index uint16 // in the descriptions
	mid   string
	media string // "audio", "video" or whatever the receiver has offered

	track *downTrack
	// idle says that the receiver knows that there is no track.
	idle bool
	// refused says that the receiver does not want the section: it is not used again.
	refused bool
	codec   codecs.Codec // that was offered last

	ssrc, rtxSSRC uint32
	offered       *sdp.MediaDescription // by the receiver, if it is who makes the offers
}

func newSection(index int, mid, media string) *mediaSection {
	return &mediaSection{index: uint16(index), mid: mid, media: media}
}

// assign gives a track to a section.
func (s *mediaSection) assign(dt *downTrack) {
	s.track, s.codec, s.idle = dt, dt.local.codec, false
	s.ssrc, s.rtxSSRC = newSSRC(), 0
	if s.codec.RTXPayloadType != 0 {
		s.rtxSSRC = newSSRC()
	}
	dt.section = s
}

// newSSRC returns the identifier of a stream, which is never 0.  That two of the few of a
// connection are the same is not to be expected.
func newSSRC() uint32 { return 1 + rand.Uint32N(1<<32-1) }

// decimal returns a number as it is in descriptions.
func decimal[N ~int | ~uint8 | ~uint32](n N) string { return strconv.FormatInt(int64(n), 10) }

// localTransport is what our descriptions say of our end of the transport.
type localTransport struct {
	ufrag, password string
	fingerprint     string // with its algorithm
	setup           string
	candidates      []string // "candidate:…", if they are to be in the description
	complete        bool     // those are all
}

// describe returns a description of a session with these sections.
func describe(id, version uint64, transport localTransport, sections []*mediaSection) (string, error) {
	d := sdp.SessionDescription{
		Origin: sdp.Origin{
			Username: "-", SessionID: id, SessionVersion: version,
			NetworkType: "IN", AddressType: "IP4", UnicastAddress: "0.0.0.0",
		},
		SessionName:      "-",
		TimeDescriptions: []sdp.TimeDescription{{}},
	}
	bundle := "BUNDLE"
	for _, s := range sections {
		m := s.describe()
		if !s.refused {
			bundle += " " + s.mid
			transport.addTo(m)
			transport.candidates, transport.complete = nil, false // said once
		}
		d.MediaDescriptions = append(d.MediaDescriptions, m)
	}
	// Browsers read the fingerprint of a section, other clients that of the session.
	d.WithValueAttribute("fingerprint", transport.fingerprint).
		WithPropertyAttribute("extmap-allow-mixed").
		WithValueAttribute("msid-semantic", "WMS *").
		WithValueAttribute("group", bundle)
	text, err := d.Marshal()
	return string(text), err
}

// addTo adds the attributes of the transport to a section.
func (t localTransport) addTo(m *sdp.MediaDescription) {
	m.WithValueAttribute("ice-ufrag", t.ufrag).
		WithValueAttribute("ice-pwd", t.password).
		WithValueAttribute("ice-options", "trickle").
		WithValueAttribute("fingerprint", t.fingerprint).
		WithValueAttribute("setup", t.setup)
	for _, c := range t.candidates {
		m.WithValueAttribute("candidate", strings.TrimPrefix(c, "candidate:"))
	}
	if t.complete {
		m.WithPropertyAttribute("end-of-candidates")
	}
}

// describe returns the section, without what concerns the transport.
func (s *mediaSection) describe() *sdp.MediaDescription {
	m := &sdp.MediaDescription{
		MediaName: sdp.MediaName{
			Media: s.media, Port: sdp.RangedPort{Value: 9},
			Protos: []string{"UDP", "TLS", "RTP", "SAVPF"},
		},
		ConnectionInformation: &sdp.ConnectionInformation{
			NetworkType: "IN", AddressType: "IP4", Address: &sdp.Address{Address: "0.0.0.0"},
		},
	}
	m.WithValueAttribute("mid", s.mid)
	if s.refused {
		s.refuse(m)
		return m
	}
	m.WithPropertyAttribute("rtcp-mux").WithPropertyAttribute("rtcp-rsize")
	if s.offered != nil {
		s.answerFormats(m)
	} else {
		s.offerFormats(m)
	}
	if s.track == nil {
		return m.WithPropertyAttribute("inactive")
	}
	s.announce(m)
	return m.WithPropertyAttribute("sendonly")
}

// refuse makes m the description of a section that is not used (RFC 9429, 5.3.1).
func (s *mediaSection) refuse(m *sdp.MediaDescription) {
	m.MediaName.Port.Value = 0
	if s.offered != nil {
		m.MediaName.Protos = s.offered.MediaName.Protos
		m.MediaName.Formats = s.offered.MediaName.Formats[:min(1, len(s.offered.MediaName.Formats))]
	} else {
		m.MediaName.Formats = []string{decimal(s.codec.PayloadType)}
	}
	if s.media == "audio" || s.media == "video" {
		m.WithPropertyAttribute("inactive")
	}
}

// offerFormats describes the codec that we offer.
func (s *mediaSection) offerFormats(m *sdp.MediaDescription) {
	list := codecParameters(s.codec, outgoing)
	if s.codec.REDPayloadType != 0 {
		for _, red := range codecs.Lookup("red") {
			list = append(list, codecParameters(red, outgoing)...)
		}
	}
	for _, p := range list {
		addFormat(m, p)
	}
	for i, uri := range extensions(s.codec.Kind, outgoing, allCodecs()) {
		m.WithValueAttribute("extmap", decimal(i+1)+" "+uri)
	}
}

// addFormat describes one payload type.
func addFormat(m *sdp.MediaDescription, p webrtc.RTPCodecParameters) {
	_, name, _ := strings.Cut(p.MimeType, "/")
	m.WithCodec(uint8(p.PayloadType), name, p.ClockRate, p.Channels, p.SDPFmtpLine)
	for _, f := range p.RTCPFeedback {
		value := strings.TrimSpace(f.Type + " " + f.Parameter)
		m.WithValueAttribute("rtcp-fb", decimal(uint8(p.PayloadType))+" "+value)
	}
}

// answerFormats describes what we accept of what the receiver has offered.
func (s *mediaSection) answerFormats(m *sdp.MediaDescription) {
	for _, pt := range sendFormats(s.offered, s.codec).list() {
		m.MediaName.Formats = append(m.MediaName.Formats, decimal(pt))
		for _, key := range []string{"rtpmap", "fmtp"} {
			for _, value := range attributesByFormat(s.offered, key)[uint8(pt)] {
				m.WithValueAttribute(key, decimal(pt)+" "+value)
			}
		}
		for _, value := range attributesByFormat(s.offered, "rtcp-fb")[uint8(pt)] {
			if ours(value, s.codec.Kind) {
				m.WithValueAttribute("rtcp-fb", decimal(pt)+" "+value)
			}
		}
	}
	for _, uri := range []string{dependency.URI, sdp.ABSSendTimeURI} {
		if id := extensionID(s.offered, uri); id != 0 && s.codec.Kind == codecs.Video {
			m.WithValueAttribute("extmap", decimal(id)+" "+uri)
		}
	}
}

// ours says whether we take a kind of feedback.
func ours(value string, kind codecs.Kind) bool {
	return slices.ContainsFunc(feedback(kind, outgoing), func(f webrtc.RTCPFeedback) bool {
		return strings.TrimSpace(f.Type+" "+f.Parameter) == value
	})
}

// announce names the streams of the track.
func (s *mediaSection) announce(m *sdp.MediaDescription) {
	msid := s.track.local.streamID + " " + s.track.local.id
	m.WithValueAttribute("msid", msid)
	streams := []uint32{s.ssrc}
	if s.rtxSSRC != 0 {
		streams = append(streams, s.rtxSSRC)
		m.WithValueAttribute("ssrc-group", fmt.Sprintf("FID %d %d", s.ssrc, s.rtxSSRC))
	}
	for _, ssrc := range streams {
		m.WithValueAttribute("ssrc", fmt.Sprintf("%d cname:%s", ssrc, s.track.local.streamID))
		m.WithValueAttribute("ssrc", fmt.Sprintf("%d msid:%s", ssrc, msid))
	}
}
