package rtpconn

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/sdp/v3"
	"github.com/pion/stun/v4"
	"github.com/pion/webrtc/v4"

	"galene/codecs"
	"galene/codecs/dependency"
	"galene/srtptransport"
	"galene/udpmux"
)

const (
	// replayWindow is the number of packets that SRTP remembers in order to
	// refuse copies.
	replayWindow = 1024
	// defaultMaxTracks is the default of Options.MaxTracks.
	defaultMaxTracks = 8
)

// srtpProfiles are offered and accepted in this order.
var srtpProfiles = [...]dtls.SRTPProtectionProfile{
	dtls.SRTP_AEAD_AES_128_GCM,
	dtls.SRTP_AEAD_AES_256_GCM,
	dtls.SRTP_AES128_CM_HMAC_SHA1_80,
}

// newAPI returns what one peer connection is made with.  Pion asks the buffer
// factory by SSRC alone, so every connection needs an API of its own, around a
// media engine that many share.
func (e *Engine) newAPI(media *webrtc.MediaEngine, server bool, factory bufferFactory) (*webrtc.API, error) {
	var s webrtc.SettingEngine
	if server {
		// As DTLS server it is we who choose the SRTP profile.
		if err := s.SetAnsweringDTLSRole(webrtc.DTLSRoleServer); err != nil {
			return nil, fmt.Errorf("DTLS role: %w", err)
		}
	}
	s.SetSRTPProtectionProfiles(srtpProfiles[:]...)
	s.SetSRTPReplayProtectionWindow(replayWindow)
	s.SetSRTCPReplayProtectionWindow(replayWindow)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	if e.opts.MulticastDNS {
		s.SetICEMulticastDNSMode(ice.MulticastDNSModeQueryAndGather)
	}
	s.SetIncludeLoopbackCandidate(e.loopback)
	s.SetIPFilter(e.opts.IPFilter)
	s.DisableActiveTCP(true)
	if e.opts.ICEDisconnected > 0 || e.opts.ICEFailed > 0 || e.opts.ICEKeepalive > 0 {
		s.SetICETimeouts(
			orDefault(e.opts.ICEDisconnected, defaultICEDisconnected),
			orDefault(e.opts.ICEFailed, defaultICEFailed),
			orDefault(e.opts.ICEKeepalive, defaultICEKeepalive))
	}
	if err := e.mux.Configure(&s); err != nil {
		return nil, err
	}
	s.LoggerFactory = e.opts.LoggerFactory
	s.BufferFactory = factory
	return webrtc.NewAPI(
		webrtc.WithSettingEngine(s),
		webrtc.WithMediaEngine(media),
		webrtc.WithInterceptorRegistry(&interceptor.Registry{}),
	), nil
}

// newTransport returns a transport and the fingerprint of its certificate.  Media that is
// sent on it waits in batch, if that is not nil.  Of the options it adds what concerns ICE
// and DTLS.
func (e *Engine) newTransport(c webrtc.Configuration, batch *udpmux.Batch,
	o srtptransport.Options) (*srtptransport.Transport, string, error) {
	identity := e.identity
	if e.opts.Plain {
		var err error
		if identity, err = newIdentity(); err != nil {
			return nil, "", err
		}
	}
	o.Certificate = identity.certificate
	o.Profiles = srtpProfiles[:]
	o.ReplayWindow = replayWindow
	o.LoggerFactory = e.opts.LoggerFactory
	o.Agent = append(e.agentOptions(c), e.mux.AgentOptions(batch)...)
	t, err := srtptransport.New(o)
	if err != nil {
		return nil, "", err
	}
	return t, identity.fingerprint, nil
}

