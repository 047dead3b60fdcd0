package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/acme"
)

const (
	// firstRetry and lastRetry bound the time between attempts to get a
	// certificate, which doubles.  Let's Encrypt forgives five failed
	// validations of a name in an hour.
	firstRetry = time.Minute
	lastRetry  = 4 * time.Hour
	// attemptTime bounds one attempt.
	attemptTime = 5 * time.Minute
	// lookAgain is how long the clock is trusted at a time: a machine that
	// slept, or whose clock was set, renews an hour late at most.
	lookAgain = time.Hour
)

// ErrNotYet means that the authority has not given us a certificate yet.
var ErrNotYet = errors.New("no certificate from the ACME authority yet")

// ErrACMEHost means that a host cannot have a certificate by ACME.
var ErrACMEHost = errors.New("not the full name of a host")

// ACME says how certificates are obtained from an authority (RFC 8555).
type ACME struct {
	// Hosts are the names that the certificate is for; none is no ACME.
	Hosts []string
	// Directory is the URL of the authority's directory; empty is that of
	// Let's Encrypt.
	Directory string
	// Email is where the authority may write to; empty is nowhere.
	Email string
	// HTTP01 says that ServeChallenge is reachable on port 80 of the hosts.
	// Without it, only TLS-ALPN-01 is used, for which GetCertificate has to
	// be reachable on port 443.
	HTTP01 bool
	// Client talks to the authority; nil is one with a time limit.
	Client *http.Client
	// Retry is the time before the second attempt; 0 is a minute.
	Retry time.Duration
}

// Check reports whether the hosts can have certificates.
func (a ACME) Check() error {
	for _, h := range a.Hosts {
		if net.ParseIP(h) != nil || !validHost(h) || !strings.Contains(strings.Trim(h, "."), ".") ||
			strings.HasSuffix(h, ".") {
			return fmt.Errorf("ACME: %w: %q", ErrACMEHost, h)
		}
	}
	return nil
}

// automatic is what a Store knows of the certificates from an authority.  Its
// lock is the Store's.
type automatic struct {
	ACME
	retry      time.Duration
	cert       *tls.Certificate // nil until there is one
	failure    error            // why the last attempt failed
	challenges challenges
}

func newAutomatic(o ACME) *automatic {
	if len(o.Hosts) == 0 {
		return nil
	}
	if o.Directory == "" {
		o.Directory = acme.LetsEncryptURL
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: time.Minute}
	}
	hosts := make([]string, len(o.Hosts))
	for i, h := range o.Hosts {
		hosts[i] = strings.ToLower(h)
	}
	o.Hosts = hosts
	a := &automatic{ACME: o, retry: o.Retry}
	if a.retry == 0 {
		a.retry = firstRetry
	}
	return a
}

// current returns the certificate in force.
func (a *automatic) current() (*tls.Certificate, error) {
	if a.cert != nil {
		return a.cert, nil
	}
	if a.failure != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotYet, a.failure)
	}
	return nil, ErrNotYet
}

// Run gets certificates by ACME and renews them, if that is wanted, until ctx is
// done.  It must be called once.  While there are files of a certificate, these
// are used, and nothing is asked for.
func (s *Store) Run(ctx context.Context) {
	if s.auto == nil {
		return
	}
	s.loadAutomatic()
	var wait time.Duration
	for failures := 0; ; {
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		if s.hasFiles() {
			wait = firstRetry
			continue
		}
		if due := s.renewal(); due > 0 {
			wait = min(due, lookAgain)
			continue
		}
		attempt, cancel := context.WithTimeout(ctx, attemptTime)
		method := s.auto.method(failures)
		cert, err := s.obtain(attempt, method)
		cancel()
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			failures, wait = 0, 0
			s.adopt(cert)
			continue
		}
		wait = min(s.auto.retry<<min(failures, 10), lastRetry)
		failures++
		s.failed(err, method, wait)
	}
}

// method returns which challenge is used in an attempt: after a failure, the
// other one, if there is another one.
func (a *automatic) method(failures int) string {
	if a.HTTP01 && failures%2 == 0 {
		return http01
	}
	return tlsALPN01
}

// hasFiles reports whether one of the files of a certificate is there.
func (s *Store) hasFiles() bool {
	v, err := s.look()
	return err == nil && (v.cert.exists || v.key.exists)
}

// renewal returns the time until the certificate has to be renewed, which is when
// a third of its life is left, 30 days at most.
func (s *Store) renewal() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.auto.cert == nil || !covers(s.auto.cert.Leaf, s.auto.Hosts) {
		return 0
	}
	leaf := s.auto.cert.Leaf
	before := min(leaf.NotAfter.Sub(leaf.NotBefore)/3, renewBefore)
	return leaf.NotAfter.Add(-before).Sub(s.now())
}

// covers reports whether a certificate is for all of these hosts.
func covers(leaf *x509.Certificate, hosts []string) bool {
	return !slices.ContainsFunc(hosts, func(h string) bool { return leaf.VerifyHostname(h) != nil })
}

// loadAutomatic takes up the certificate of an earlier run.
func (s *Store) loadAutomatic() {
	cert, err := loadPEM(s.auto.file(s.dir, certificateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		s.log.Warn("cannot use the certificate of an earlier run", "error", err)
		return
	}
	if cert.Leaf.NotAfter.Before(s.now()) {
		return
	}
	s.mu.Lock()
	s.auto.cert = cert
	s.mu.Unlock()
	s.report("using certificate from ACME", s.auto.file(s.dir, certificateFile), cert)
}

// adopt puts a new certificate in force.
func (s *Store) adopt(cert *tls.Certificate) {
	s.mu.Lock()
	s.auto.cert, s.auto.failure = cert, nil
	s.mu.Unlock()
	s.report("got a certificate by ACME", s.auto.file(s.dir, certificateFile), cert)
}

// failed remembers and logs that an attempt failed.
func (s *Store) failed(err error, method string, wait time.Duration) {
	s.mu.Lock()
	s.auto.failure = err
	cert := s.auto.cert
	s.mu.Unlock()
	state := "TLS connections fail"
	if cert != nil {
		state = "the present one is used until " + cert.Leaf.NotAfter.Format(time.RFC3339)
	}
	s.log.Error("no certificate by ACME: "+state, "hosts", s.auto.Hosts, "authority", s.auto.Directory,
		"challenge", method, "error", err, "again in", wait.Round(time.Second))
}
