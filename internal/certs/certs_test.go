package certs

import (
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// clock is a clock that stands still.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

var start = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

func newStore(dir string, c *clock, hosts ...string) *Store {
	return New(Options{
		DataDir: dir,
		Hosts:   func() []string { return hosts },
		Now:     c.now,
		Logger:  slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
}

func certificate(t *testing.T, s *Store) *tls.Certificate {
	t.Helper()
	cert, err := s.GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// install writes a pair of files, with a modification time that differs from
// any before.
func install(t *testing.T, dir, name string) (cert, key []byte) {
	t.Helper()
	_, pair, err := newSelfSigned([]string{name}, start)
	if err != nil {
		t.Fatal(err)
	}
	text := string(pair)
	i := strings.Index(text, "-----BEGIN PRIVATE")
	cert, key = []byte(text[:i]), []byte(text[i:])
	write(t, filepath.Join(dir, CertFile), cert)
	write(t, filepath.Join(dir, KeyFile), key)
	return cert, key
}

var mtime = time.Now()

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	mtime = mtime.Add(time.Second)
	if err := os.Chtimes(file, mtime, mtime); err != nil {
		t.Fatal(err)
	}
}

func name(c *tls.Certificate) string { return c.Leaf.DNSNames[0] }

// Acceptance check 6.
func TestFilesAreReloaded_H10_H11_H14(t *testing.T) {
	dir := t.TempDir()
	s := newStore(dir, &clock{start})
	install(t, dir, "one.example")
	first := certificate(t, s)
	if name(first) != "one.example" {
		t.Fatalf("got the certificate of %s", name(first))
	}
	if certificate(t, s) != first {
		t.Error("files that did not change were loaded again")
	}
	if s.SelfSigned() {
		t.Error("files count as self-signed")
	}

	cert, key := install(t, dir, "two.example")
	if got := name(certificate(t, s)); got != "two.example" {
		t.Errorf("after a change: got the certificate of %s", got)
	}

	keyFile := filepath.Join(dir, KeyFile)
	if err := os.Remove(keyFile); err != nil {
		t.Fatal(err)
	}
	if _, err := s.GetCertificate(nil); !errors.Is(err, ErrIncomplete) {
		t.Errorf("without a key: %v", err)
	}
	write(t, keyFile, []byte("nonsense"))
	if _, err := s.GetCertificate(nil); err == nil {
		t.Error("an invalid key was accepted")
	}
	_, other := install(t, t.TempDir(), "other.example")
	write(t, keyFile, other)
	if _, err := s.GetCertificate(nil); err == nil {
		t.Error("a key of another certificate was accepted")
	}
	write(t, keyFile, key)
	if got := name(certificate(t, s)); got != "two.example" {
		t.Errorf("after recovery: got the certificate of %s", got)
	}
	write(t, filepath.Join(dir, CertFile), cert[:len(cert)/2])
	if _, err := s.GetCertificate(nil); err == nil {
		t.Error("a truncated certificate was accepted")
	}
}

func TestFilesAppearAndVanish_H12_H13(t *testing.T) {
	dir := t.TempDir()
	s := newStore(dir, &clock{start})
	own := certificate(t, s)
	if !s.SelfSigned() {
		t.Error("not self-signed")
	}
	install(t, dir, "one.example")
	if got := name(certificate(t, s)); got != "one.example" {
		t.Errorf("got the certificate of %s", got)
	}
	for _, f := range []string{CertFile, KeyFile} {
		if err := os.Remove(filepath.Join(dir, f)); err != nil {
			t.Fatal(err)
		}
	}
	if certificate(t, s) != own {
		t.Error("another self-signed certificate was made")
	}
}

func TestSelfSigned_H12_HW12(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	c := &clock{start}
	s := newStore(dir, c, "galene.example", "192.0.2.1", "not a name")
	cert := certificate(t, s)
	for _, host := range []string{"localhost", "127.0.0.1", "::1", "galene.example", "192.0.2.1"} {
		if err := cert.Leaf.VerifyHostname(host); err != nil {
			t.Error(err)
		}
	}
	if cert.Leaf.VerifyHostname("other.example") == nil {
		t.Error("valid for any name")
	}
	file := filepath.Join(dir, filepath.FromSlash(SelfSignedFile))
	fi, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && fi.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", fi.Mode())
	}
	same := func(s *Store) bool { return Fingerprint(certificate(t, s)) == Fingerprint(cert) }

	if !same(newStore(dir, c, "galene.example")) {
		t.Error("it did not survive a restart")
	}
	if same(newStore(dir, c, "other.example")) {
		t.Error("it was not replaced when a name was missing")
	}
	cert = certificate(t, newStore(dir, c, "other.example"))
	c.t = start.Add(lifetime - renewBefore + time.Minute)
	if same(newStore(dir, c, "other.example")) {
		t.Error("it was not renewed")
	}
	cert = certificate(t, newStore(dir, c))
	write(t, file, []byte("nonsense"))
	if same(newStore(dir, c)) {
		t.Error("the damaged file was used")
	}
}

func TestNewNameWhileRunning(t *testing.T) {
	hosts := []string{}
	s := New(Options{
		DataDir: t.TempDir(),
		Hosts:   func() []string { return hosts },
		Logger:  slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	first := certificate(t, s)
	hosts = []string{"galene.example"}
	second := certificate(t, s)
	if second == first || second.Leaf.VerifyHostname("galene.example") != nil {
		t.Error("the certificate lacks the new name")
	}
	hosts = nil
	if certificate(t, s) != second {
		t.Error("the certificate was replaced for no reason")
	}
}

func TestUnwritableDataDirectory(t *testing.T) {
	dir := t.TempDir()
	// A file is where the directory would have to be made.
	write(t, filepath.Join(dir, "var"), nil)
	s := newStore(dir, &clock{start})
	first := certificate(t, s)
	if certificate(t, s) != first {
		t.Error("not kept in memory")
	}
}

func TestFingerprint(t *testing.T) {
	cert, _, err := newSelfSigned([]string{"x"}, start)
	if err != nil {
		t.Fatal(err)
	}
	f := Fingerprint(cert)
	if len(f) != 32*3-1 || strings.ToUpper(f) != f || strings.Count(f, ":") != 31 {
		t.Errorf("fingerprint %q", f)
	}
}
