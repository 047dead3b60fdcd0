package signalling_test

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
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
	engine    *rtpconn.Engine
	directory string
}

// newFixture starts a server, which is stopped when the test ends.  Change may
// adapt its options.
func newFixture(t *testing.T, change ...func(*signalling.Options)) *fixture {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return newFixtureOn(t, listener, change...)
}

func newFixtureOn(t *testing.T, listener net.Listener, change ...func(*signalling.Options)) *fixture {
	t.Helper()
	logger := slog.New(slog.NewTextHandler(io.Discard, nil))
	if testing.Verbose() {
		logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	f := &fixture{t: t, directory: t.TempDir()}
	f.group("test", testGroup)
	f.registry = group.NewRegistry(group.Options{
		Directory: f.directory, DataDirectory: t.TempDir(), Logger: logger,
	})
	engine, err := rtpconn.New(rtpconn.Options{Loopback: true, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	f.engine = engine
	options := signalling.Options{Registry: f.registry, Engine: engine, Logger: logger}
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
		f.server.Shutdown(t.Context(), "test ends")
		engine.Close()
		server.Close()
		if n := f.server.Sessions(); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
		if n := f.server.Panics(); n != 0 {
			t.Errorf("%d panics", n)
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
