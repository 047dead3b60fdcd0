package rtpconn

import (
	"sync/atomic"

	"github.com/pion/webrtc/v4"
)

// srtpProfile is the protection profile that a peer connection has negotiated, which
// never changes.  The zero value is ready; it may be used by any number of goroutines.
type srtpProfile struct{ known atomic.Pointer[string] }

// of returns the name of the profile in the registry of RFC 5764, or the empty string
// if pc, which may be nil, is not connected.
func (p *srtpProfile) of(pc *webrtc.PeerConnection) string {
	if name := p.known.Load(); name != nil {
		return *name
	}
	if pc == nil || pc.ConnectionState() != webrtc.PeerConnectionStateConnected {
		return ""
	}
	for _, stats := range pc.GetStats() { // of all its parts, which takes a while
		if transport, ok := stats.(webrtc.TransportStats); ok && transport.SRTPCipher != "" {
			p.known.Store(&transport.SRTPCipher)
			return transport.SRTPCipher
		}
	}
	return ""
}

// SRTPProfile returns the name of the protection profile of the stream's packets (RFC
// 5764), or the empty string if there is no connection yet.  It must not be called by a
// callback or by a shard.
func (u *Up) SRTPProfile() string { return u.profile.of(u.pc.Load()) }

// SRTPProfile returns the name of the protection profile of the stream's packets (RFC
// 5764), or the empty string if there is no connection yet.
func (d *Down) SRTPProfile() string {
	if t := d.transport.Load(); t != nil {
		return t.Profile()
	}
	return ""
}