// agentOptions are the settings of ICE, but for the network.
func (e *Engine) agentOptions(c webrtc.Configuration) []ice.AgentOption {
	list := []ice.AgentOption{
		ice.WithNetworkTypes([]ice.NetworkType{ice.NetworkTypeUDP4, ice.NetworkTypeUDP6}),
		ice.WithUrls(iceURLs(c)),
		ice.WithLoggerFactory(e.opts.LoggerFactory),
		ice.WithIPFilter(e.opts.IPFilter),
		ice.WithDisableActiveTCP(),
	}
	dns := ice.MulticastDNSModeDisabled
	if e.opts.MulticastDNS {
		dns = ice.MulticastDNSModeQueryAndGather
	}
	list = append(list, ice.WithMulticastDNSMode(dns))
	if e.loopback {
		list = append(list, ice.WithIncludeLoopback())
	}
	if c.ICETransportPolicy == webrtc.ICETransportPolicyRelay {
		list = append(list, ice.WithCandidateTypes([]ice.CandidateType{ice.CandidateTypeRelay}))
	}
	if e.opts.ICEDisconnected > 0 || e.opts.ICEFailed > 0 || e.opts.ICEKeepalive > 0 {
		list = append(list,
			ice.WithDisconnectedTimeout(orDefault(e.opts.ICEDisconnected, defaultICEDisconnected)),
			ice.WithFailedTimeout(orDefault(e.opts.ICEFailed, defaultICEFailed)),
			ice.WithKeepaliveInterval(orDefault(e.opts.ICEKeepalive, defaultICEKeepalive)))
	}
	return list
}

// iceURLs returns the ICE servers as pion/ice wants them, without those that it cannot
// use, of which package ice has told.
func iceURLs(c webrtc.Configuration) []*stun.URI {
	var list []*stun.URI
	for _, s := range c.ICEServers {
		for _, text := range s.URLs {
			u, err := stun.ParseURI(text)
			if err != nil {
				continue
			}
			if u.Scheme == stun.SchemeTypeTURN || u.Scheme == stun.SchemeTypeTURNS {
				password, ok := s.Credential.(string)
				if !ok || s.Username == "" {
					continue
				}
				u.Username, u.Password = s.Username, password
			}
			list = append(list, u)
		}
	}
	return list
}

// configuration completes what a session has asked for.
func (e *Engine) configuration(c webrtc.Configuration) webrtc.Configuration {
	if !e.opts.Plain { // else pion makes one
		c.Certificates = []webrtc.Certificate{e.identity.pion}
	}
	return c
}

// mediaEngine returns the engine for a list of codecs.
func (e *Engine) mediaEngine(list []codecs.Codec, way direction) (*webrtc.MediaEngine, error) {
	if e.opts.Plain {
		return newMediaEngine(list, way)
	}
	return e.engines.get(list, way)
}

// mediaEngines caches media engines by codec list and direction.
type mediaEngines struct {
	mu      sync.Mutex
	engines map[string]*webrtc.MediaEngine
}

// direction says which way media goes on a connection, which decides what is
// negotiated besides the codecs.
type direction uint8

const (
	incoming      direction = iota
	incomingPlain           // from a sender without retransmissions
	outgoing
)

