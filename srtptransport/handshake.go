package srtptransport

import (
	"errors"

	"github.com/pion/dtls/v3"
	"github.com/pion/srtp/v3"
)

var errNoProfile = errors.New("DTLS: the peer knows none of the protection profiles")

// handshake agrees on keys with the peer.
func (t *Transport) handshake(fingerprints []Fingerprint, client bool) (*keys, error) {
	conn, err := t.secure(t.records.Load(), fingerprints, client)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		_ = conn.Close()
		return nil, ErrClosed
	}
	t.secured = conn
	t.mu.Unlock()
	if err := conn.HandshakeContext(t.ctx); err != nil {
		return nil, err
	}
	profile, ok := conn.SelectedSRTPProtectionProfile()
	if !ok {
		return nil, errNoProfile
	}
	state, ok := conn.ConnectionState()
	if !ok {
		return nil, ErrClosed
	}
	config := srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	if err := config.ExtractSessionKeysFromDTLS(&state, client); err != nil {
		return nil, err
	}
	return newKeys(config, t.opts.ReplayWindow)
}

// secure makes the end of DTLS.
func (t *Transport) secure(r *records, fingerprints []Fingerprint, client bool) (*dtls.Conn, error) {
	common := []dtls.Option{
		dtls.WithCertificates(t.opts.Certificate),
		dtls.WithSRTPProtectionProfiles(t.opts.Profiles...),
		dtls.WithInsecureSkipVerify(true), // there is no authority: fingerprints are compared
		dtls.WithVerifyPeerCertificate(verify(fingerprints)),
		dtls.WithLoggerFactory(t.opts.LoggerFactory),
	}
	if client {
		options := make([]dtls.ClientOption, 0, len(common))
		for _, o := range common {
			options = append(options, o)
		}
		return dtls.ClientWithOptions(r, t.conn.RemoteAddr(), options...)
	}
	options := []dtls.ServerOption{
		dtls.WithClientAuth(dtls.RequireAnyClientCert),
		// ICE has found out that the peer is where it says.
		dtls.WithInsecureSkipVerifyHello(true),
	}
	for _, o := range common {
		options = append(options, o)
	}
	return dtls.ServerWithOptions(r, t.conn.RemoteAddr(), options...)
}

// settle gives up what DTLS needs, once the peer has shown that it has the keys: all that
// it is still good for is to say goodbye, and that is prepared here.
func (t *Transport) settle() {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.records.Load()
	if t.closed || t.secured == nil || r == nil {
		return
	}
	r.keep.Store(true)
	_ = t.secured.Close()
	t.secured = nil
	t.farewell = r.taken()
	t.records.Store(nil)
}
