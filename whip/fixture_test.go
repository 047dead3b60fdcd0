package whip_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"galene/group"
	"galene/ice"
	"galene/internal/testclient"
	"galene/rtpconn"
	"galene/signalling"
	"galene/webserver"
	"galene/whip"
)

// The groups of a fixture.
var groups = map[string]string{
	"open": `{"wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"},
		"users": {"ada": {"password": "secret", "permissions": "op"}},
		"authKeys": [{"kty": "oct", "alg": "HS256", "kid": "k", "k": "MYz3IfCq4Yq-UmPdNqWEOdPl4C_m9imHHs9uveDUJGQ"}]}`,
	"observed": `{"wildcard-user": {"password": {"type": "wildcard"}, "permissions": "observe"}}`,
	"closed":   `{"users": {"whip": {"password": "secret", "permissions": "present"}}}`,
	"named": `{"users": {"ada": {"password": "secret", "permissions": "op"},
		"whip": {"password": {"type": "wildcard"}, "permissions": "present"}}}`,
	"full": `{"max-clients": 1, "users": {"ada": {"password": "secret", "permissions": "op"}},
		"wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"}}`,
	"past": `{"expires": "2001-01-01T00:00:00Z",
		"wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"}}`,
	"moved": `{"redirect": "https://elsewhere.example/group/moved/",
		"wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"}}`,
	"tree": `{"auto-subgroups": true,
		"wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"}}`,
	"sp ace": `{"wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"}}`,
	"h264": `{"codecs": ["h264", "opus"],
		"wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"}}`,
}

// fixture is a whole server.
type fixture struct {
	t        *testing.T
	url      string // http, without a slash at the end
	streams  *whip.Server
	registry *group.Registry
	sessions *signalling.Server
	data     string
	groups   string // their directory
}

// setup is what a test may change.
type setup struct {
	whip.Options
	media  rtpconn.Options
	config string // config.json
}

func newFixture(t *testing.T, change ...func(*setup)) *fixture {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	if testing.Verbose() {
		logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	dir := t.TempDir()
	f := &fixture{t: t, data: t.TempDir(), groups: dir}
	for name, text := range groups {
		write(t, filepath.Join(dir, name+".json"), text)
	}
	var o setup
	o.media = rtpconn.Options{Loopback: true, Logger: logger}
	o.Logger = logger
	for _, c := range change {
		c(&o)
	}
	if o.config != "" {
		write(t, filepath.Join(f.data, "config.json"), o.config)
	}
	f.registry = group.NewRegistry(group.Options{
		Directory: dir, DataDirectory: f.data, Logger: logger, WithdrawRights: true,
	})
	engine, err := rtpconn.New(o.media)
	if err != nil {
		t.Fatal(err)
	}
	o.Registry, o.Engine = f.registry, engine
	f.streams, err = whip.New(o.Options)
	if err != nil {
		t.Fatal(err)
	}
	f.sessions = signalling.New(signalling.Options{Registry: f.registry, Engine: engine, Logger: logger})
	web, err := webserver.New(webserver.Options{
		Groups:  f.registry,
		Session: f.sessions.ServeConn,
		Streams: f.streams.Serve,
		Static:  fstest.MapFS{"404.html": {Data: []byte("<p>Nothing here</p>\n")}},
		Built:   time.Unix(1, 0),
		Logger:  logger,
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(web)
	f.url = server.URL
	t.Cleanup(func() {
		f.sessions.Shutdown(context.Background(), "the test ends")
		f.streams.Close()
		server.Close()
		engine.Close()
	})
	return f
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// rewrite changes the description of a group, and has that noticed.
func (f *fixture) rewrite(name, text string) {
	f.t.Helper()
	write(f.t, filepath.Join(f.groups, name+".json"), text)
	await(f.t, "change of the description", func() bool {
		d, err := f.registry.Describe(name)
		return err == nil && d.WildcardUser == nil
	})
}

// withServers makes the fixture know ICE servers.
func withServers(servers ...ice.Server) func(*setup) {
	return func(o *setup) { o.ICEServers = func() []ice.Server { return servers } }
}

// token writes a stateful token into the token file.
func (f *fixture) token(name string, fields map[string]any) string {
	f.t.Helper()
	t := map[string]any{
		"token": name, "group": "open", "permissions": []string{"present"},
		"expires": time.Now().Add(time.Hour).Format(time.RFC3339),
	}
	for k, v := range fields {
		t[k] = v
	}
	line, err := json.Marshal(t)
	if err != nil {
		f.t.Fatal(err)
	}
	file := filepath.Join(f.data, "var", "tokens.jsonl")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		f.t.Fatal(err)
	}
	old, _ := os.ReadFile(file)
	write(f.t, file, string(old)+string(line)+"\n")
	return name
}

// member joins a group with a WebSocket.
func (f *fixture) member(group, username, password string) *testclient.Client {
	f.t.Helper()
	return testclient.Join(f.t, "ws"+strings.TrimPrefix(f.url, "http")+"/ws", group, username, password)
}

// response is an answer that has been read.
type response struct {
	*http.Response
	body string
}

// members returns the usernames of the members of a group.
func (f *fixture) members(name string) []string {
	f.t.Helper()
	var names []string
	for _, g := range f.registry.Loaded() {
		if g.Name() != name {
			continue
		}
		for _, m := range g.Members() {
			names = append(names, m.Username)
		}
	}
	return names
}

// await polls until condition is true.
func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(testclient.Timeout)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: waited in vain", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
