package certs

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/acme"
)

// Types of challenges by which an authority checks that a host is ours.
const (
	http01    = "http-01"     // RFC 8555, 8.3
	tlsALPN01 = "tls-alpn-01" // RFC 8737
)

// ChallengePrefix is where an authority asks, in clear text (RFC 8555, 8.3).
const ChallengePrefix = "/.well-known/acme-challenge/"

// ALPNProto is what an authority says in a handshake that is a challenge
// (RFC 8737); a server has to offer it.
const ALPNProto = acme.ALPNProto

// challenges are the answers to the challenges of orders in progress.  The zero
// value is none.
type challenges struct {
	mu    sync.Mutex
	paths map[string]string           // HTTP-01: path to text
	certs map[string]*tls.Certificate // TLS-ALPN-01, by host
}

// present makes the answer to a challenge available until withdraw is called.
func (c *challenges) present(client *acme.Client, challenge *acme.Challenge, host string) (withdraw func(), err error) {
	switch challenge.Type {
	case http01:
		text, err := client.HTTP01ChallengeResponse(challenge.Token)
		if err != nil {
			return nil, err
		}
		path := client.HTTP01ChallengePath(challenge.Token)
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.paths == nil {
			c.paths = make(map[string]string)
		}
		c.paths[path] = text
		return func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			delete(c.paths, path)
		}, nil
	case tlsALPN01:
		cert, err := client.TLSALPN01ChallengeCert(challenge.Token, host)
		if err != nil {
			return nil, err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.certs == nil {
			c.certs = make(map[string]*tls.Certificate)
		}
		c.certs[host] = &cert
		return func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			delete(c.certs, host)
		}, nil
	}
	return nil, fmt.Errorf("no answer to %s", challenge.Type)
}

// certificate returns the answer to a handshake that is a challenge.
func (c *challenges) certificate(host string) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cert := c.certs[strings.ToLower(host)]; cert != nil {
		return cert, nil
	}
	return nil, fmt.Errorf("no challenge of %q is expected", host)
}

// isChallenge reports whether a handshake is a challenge.
func isChallenge(hello *tls.ClientHelloInfo) bool {
	return hello != nil && slices.Equal(hello.SupportedProtos, []string{ALPNProto})
}

// ServeChallenge answers a request in clear text below ChallengePrefix, with 404
// if no such challenge is expected.
func (s *Store) ServeChallenge(w http.ResponseWriter, r *http.Request) {
	if s.auto != nil {
		s.auto.challenges.mu.Lock()
		text, ok := s.auto.challenges.paths[r.URL.Path]
		s.auto.challenges.mu.Unlock()
		if ok {
			w.Header().Set("Content-Type", "application/octet-stream")
			_, _ = w.Write([]byte(text))
			return
		}
	}
	http.Error(w, "no such challenge is expected", http.StatusNotFound)
}
