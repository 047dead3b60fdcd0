package main

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
)

var errFingerprint = errors.New("a SHA-256 fingerprint has 64 hexadecimal digits")

// trust says which certificates of a server are accepted (C-11, C-26, weak spot 12).
func trust(conf configuration, insecure bool) (*tls.Config, error) {
	t := &tls.Config{InsecureSkipVerify: insecure}
	if name := conf.Certificates; name != "" {
		pem, err := os.ReadFile(name)
		if err != nil {
			return nil, failed("Certificates", err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, failed("Certificates", fmt.Errorf("none in %s", name))
		}
		t.RootCAs = pool
	}
	if conf.Fingerprint != "" {
		want, err := hex.DecodeString(strings.ReplaceAll(conf.Fingerprint, ":", ""))
		if err != nil || len(want) != sha256.Size {
			return nil, failed("Fingerprint", errFingerprint)
		}
		// The certificate itself is known: who has signed it, for which name and
		// until when does not matter.
		t.InsecureSkipVerify = true
		t.VerifyConnection = func(state tls.ConnectionState) error {
			got := sha256.Sum256(state.PeerCertificates[0].Raw)
			if string(got[:]) != string(want) {
				return fmt.Errorf("the server's certificate has the fingerprint %x", got)
			}
			return nil
		}
	}
	return t, nil
}
