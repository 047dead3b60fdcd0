package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net"
	"os"
	"slices"
	"time"

	"galene/internal/atomicfile"
)

const (
	// lifetime is how long a self-signed certificate is valid.
	lifetime = 365 * 24 * time.Hour
	// renewBefore is how long before its end it is replaced.
	renewBefore = 30 * 24 * time.Hour
	// clockSkew is how much clocks of browsers may be behind.
	clockSkew = time.Hour
)

// currentSelfSigned returns the self-signed certificate: the one in use, the
// one of an earlier run, or a new one.  Called locked.
func (s *Store) currentSelfSigned() (*tls.Certificate, error) {
	hosts := s.wanted()
	if s.selfSigned != nil && s.usable(s.selfSigned, hosts) {
		return s.selfSigned, nil
	}
	file := s.path(SelfSignedFile)
	cert, err := loadPEM(file)
	if err == nil && s.usable(cert, hosts) {
		s.selfSigned = cert
		s.report("using self-signed certificate", file, cert)
		return cert, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.Warn("replacing the self-signed certificate", "file", file, "error", err)
	}
	cert, encoded, err := newSelfSigned(hosts, s.now())
	if err != nil {
		return nil, fmt.Errorf("self-signed certificate: %w", err)
	}
	s.selfSigned = cert
	s.report("made a self-signed certificate", file, cert)
	write := func(w io.Writer) error {
		_, err := w.Write(encoded)
		return err
	}
	if err := atomicfile.Write(file, write, nil); err != nil {
		s.log.Warn("cannot keep the self-signed certificate: browsers will "+
			"ask about another one after a restart", "error", err)
	}
	return cert, nil
}

// wanted returns the names and addresses that the certificate must have.
func (s *Store) wanted() []string {
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	if name, err := os.Hostname(); err == nil {
		hosts = append(hosts, name)
	}
	if s.hosts != nil {
		hosts = append(hosts, s.hosts()...)
	}
	var valid []string
	for _, h := range hosts {
		if validHost(h) && !slices.Contains(valid, h) {
			valid = append(valid, h)
		}
	}
	return valid
}

// validHost reports whether h is an address or looks like a name that may be
// put into a certificate.
func validHost(h string) bool {
	if net.ParseIP(h) != nil {
		return true
	}
	if h == "" || len(h) > 253 {
		return false
	}
	for _, c := range []byte(h) {
		ok := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
			c == '-' || c == '.'
		if !ok {
			return false
		}
	}
	return h[0] != '.' && h[0] != '-'
}

// usable reports whether cert is valid for a while, for all the hosts.
func (s *Store) usable(cert *tls.Certificate, hosts []string) bool {
	now := s.now()
	if now.Before(cert.Leaf.NotBefore) || now.Add(renewBefore).After(cert.Leaf.NotAfter) {
		return false
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			if !slices.ContainsFunc(cert.Leaf.IPAddresses, ip.Equal) {
				return false
			}
		} else if !slices.Contains(cert.Leaf.DNSNames, h) {
			return false
		}
	}
	return true
}

// newSelfSigned makes a certificate, and returns it also in PEM, with its key.
func newSelfSigned(hosts []string, now time.Time) (*tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "Galene self-signed certificate"},
		NotBefore:    now.Add(-clockSkew),
		NotAfter:     now.Add(lifetime),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},

		BasicConstraintsValid: true,
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, nil, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	var encoded bytes.Buffer
	for _, block := range []*pem.Block{
		{Type: "CERTIFICATE", Bytes: der},
		{Type: "PRIVATE KEY", Bytes: keyDER},
	} {
		if err := pem.Encode(&encoded, block); err != nil {
			return nil, nil, err
		}
	}
	cert, err := tls.X509KeyPair(encoded.Bytes(), encoded.Bytes())
	if err != nil {
		return nil, nil, err
	}
	return &cert, encoded.Bytes(), nil
}

// loadPEM reads a file that holds both a certificate and its key.
func loadPEM(file string) (*tls.Certificate, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	cert, err := tls.X509KeyPair(data, data)
	if err != nil {
		return nil, err
	}
	return &cert, nil
}
