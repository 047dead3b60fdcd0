// Package certs provides the certificate of the web server.
//
// The pair cert.pem and key.pem in the data directory is used if it is there,
// and loaded again as soon as either file changes (spec http.md 1.1).  Without
// these files, a self-signed certificate is made, and kept in the data
// directory so that browsers need to be told only once that it is all right.
//
// If ACME is wanted, certificates come from an authority instead of ourselves, and
// then there never is a self-signed one: until there is a certificate, handshakes
// fail, and the log says why.  Store.Run gets and renews them.
//
// The package has no goroutine of its own: files are looked at during handshakes.
package certs

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Names of the files in the data directory.
const (
	CertFile = "cert.pem"
	KeyFile  = "key.pem"
	// SelfSignedFile holds the self-signed certificate and its key.
	SelfSignedFile = "var/self-signed.pem"
)

// ErrExpired and ErrEarly mean that a certificate is not valid now.
var (
	ErrExpired = errors.New("the certificate expired")
	ErrEarly   = errors.New("the certificate is not valid")
)

// ErrIncomplete means that only one of the two files exists.
var ErrIncomplete = errors.New("certificate and key must both exist")

// Options says where certificates come from.
type Options struct {
	// DataDir is the data directory.
	DataDir string
	// Hosts returns the names and addresses that a self-signed certificate
	// has to be valid for, besides the local ones; nil is none.
	Hosts func() []string
	// ACME is how certificates are obtained from an authority.
	ACME ACME
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Logger is told of certificates and of problems with them; nil is
	// slog.Default().
	Logger *slog.Logger
}

// A Store holds the current certificate.  Its methods may be called from any
// goroutine.
type Store struct {
	dir   string
	hosts func() []string
	now   func() time.Time
	log   *slog.Logger
	auto  *automatic // nil without ACME

	mu         sync.Mutex
	pair       *tls.Certificate // from the two files
	version    version          // of the files that pair is made of
	selfSigned *tls.Certificate
	complaint  string // the last problem logged
}

// version tells versions of the two files apart.
type version struct {
	cert, key fileVersion
}

type fileVersion struct {
	exists bool
	size   int64
	mtime  time.Time
}

// New returns a Store.  Nothing is read before the first handshake.
func New(o Options) *Store {
	s := &Store{dir: o.DataDir, hosts: o.Hosts, now: o.Now, log: o.Logger, auto: newAutomatic(o.ACME)}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	return s
}

// GetCertificate returns the certificate for a new connection; it is meant for
// tls.Config.  It fails while the files are incomplete or invalid, which is
// logged once for each reason.
func (s *Store) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if s.auto != nil && isChallenge(hello) {
		return s.auto.challenges.certificate(hello.ServerName)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	cert, err := s.current()
	if err != nil {
		if text := err.Error(); text != s.complaint {
			s.log.Error("no certificate: TLS connections fail", "error", err)
			s.complaint = text
		}
		return nil, err
	}
	s.complaint = ""
	return cert, nil
}

// Current returns the certificate in force.  Unlike GetCertificate it says why there
// is none to its caller alone.
func (s *Store) Current() (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current()
}

// Problem returns what is wrong: that there is no certificate, or that it is not
// valid now.  It is nil for a self-signed one that nobody has replaced by ACME.
func (s *Store) Problem() error {
	cert, err := s.Current()
	if err != nil {
		return err
	}
	if now := s.now(); now.After(cert.Leaf.NotAfter) {
		return fmt.Errorf("%w on %s", ErrExpired, cert.Leaf.NotAfter.Format(time.RFC3339))
	} else if now.Before(cert.Leaf.NotBefore) {
		return fmt.Errorf("%w before %s", ErrEarly, cert.Leaf.NotBefore.Format(time.RFC3339))
	}
	return nil
}

// current returns the certificate to be used now.  Called locked.
func (s *Store) current() (*tls.Certificate, error) {
	v, err := s.look()
	if err != nil {
		return nil, err
	}
	if !v.cert.exists && !v.key.exists {
		s.pair = nil
		if s.auto != nil {
			return s.auto.current()
		}
		return s.currentSelfSigned()
	}
	if !v.cert.exists || !v.key.exists {
		s.pair = nil
		return nil, fmt.Errorf("%w: %s, %s", ErrIncomplete, s.path(CertFile), s.path(KeyFile))
	}
	if s.pair != nil && v == s.version {
		return s.pair, nil
	}
	s.pair = nil
	pair, err := tls.LoadX509KeyPair(s.path(CertFile), s.path(KeyFile))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.path(CertFile), err)
	}
	s.pair, s.version = &pair, v
	s.report("using certificate", s.path(CertFile), s.pair)
	return s.pair, nil
}

// look returns the versions of the two files.
func (s *Store) look() (v version, err error) {
	if v.cert, err = lookAt(s.path(CertFile)); err != nil {
		return v, err
	}
	v.key, err = lookAt(s.path(KeyFile))
	return v, err
}

func lookAt(name string) (fileVersion, error) {
	fi, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return fileVersion{}, nil
	}
	if err != nil {
		return fileVersion{}, err
	}
	return fileVersion{exists: true, size: fi.Size(), mtime: fi.ModTime()}, nil
}

func (s *Store) path(name string) string {
	return filepath.Join(s.dir, filepath.FromSlash(name))
}

// report logs which certificate is used from now on.
func (s *Store) report(message, file string, cert *tls.Certificate) {
	s.log.Info(message, "file", file, "sha256", Fingerprint(cert),
		"expires", cert.Leaf.NotAfter.Format(time.DateOnly))
	if cert.Leaf.NotAfter.Before(s.now()) {
		s.log.Warn("the certificate has expired", "file", file)
	}
}

// Fingerprint returns the SHA-256 fingerprint of a certificate, in the form in
// which browsers show it.
func Fingerprint(cert *tls.Certificate) string {
	sum := sha256.Sum256(cert.Certificate[0])
	var b strings.Builder
	for i, c := range sum {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(strings.ToUpper(hex.EncodeToString([]byte{c})))
	}
	return b.String()
}

// SelfSigned reports whether the certificate that was last used is a
// self-signed one.
func (s *Store) SelfSigned() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pair == nil && s.selfSigned != nil
}