// get returns the engine for a list of codecs.  Pion copies it for each peer
// connection.
func (m *mediaEngines) get(list []codecs.Codec, way direction) (*webrtc.MediaEngine, error) {
	var key strings.Builder
	fmt.Fprint(&key, way)
	for _, c := range list {
		fmt.Fprint(&key, ",", c.Name, " ", c.PayloadType)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if engine, ok := m.engines[key.String()]; ok {
		return engine, nil
	}
	engine, err := newMediaEngine(list, way)
	if err != nil {
		return nil, err
	}
	if m.engines == nil {
		m.engines = make(map[string]*webrtc.MediaEngine)
	}
	m.engines[key.String()] = engine
	return engine, nil
}

// newMediaEngine registers the codecs, in order, each with its retransmission
// format, and the header extensions.
func newMediaEngine(list []codecs.Codec, way direction) (*webrtc.MediaEngine, error) {
	engine := &webrtc.MediaEngine{}
	for _, c := range list {
		for _, p := range codecParameters(c, way) {
			if err := engine.RegisterCodec(p, codecType(c.Kind)); err != nil {
				return nil, fmt.Errorf("codec %s: %w", c.Name, err)
			}
		}
	}
	for _, kind := range []codecs.Kind{codecs.Audio, codecs.Video} {
		for _, uri := range extensions(kind, way, list) {
			err := engine.RegisterHeaderExtension(
				webrtc.RTPHeaderExtensionCapability{URI: uri}, codecType(kind))
			if err != nil {
				return nil, fmt.Errorf("header extension %s: %w", uri, err)
			}
		}
	}
	return engine, nil
}

// extensions returns the header extensions that are negotiated (spec media.md
// 1.4).  Dependency descriptors are asked for where AV1 is allowed.  Receivers get no
// transport-wide numbers: nothing would be made of their feedback, and browsers that give
// it send no REMB.  They get times of sending, from which to reckon what that says.
func extensions(kind codecs.Kind, way direction, allowed []codecs.Codec) []string {
	var list []string
	if kind == codecs.Video {
		list = append(list, sdp.SDESMidURI)
		if way != outgoing {
			list = append(list, sdp.SDESRTPStreamIDURI, sdp.SDESRepairRTPStreamIDURI)
		}
		if slices.ContainsFunc(allowed, func(c codecs.Codec) bool { return c.Name == "av1" }) {
			list = append(list, dependency.URI)
		}
		if way == outgoing {
			list = append(list, sdp.ABSSendTimeURI)
		}
	} else if way != outgoing {
		list = append(list, sdp.AudioLevelURI)
	}
	if way == incoming {
		list = append(list, sdp.TransportCCURI)
	}
	return list
}

// codecParameters returns a codec as pion wants it, followed by its
// retransmission format if it has one.
func codecParameters(c codecs.Codec, way direction) []webrtc.RTPCodecParameters {
	list := []webrtc.RTPCodecParameters{{
		RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType:     c.MimeType,
			ClockRate:    c.ClockRate,
			Channels:     c.Channels,
			SDPFmtpLine:  c.FMTP,
			RTCPFeedback: feedback(c.Kind, way),
		},
		PayloadType: webrtc.PayloadType(c.PayloadType),
	}}
	if c.RTXPayloadType != 0 {
		list = append(list, webrtc.RTPCodecParameters{
			RTPCodecCapability: webrtc.RTPCodecCapability{
				MimeType:    webrtc.MimeTypeRTX,
				ClockRate:   c.ClockRate,
				SDPFmtpLine: fmt.Sprintf("apt=%d", c.PayloadType),
			},
			PayloadType: webrtc.PayloadType(c.RTXPayloadType),
		})
	}
	return list
}

// feedback is the RTCP feedback that we give and take.
func feedback(kind codecs.Kind, way direction) []webrtc.RTCPFeedback {
	var list []webrtc.RTCPFeedback
	if kind == codecs.Video {
		list = append(list,
			webrtc.RTCPFeedback{Type: "goog-remb"},
			webrtc.RTCPFeedback{Type: "nack"},
			webrtc.RTCPFeedback{Type: "nack", Parameter: "pli"},
			webrtc.RTCPFeedback{Type: "ccm", Parameter: "fir"})
	}
	if way == incoming {
		list = append(list, webrtc.RTCPFeedback{Type: "transport-cc"})
		if kind == codecs.Audio {
			list = append(list, webrtc.RTCPFeedback{Type: "nack"}) // for those that offer it
		}
	}
	return list
}

// codecType returns pion's name for a kind.
func codecType(kind codecs.Kind) webrtc.RTPCodecType {
	if kind == codecs.Video {
		return webrtc.RTPCodecTypeVideo
	}
	return webrtc.RTPCodecTypeAudio
}

// withCodec returns list with c in it.
func withCodec(list []codecs.Codec, c codecs.Codec) []codecs.Codec {
	if slices.ContainsFunc(list, func(other codecs.Codec) bool { return sameFormat(c, other) }) {
		return list
	}
	return append(list, c)
}

// sameFormat reports whether packets of two codecs can replace each other.
func sameFormat(a, b codecs.Codec) bool {
	return a.MimeType == b.MimeType && a.PayloadType == b.PayloadType
}
