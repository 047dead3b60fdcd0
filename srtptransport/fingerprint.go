package srtptransport

import (
	"crypto/x509"
	"errors"
	"strings"

	"github.com/pion/dtls/v3/pkg/crypto/fingerprint"
)

// errFingerprint means that a certificate is not the one of the description.
var errFingerprint = errors.New("the certificate is not that of the description")

// Fingerprint is that of a certificate (RFC 8122, 5).
type Fingerprint struct {
	Algorithm string // "sha-256"
	Value     string // "12:AB:…"
}

// verify returns whether the peer's certificate has one of the fingerprints.
func verify(list []Fingerprint) func([][]byte, [][]*x509.Certificate) error {
	return func(raw [][]byte, _ [][]*x509.Certificate) error {
		if len(raw) == 0 {
			return errFingerprint
		}
		certificate, err := x509.ParseCertificate(raw[0])
		if err != nil {
			return err
		}
		for _, f := range list {
			hash, err := fingerprint.HashFromString(f.Algorithm)
			if err != nil {
				continue // there may be another
			}
			value, err := fingerprint.Fingerprint(certificate, hash)
			if err == nil && strings.EqualFold(value, f.Value) {
				return nil
			}
		}
		return errFingerprint
	}
}
