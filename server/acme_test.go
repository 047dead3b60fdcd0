package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"galene/internal/certs"
	"galene/internal/testclient"
)

// pebble is an authority for tests, which really checks its challenges.
type pebble struct {
	t         *testing.T
	program   string
	directory string
	client    *http.Client // trusts it
	dir       string
}

// buildPebble is done once; it takes a while.
var buildPebble = sync.OnceValues(func() (string, error) {
	build := exec.Command("go", "tool", "-n", "pebble") // builds it, and says where it is
	build.Dir = filepath.Join("..", "tools", "pebble")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as the server is built, so that they share packages
	out, err := build.Output()
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			err = fmt.Errorf("%w\n%s", err, exit.Stderr)
		}
		return "", fmt.Errorf("pebble cannot be built: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
})

// newPebble reserves the address of an authority, which is not running yet.  The program
// is built before: whoever looks for the authority meanwhile asks ever more rarely.
func newPebble(t *testing.T) *pebble {
	program, err := buildPebble()
	if err != nil {
		t.Fatal(err)
	}
	p := &pebble{t: t, program: program, dir: t.TempDir()}
	p.directory = "https://" + freeAddress(t) + "/dir"
	pair := certs.New(certs.Options{DataDir: p.dir, Hosts: func() []string { return []string{"127.0.0.1"} }})
	cert, err := pair.Current() // the certificate of the authority's own web server
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert.Leaf)
	p.client = &http.Client{
		Timeout:   testclient.Timeout,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true},
	}
	return p
}

// freeAddress returns an address that nobody listened on a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// run starts the authority.  It looks for the hosts at these ports of 127.0.0.1, and its
// certificates are valid for so many seconds.
func (p *pebble) run(httpPort, tlsPort string, validity int) {
	p.t.Helper()
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	pair := filepath.Join(p.dir, filepath.FromSlash(certs.SelfSignedFile))
	conf, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": strings.TrimSuffix(strings.TrimPrefix(p.directory, "https://"), "/dir"),
		"certificate":   pair, "privateKey": pair,
		"httpPort": number(httpPort), "tlsPort": number(tlsPort),
		"keyAlgorithm": "ecdsa",
		"retryAfter":   map[string]int{"authz": 1, "order": 1},
		"profiles":     map[string]any{"default": map[string]any{"description": "short", "validityPeriod": validity}},
	}})
	if err != nil {
		p.t.Fatal(err)
	}
	file := filepath.Join(p.dir, "pebble.json")
	writeFile(p.t, file, string(conf))
	var output syncBuffer
	command := exec.Command(p.program, "-config", file, "-dnsserver", serveDNS(p.t))
	command.Stdout, command.Stderr = &output, &output
	command.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_AUTHZREUSE=0")
	if err := command.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		if p.t.Failed() {
			p.t.Log(output.String())
		}
	})
}

// serveDNS answers every question for an IPv4 address with 127.0.0.1.  It listens on TCP
// (RFC 1035, 4.2.2), by which the authority asks.
func serveDNS(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var connections sync.WaitGroup
	t.Cleanup(func() { listener.Close(); connections.Wait() })
	connections.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Go(func() { answerDNS(conn) })
		}
	})
	return listener.Addr().String()
}

// answerDNS answers one question.
func answerDNS(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(testclient.Timeout))
	length := make([]byte, 2)
	if _, err := io.ReadFull(conn, length); err != nil {
		return
	}
	question := make([]byte, binary.BigEndian.Uint16(length))
	if _, err := io.ReadFull(conn, question); err != nil {
		return
	}
	var m dnsmessage.Message
	if m.Unpack(question) != nil || len(m.Questions) == 0 {
		return
	}
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1},
			Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
		}}
	}
	if answer, err := m.Pack(); err == nil {
		_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
	}
}

