package ice

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"galene/internal/testclient"
)

// testRelays runs the relay test of a configuration, and returns what is logged.
func testRelays(t *testing.T, o Options) (*Config, string) {
	t.Helper()
	var log strings.Builder
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	c := New(o)
	t.Cleanup(c.Close)
	c.TestRelays(t.Context())
	return c, log.String()
}

// The built-in server is tested through each of its URLs (SW-12); one that clients could
// not use, because of its certificate, does not hide those that they can.
func TestRelayTest_S50_S51(t *testing.T) {
	for name, relayOnly := range map[string]bool{"usual": false, "relay only": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, port, _ := net.SplitHostPort(freeEndpoint(t))
			cert := certificate(t)
			c, log := testRelays(t, Options{
				DataDir: t.TempDir(), RelayOnly: relayOnly,
				TURN: TURNOptions{
					Address: "127.0.0.1:" + port, GetCertificate: always(cert),
					Hosts: func() []string { return []string{"localhost"} },
				},
			})
			results := c.RelayResults()
			if len(results) != 3 {
				t.Fatalf("results are %+v", results)
			}
			for _, r := range results[:2] {
				if r.Err != nil || r.RTT <= 0 || r.Total < r.RTT || r.Time.IsZero() {
					t.Errorf("%+v", r)
				}
			}
			if r := results[2]; r.Err == nil || !strings.HasPrefix(r.URL, "turns:") || r.RTT != 0 {
				t.Errorf("with a certificate that nobody trusts: %+v", r)
			}
			if n := len(regexp.MustCompile(`Relay test successful in \S+, RTT = \S+`).FindAllString(log, -1)); n != 2 {
				t.Errorf("success logged %d times:\n%s", n, log)
			}
			if !strings.Contains(log, "Relay test failed: ") || strings.Contains(log, "Perhaps") {
				t.Errorf("logged:\n%s", log)
			}
		})
	}
}

// freeEndpoint returns an address that is free for UDP and TCP.
func freeEndpoint(t *testing.T) string {
	c, endpoint := newTURN(t)
	c.Close()
	return endpoint
}

func TestRelayTestWithoutRelay_S51(t *testing.T) {
	c, log := testRelays(t, Options{DataDir: t.TempDir()})
	if len(c.RelayResults()) != 0 {
		t.Errorf("results are %+v", c.RelayResults())
	}
	for _, want := range []string{"Relay test failed: no TURN server is configured", "Perhaps you didn't configure a TURN server?"} {
		if !strings.Contains(log, want) {
			t.Errorf("not logged: %s\n%s", want, log)
		}
	}
}

// A server that refuses, and one that does not exist.
func TestRelayTestFails_S51_S52(t *testing.T) {
	config, endpoint := newTURN(t)
	config.Present()
	gone := freeEndpoint(t)
	dir := t.TempDir()
	content := `[{"urls": ["turn:` + endpoint + `"], "username": "nobody", "credential": "wrong"},
		{"urls": ["turn:` + gone + `?transport=tcp", "stun:` + endpoint + `"], "username": "a", "credential": "b"}]`
	if err := os.WriteFile(filepath.Join(dir, FileName), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	c, log := testRelays(t, Options{DataDir: dir})
	results := c.RelayResults()
	if len(results) != 2 || results[0].Err == nil || results[1].Err == nil {
		t.Errorf("results are %+v", results)
	}
	if strings.Count(log, "Relay test failed: ") != 2 || strings.Count(log, "Perhaps you didn't") != 1 {
		t.Errorf("logged:\n%s", log)
	}
	for _, secret := range []string{"wrong", "nobody"} {
		if strings.Contains(log, secret) {
			t.Errorf("%q is logged:\n%s", secret, log)
		}
	}
	// Clients are told of them all the same.
	if n := len(c.Client().ICEServers); n != 2 {
		t.Errorf("clients are told of %d servers", n)
	}
}

// countingLog counts tests that fail.
type countingLog struct{ n atomic.Int64 }

func (l *countingLog) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("Relay test failed")) {
		l.n.Add(1)
	}
	return len(line), nil
}

// Relays are tested at start and every twelve hours, for information only (S-52).
func TestRelayTestsAreRepeated_S52(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tests countingLog
		c := New(Options{DataDir: t.TempDir(), Logger: slog.New(slog.NewTextHandler(&tests, nil))})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.RunRelayTests(ctx)
		}()
		for _, want := range []int{1, 1, 2, 2, 3} { // every six hours
			synctest.Wait()
			if n := int(tests.n.Load()); n != want {
				t.Errorf("%d tests, want %d", n, want)
			}
			time.Sleep(6 * time.Hour)
		}
		cancel()
		<-done
	})
}

// A test ends when the server does, whatever it waits for, and leaves no result.
func TestRelayTestIsCancelled(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T) (url string, begun func()){
		"UDP":  silentRelay,
		"TCP":  func(t *testing.T) (string, func()) { return silentListener(t, "turn") },
		"TLS":  func(t *testing.T) (string, func()) { return silentListener(t, "turns") },
		"name": func(t *testing.T) (string, func()) { return "turn:turn.example.org", testclient.SilentNames(t) },
	} {
		t.Run(name, func(t *testing.T) {
			url, begun := prepare(t)
			dir := t.TempDir()
			content := `[{"urls": ["` + url + `"], "username": "a", "credential": "b"}]`
			if err := os.WriteFile(filepath.Join(dir, FileName), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			c := New(Options{DataDir: dir, Logger: slog.New(slog.DiscardHandler)})
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() {
				defer close(done)
				c.RunRelayTests(ctx)
			}()
			begun()
			cancel()
			select {
			case <-done:
			case <-time.After(relayPatience):
				t.Fatal("it does not end")
			}
			if r := c.RelayResults(); r != nil {
				t.Errorf("results are %+v", r)
			}
		})
	}
}

// relayPatience is less than it takes pion or the system to give any of the relays up by
// itself, a name server being the quickest.
const relayPatience = 4 * time.Second

// silentRelay returns a relay that never answers, and a function that waits until it is asked.
func silentRelay(t *testing.T) (url string, asked func()) {
	t.Helper()
	silent, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	return "turn:" + silent.LocalAddr().String(), func() {
		_ = silent.SetReadDeadline(time.Now().Add(time.Minute))
		if _, _, err := silent.ReadFrom(make([]byte, 1500)); err != nil {
			t.Fatal(err)
		}
	}
}

// silentListener is silentRelay for TCP.
func silentListener(t *testing.T, scheme string) (url string, asked func()) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return scheme + ":" + l.Addr().String() + "?transport=tcp", func() {
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		_ = c.SetReadDeadline(time.Now().Add(time.Minute))
		if _, err := c.Read(make([]byte, 1500)); err != nil {
			t.Fatal(err)
		}
	}
}
