package rtpconn

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/pion/webrtc/v4"
)

// lifetime is how long a certificate is valid: longer than a process runs, since pion makes
// no connections with one that has expired.  Peers do not look at it.
const lifetime = 20 * 365 * 24 * time.Hour

// identity is a certificate by which peers know us: its fingerprint is in our
// descriptions (RFC 8122).
type identity struct {
	certificate tls.Certificate
	fingerprint string             // with the algorithm in front
	pion        webrtc.Certificate // the same
}

// newIdentity makes a certificate.  A process has one.
func newIdentity() (identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return identity{}, fmt.Errorf("DTLS key: %w", err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "WebRTC"},
		NotBefore:    time.Now().AddDate(0, 0, -1), // clocks differ
		NotAfter:     time.Now().Add(lifetime),
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		return identity{}, fmt.Errorf("DTLS certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return identity{}, fmt.Errorf("DTLS certificate: %w", err)
	}
	pion := webrtc.CertificateFromX509(key, leaf)
	fingerprints, err := pion.GetFingerprints()
	if err != nil || len(fingerprints) == 0 {
		return identity{}, fmt.Errorf("DTLS certificate: fingerprint: %w", err)
	}
	first := fingerprints[0]
	return identity{
		certificate: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf},
		fingerprint: first.Algorithm + " " + strings.ToUpper(first.Value),
		pion:        pion,
	}, nil
}
