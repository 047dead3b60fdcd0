package signalling_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"galene/group"
	"galene/internal/testclient"
	"galene/rtpconn"
	"galene/signalling"
)

// The groups of a fixture: in "test" ada is an operator, eve an observer, cap
// writes captions, and everybody else may present.
const testGroup = `{
	"displayName": "Test",
	"users": {
		"ada": {"password": "secret", "permissions": "op"},
		"eve": {"password": "secret", "permissions": "observe"},
		"mia": {"password": "secret", "permissions": "message"},
		"cap": {"password": "secret", "permissions": "caption"}
	},
	"wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"}
}`

// fixture is a server with real groups.
type fixture struct {
	t         *testing.T
	url       string
	http      string
	server    *signalling.Server
	registry  *group.Registry
	directory string
	panics    int64 // how many are expected
}

// newFixture starts a server, which is stopped when the test ends.  Change may
// adapt its options.
func newFixture(t *testing.T, change ...func(*signalling.Options)) *fixture {
	t.Helper()
	return newFixtureWith(t, rtpconn.Options{}, change...)
}

// newFixtureWith starts a server whose media is adapted.
func newFixtureWith(t *testing.T, media rtpconn.Options, change ...func(*signalling.Options)) *fixture {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	media.Loopback = true
	media.Logger = newLogger(t)
	engine, err := rtpconn.New(media)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(engine.Close)
	withEngine := func(o *signalling.Options) { o.Engine = engine }
	return newFixtureOn(t, listener, slices.Insert(change, 0, withEngine)...)
}

// newFixtureInBubble starts a server without sockets and media, for tests in
// which time does not take time.
func newFixtureInBubble(t *testing.T, change ...func(*signalling.Options)) (*fixture, *pipes) {
	t.Helper()
	p := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	f := newFixtureOn(t, p, change...)
	return f, p
}

func newLogger(t *testing.T) *slog.Logger {
	if testing.Verbose() {
		return slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	return slog.New(slog.DiscardHandler)
}

func newFixtureOn(t *testing.T, listener net.Listener, change ...func(*signalling.Options)) *fixture {
	t.Helper()
	logger := newLogger(t)
	f := &fixture{t: t, directory: t.TempDir()}
	f.group("test", testGroup)
	f.registry = group.NewRegistry(group.Options{
		Directory: f.directory, DataDirectory: t.TempDir(), Logger: logger,
	})
	options := signalling.Options{Registry: f.registry, Logger: logger}
	for _, c := range change {
		c(&options)
	}
	f.server = signalling.New(options)
	server := &httptest.Server{
		Listener: listener,
		Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ws, err := signalling.Upgrade(w, r, signalling.Origins{
				Allow:         []string{"https://allowed.example"},
				ProxyURL:      "https://proxy.example/galene/",
				CanonicalHost: "canonical.example:8443",
			})
			if err != nil {
				return
			}
			f.server.ServeConn(ws, r.RemoteAddr)
		})},
	}
	server.Start()
	f.http = server.URL
	f.url = "ws" + strings.TrimPrefix(server.URL, "http") + "/ws"
	t.Cleanup(func() {
		f.server.Shutdown(context.Background(), "test ends")
		server.Close()
		if n := f.server.Sessions(); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
		if n := f.server.Panics(); n != f.panics {
			t.Errorf("%d panics, want %d", n, f.panics)
		}
	})
	return f
}

// group writes a group description.
func (f *fixture) group(name, description string) {
	f.t.Helper()
	file := filepath.Join(f.directory, name+".json")
	if err := os.WriteFile(file, []byte(description), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// join makes a member of the group "test".
func (f *fixture) join(username string) *testclient.Client {
	f.t.Helper()
	return testclient.Join(f.t, f.url, "test", username, "secret")
}

// connect makes a client that is in no group.
func (f *fixture) connect() *testclient.Client {
	f.t.Helper()
	return testclient.Connect(f.t, f.url)
}

// limits returns a change of the limits.
func limits(change func(*signalling.Limits)) func(*signalling.Options) {
	return func(o *signalling.Options) { change(&o.Limits) }
}

// eventually polls for what cannot be awaited.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(testclient.Timeout)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("timeout: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// pipes is a listener whose connections are pipes.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// dial connects to the listener.
func (p *pipes) dial() (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