// certificateOf returns the certificate that a server shows for a name.
func certificateOf(address, name string) (*x509.Certificate, error) {
	dialer := net.Dialer{Timeout: testclient.Timeout}
	conn, err := tls.DialWithDialer(&dialer, "tcp", address, &tls.Config{ServerName: name, InsecureSkipVerify: true})
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0], nil
}

// awaitCertificate waits for a certificate that is good.
func awaitCertificate(t *testing.T, address, name string, good func(*x509.Certificate) bool) *x509.Certificate {
	t.Helper()
	var last error
	for deadline := time.Now().Add(testclient.Timeout); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		cert, err := certificateOf(address, name)
		if err == nil && good(cert) {
			return cert
		}
		last = err
	}
	t.Fatalf("no such certificate; last error: %v", last)
	return nil
}

// Certificates come by both challenges, are renewed while the server runs, kept, and never
// replaced by a self-signed one (HW-13, SW-16).
func TestACME(t *testing.T) {
	for _, test := range []struct {
		challenge string
		redirect  string
		wrongPort bool // of the challenge that comes first
	}{
		{challenge: "tls-alpn-01"},
		{challenge: "http-01", redirect: "127.0.0.1:0"},
		{challenge: "tls-alpn-01 after http-01", redirect: "127.0.0.1:0", wrongPort: true},
	} {
		t.Run(test.challenge, func(t *testing.T) {
			t.Parallel() // most of it is waiting
			authority := newPebble(t)
			conf := configuration(t, files{"tea.json": open})
			conf.TURN = ""
			conf.Redirect = test.redirect
			conf.ACME = certs.ACME{
				Hosts:     []string{"galene.example.net", "Video.example.net"},
				Directory: authority.directory,
				Email:     "operator@example.net",
				Client:    authority.client,
				Retry:     100 * time.Millisecond,
			}
			s := start(t, conf)
			address := s.Addr().String()

			// The authority cannot be reached: no certificate at all.
			if cert, err := certificateOf(address, "galene.example.net"); err == nil {
				t.Errorf("without authority: a certificate of %q", cert.Subject)
			}
			if err := s.certs.Problem(); !errors.Is(err, certs.ErrNotYet) {
				t.Errorf("without authority: %v", err)
			}
			await(t, "a failed attempt", func() bool { return strings.Contains(s.log.String(), "no certificate by ACME") })

			httpPort := "1"
			if test.redirect != "" && !test.wrongPort {
				_, httpPort, _ = net.SplitHostPort(s.redirect.Addr().String())
			}
			tlsPort := s.port()
			if test.challenge == "http-01" {
				tlsPort = "1"
			}
			authority.run(httpPort, tlsPort, 8)
			first := awaitCertificate(t, address, "galene.example.net", func(c *x509.Certificate) bool {
				return c.VerifyHostname("galene.example.net") == nil && c.VerifyHostname("video.example.net") == nil
			})
			if err := s.certs.Problem(); err != nil {
				t.Errorf("with certificate: %v", err)
			}
			if _, err := os.Stat(filepath.Join(conf.Data, filepath.FromSlash(certs.SelfSignedFile))); err == nil {
				t.Error("there is a self-signed certificate")
			}
			renewed := awaitCertificate(t, address, "video.example.net", func(c *x509.Certificate) bool {
				return c.SerialNumber.Cmp(first.SerialNumber) != 0
			})
			if !renewed.NotAfter.After(first.NotAfter) {
				t.Errorf("renewed until %v, the first one until %v", renewed.NotAfter, first.NotAfter)
			}
			if log := s.log.String(); strings.Contains(log, "PRIVATE KEY") {
				t.Errorf("log:\n%s", log)
			}
		})
	}
}

