package certs

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCheck(t *testing.T) {
	_, one, err := newSelfSigned([]string{"one.example"}, start)
	if err != nil {
		t.Fatal(err)
	}
	_, two, err := newSelfSigned([]string{"two.example"}, start)
	if err != nil {
		t.Fatal(err)
	}
	split := func(pem []byte) (cert, key string) {
		i := strings.Index(string(pem), "-----BEGIN PRIVATE")
		return string(pem[:i]), string(pem[i:])
	}
	cert, key := split(one)
	other, otherKey := split(two)
	second := fmt.Sprintf("cert.pem:%d:1: ", 1+strings.Count(cert, "\n"))
	late := start.Add(lifetime + time.Hour)
	const acmeFile = "var/acme/authority.example/"
	acme := ACME{Hosts: []string{"one.example"}, Directory: "https://authority.example/directory"}
	for _, c := range []struct {
		name  string
		files map[string]string
		now   time.Time
		hosts string
		acme  ACME
		want  []string // each a prefix
	}{
		{"nothing", nil, start, "", ACME{}, nil},
		{"good", map[string]string{CertFile: cert, KeyFile: key}, start, "one.example", ACME{}, nil},
		{"key before the certificate", map[string]string{CertFile: key + cert, KeyFile: key}, start, "", ACME{}, nil},
		{"no key", map[string]string{CertFile: cert}, start, "", ACME{}, []string{"cert.pem: error: certificate and key must both exist: there is no key.pem"}},
		{"no certificate", map[string]string{KeyFile: key}, start, "", ACME{}, []string{"key.pem: error: certificate and key must both exist: there is no cert.pem"}},
		{"another key", map[string]string{CertFile: cert, KeyFile: otherKey}, start, "", ACME{}, []string{"key.pem: error: tls: private key does not match"}},
		{"no key in the file", map[string]string{CertFile: cert, KeyFile: "x"}, start, "", ACME{}, []string{"key.pem: error: tls: failed to find any PEM data"}},
		{"empty", map[string]string{CertFile: "", KeyFile: key}, start, "", ACME{}, []string{"cert.pem:1:1: error: there is no certificate"}},
		{"only a key", map[string]string{CertFile: key, KeyFile: key}, start, "", ACME{}, []string{"cert.pem:1:1: error: there is no certificate"}},
		{"garbage", map[string]string{CertFile: "x\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", KeyFile: key}, start, "", ACME{},
			[]string{"cert.pem:2:1: error: x509"}},
		{"expired", map[string]string{CertFile: cert, KeyFile: key}, late, "", ACME{}, []string{"cert.pem:1:1: error: the certificate expired on 2027-06-01T00:00:00Z"}},
		{"early", map[string]string{CertFile: cert, KeyFile: key}, start.Add(-2 * clockSkew), "", ACME{}, []string{"cert.pem:1:1: error: the certificate is not valid before"}},
		{"soon", map[string]string{CertFile: cert, KeyFile: key}, start.Add(lifetime - time.Hour), "", ACME{}, []string{"cert.pem:1:1: warning: the certificate expires on"}},
		{"name", map[string]string{CertFile: cert, KeyFile: key}, start, "two.example", ACME{}, []string{`cert.pem:1:1: warning: browsers that come to "two.example"`}},
		{"chain", map[string]string{CertFile: cert + other, KeyFile: key}, start, "", ACME{}, []string{second + "warning: this certificate has not signed"}},
		{"self-signed", map[string]string{SelfSignedFile: "x"}, start, "", ACME{}, []string{"var/self-signed.pem: warning: is replaced"}},
		{"no directory for a self-signed one", map[string]string{"var": ""}, start, "", ACME{},
			[]string{"var/self-signed.pem: warning: is replaced", "var: warning: "}},
		{"acme", nil, start, "one.example", acme, nil},
		{"acme, besides files", map[string]string{CertFile: cert, KeyFile: key}, start, "", acme, []string{"cert.pem: warning: while this file is there"}},
		{"acme, files", map[string]string{acmeFile + "account.pem": "x", acmeFile + "certificate.pem": cert}, start, "", acme,
			[]string{acmeFile + "account.pem: error: no key", acmeFile + "certificate.pem: warning: is replaced"}},
		{"acme, host and directory", nil, start, "", ACME{Hosts: []string{"127.0.0.1"}, Directory: "ftp://x"},
			[]string{"-acme: error: ACME: not the full name", "-acme-directory: error: not an https URL"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range c.files {
				file := filepath.Join(dir, filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
					t.Fatal(err)
				}
				write(t, file, []byte(text))
			}
			var hosts []string
			if c.hosts != "" {
				hosts = []string{c.hosts}
			}
			problems := Check(Options{
				DataDir: dir, Hosts: func() []string { return hosts }, ACME: c.acme,
				Now: func() time.Time { return c.now },
			})
			var got []string
			for _, p := range problems {
				place := filepath.ToSlash(strings.TrimPrefix(p.Place(), dir+string(filepath.Separator)))
				got = append(got, place+": "+p.Severity.String()+": "+p.Text)
			}
			if !slices.EqualFunc(got, c.want, strings.HasPrefix) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}