// The one of an earlier run is used at once, and what was obtained from one authority is
// not taken for that of another one.
func TestACMECertificateIsKept(t *testing.T) {
	authority := newPebble(t)
	conf := configuration(t, files{"tea.json": open})
	conf.TURN = ""
	conf.ACME = certs.ACME{Hosts: []string{"galene.example.net"}, Directory: authority.directory,
		Client: authority.client, Retry: 100 * time.Millisecond}
	s := start(t, conf)
	authority.run("1", s.port(), 3600)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(s.log.String())
		}
	})
	first := awaitCertificate(t, s.Addr().String(), "galene.example.net", func(*x509.Certificate) bool { return true })
	s.stop()

	s = start(t, conf)
	again := awaitCertificate(t, s.Addr().String(), "galene.example.net", func(*x509.Certificate) bool { return true })
	if again.SerialNumber.Cmp(first.SerialNumber) != 0 {
		t.Error("another certificate after a restart")
	}
	s.stop()

	conf.ACME.Directory = "https://" + freeAddress(t) + "/dir"
	s = start(t, conf)
	if _, err := certificateOf(s.Addr().String(), "galene.example.net"); err == nil {
		t.Error("the certificate of another authority is used")
	}
}

// Files of a certificate come before ACME.
func TestACMEFilesComeFirst(t *testing.T) {
	conf := configuration(t, nil)
	conf.TURN = ""
	conf.ACME = certs.ACME{Hosts: []string{"galene.example.net"}, Directory: "https://" + freeAddress(t) + "/dir"}
	own := certs.New(certs.Options{DataDir: conf.Data})
	if _, err := own.Current(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(conf.Data, filepath.FromSlash(certs.SelfSignedFile)))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(conf.Data, certs.CertFile), string(data))
	writeFile(t, filepath.Join(conf.Data, certs.KeyFile), string(data))
	s := start(t, conf)
	if _, err := certificateOf(s.Addr().String(), "localhost"); err != nil {
		t.Error(err)
	}
}

func TestACMERefusedAtStart(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*Config)
	}{
		{"address", func(c *Config) { c.ACME.Hosts = []string{"192.0.2.1"} }},
		{"not a full name", func(c *Config) { c.ACME.Hosts = []string{"localhost"} }},
		{"port", func(c *Config) { c.ACME.Hosts = []string{"galene.example.net:443"} }},
		{"clear text", func(c *Config) { c.ACME.Hosts = []string{"galene.example.net"}; c.Insecure = true }},
		{"redirect to nowhere", func(c *Config) { c.Redirect = "127.0.0.1:0"; c.Insecure = true }},
	} {
		conf := configuration(t, nil)
		test.change(&conf)
		if err := Run(context.Background(), conf); err == nil {
			t.Errorf("%s: no error", test.name)
		}
	}
}

// Clear text leads to HTTPS (HW-13), with path and query, and nowhere if it is not said from where.
func TestRedirectToHTTPS(t *testing.T) {
	conf := configuration(t, files{"tea.json": open})
	conf.TURN = ""
	conf.Redirect = "127.0.0.1:0"
	s := start(t, conf)
	get := func(path string) *http.Response {
		t.Helper()
		c := &http.Client{
			Transport:     &http.Transport{DisableKeepAlives: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
		response, err := c.Get("http://" + s.redirect.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response
	}
	if r := get("/group/a%20b/?token=x"); r.StatusCode != 308 || r.Header.Get("Location") != "https://127.0.0.1:"+s.port()+"/group/a%20b/?token=x" {
		t.Errorf("%d to %s", r.StatusCode, r.Header.Get("Location"))
	}
	if r := get(certs.ChallengePrefix + "x"); r.StatusCode != 404 {
		t.Errorf("unexpected challenge: %d", r.StatusCode)
	}
	writeFile(t, filepath.Join(conf.Data, "config.json"), `{"canonicalHost": "video.example"}`)
	for deadline := time.Now().Add(testclient.Timeout); ; time.Sleep(20 * time.Millisecond) {
		if get("/x").Header.Get("Location") == "https://video.example/x" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("canonicalHost has no effect")
		}
	}
}
