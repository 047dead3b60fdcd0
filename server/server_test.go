package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"galene/internal/testclient"
	"galene/udpmux"
)

// open is a group that anybody may enter and speak in.
const open = `{"public": true, "displayName": "Tea",
	"wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"}}`

// syncBuffer may be written while it is read.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// running is a server in this process.
type running struct {
	*Server
	t      *testing.T
	output syncBuffer
	log    syncBuffer
	cancel context.CancelFunc
	done   chan error
}

// files are the groups that a test begins with, by name of the file.
type files map[string]string

// configuration returns a configuration for tests.
func configuration(t *testing.T, groups files) Config {
	t.Helper()
	dir := t.TempDir()
	conf := DefaultConfig()
	conf.HTTP = "127.0.0.1:0"
	conf.Data = filepath.Join(dir, "data")
	conf.Groups = filepath.Join(dir, "groups")
	conf.Loopback = true
	for name, text := range groups {
		writeFile(t, filepath.Join(conf.Groups, name), text)
	}
	return conf
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// start runs a server until the test ends.
func start(t *testing.T, conf Config) *running {
	t.Helper()
	r := &running{t: t, done: make(chan error, 1)}
	conf.Output = &r.output
	conf.Logger = slog.New(slog.NewTextHandler(&r.log, nil))
	var err error
	r.Server, err = New(conf)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	go func() { r.done <- r.Run(ctx) }()
	t.Cleanup(func() { r.stop() })
	return r
}

// stop stops the server, if that has not been done.
func (r *running) stop() {
	r.t.Helper()
	if r.cancel == nil {
		return
	}
	r.cancel()
	r.cancel = nil
	select {
	case err := <-r.done:
		if err != nil {
			r.t.Error(err)
		}
	case <-time.After(testclient.Timeout):
		r.t.Fatal("the server does not stop")
	}
}

func (r *running) url(scheme string) string {
	return scheme + "://" + r.Addr().String()
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

func client() *http.Client {
	return &http.Client{
		Timeout: testclient.Timeout,
		Transport: &http.Transport{
			TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
			ForceAttemptHTTP2: true,
		},
	}
}

func fetch(t *testing.T, c *http.Client, url string) (status int, body string) {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestServesPagesAndGroups(t *testing.T) {
	r := start(t, configuration(t, files{"tea.json": open}))
	c := client()
	defer c.CloseIdleConnections()
	for path, want := range map[string]string{
		"/":                   "<title",
		"/protocol.js":        "ServerConnection",
		"/group/tea/":         "<title",
		"/group/tea/.status":  `"endpoint":"` + r.url("wss") + `/ws"`,
		"/public-groups.json": `"displayName":"Tea"`,
		"/healthz":            "ok",
	} {
		status, body := fetch(t, c, r.url("https")+path)
		if status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d %.200q", path, status, body)
		}
	}
	for _, path := range []string{"/embed.go", "/tsconfig.json", "/group/coffee/"} {
		if status, _ := fetch(t, c, r.url("https")+path); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestStaticDirectoryReplacesTheFrontend(t *testing.T) {
	conf := configuration(t, nil)
	conf.Static = t.TempDir()
	writeFile(t, filepath.Join(conf.Static, "index.html"), "another frontend")
	r := start(t, conf)
	c := client()
	defer c.CloseIdleConnections()
	if _, body := fetch(t, c, r.url("https")+"/"); body != "another frontend" {
		t.Errorf("got %.100q", body)
	}
	if status, _ := fetch(t, c, r.url("https")+"/protocol.js"); status != http.StatusNotFound {
		t.Errorf("a file of the embedded frontend: %d", status)
	}
}

// A directory without pages adds to the embedded frontend, and replaces single files of it.
func TestStaticDirectoryAddsToTheFrontend(t *testing.T) {
	conf := configuration(t, files{"tea.json": open})
	conf.Static = t.TempDir()
	writeFile(t, filepath.Join(conf.Static, "third-party", "tasks-vision", "vision_bundle.mjs"), "a library")
	writeFile(t, filepath.Join(conf.Static, "css", "tokens.css"), "other colours")
	r := start(t, conf)
	c := client()
	defer c.CloseIdleConnections()
	for path, want := range map[string]string{
		"/third-party/tasks-vision/vision_bundle.mjs": "a library",
		"/css/tokens.css":             "other colours",
		"/css/base.css":               "",
		"/third-party/lucide/LICENSE": "",
		"/":                           "",
		"/group/tea/":                 "",
	} {
		if status, body := fetch(t, c, r.url("https")+path); status != http.StatusOK || want != "" && body != want {
			t.Errorf("%s: %d %.100q", path, status, body)
		}
	}
	for _, path := range []string{"/third-party/", "/third-party/nothing.js", "/css/../../secret"} {
		if status, _ := fetch(t, c, r.url("https")+path); status == http.StatusOK {
			t.Errorf("%s: %d", path, status)
		}
	}
	tag := func() string {
		t.Helper()
		resp, err := c.Head(r.url("https") + "/css/tokens.css")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.Header.Get("ETag")
	}
	before := tag()
	writeFile(t, filepath.Join(conf.Static, "css", "tokens.css"), "colours once more")
	if after := tag(); before == "" || after == before {
		t.Errorf("a file that was edited has the entity tag %s, before that %s", after, before)
	}
}

// Two servers share nothing.
func TestTwoServersInOneProcess(t *testing.T) {
	a := start(t, configuration(t, files{"tea.json": open}))
	b := start(t, configuration(t, files{"tea.json": open}))
	ada := testclient.Join(t, a.url("wss")+"/ws", "tea", "ada", "")
	bob := testclient.Join(t, b.url("wss")+"/ws", "tea", "bob", "")
	ada.Chat("hello")
	for _, m := range bob.Sync() {
		if m.Type == "chat" || m.Type == "user" && m.User() == "ada" {
			t.Errorf("bob got %v", m)
		}
	}
	a.stop()
	bob.Chat("still here")
	bob.Sync()
}

// Members are told, and get a close frame (W-20).
func TestShutdown_GRP14_H15_H16_HW5(t *testing.T) {
	r := start(t, configuration(t, files{"tea.json": open}))
	ada := testclient.Join(t, r.url("wss")+"/ws", "tea", "ada", "")
	bob := testclient.Join(t, r.url("wss")+"/ws", "tea", "bob", "")
	lurker := testclient.Connect(t, r.url("wss")+"/ws")
	started := time.Now()
	r.stop()
	if took := time.Since(started); took > 4*time.Second {
		t.Errorf("it took %v", took)
	}
	for _, c := range []*testclient.Client{ada, bob} {
		if got := c.AwaitWhere("kicked", func(m testclient.Message) bool {
			return m.Type == "usermessage" && m.Kind == "kicked"
		}); got.Text() != farewell {
			t.Errorf("told %q", got.Text())
		}
	}
	for _, c := range []*testclient.Client{ada, bob, lurker} {
		<-c.Ended()
	}
	if _, err := net.Dial("tcp", r.Addr().String()); err == nil {
		t.Error("still listening")
	}
}

// Whoever sends half a request does not keep the server from stopping.
func TestShutdownIsBounded_H15(t *testing.T) {
	conf := configuration(t, nil)
	conf.Insecure = true
	r := start(t, conf)
	c, err := net.Dial("tcp", r.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\n"); err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	r.stop()
	if took := time.Since(started); took > 4*time.Second {
		t.Errorf("it took %v", took)
	}
}

// Nor does a name server that does not answer, in the middle of the test of a relay.
func TestShutdownWithoutNameServer_H15(t *testing.T) {
	asked := testclient.SilentNames(t)
	conf := configuration(t, nil)
	writeFile(t, filepath.Join(conf.Data, "ice-servers.json"),
		`[{"urls": ["turn:turn.example.org"], "username": "u", "credential": "c"}]`)
	r := start(t, conf)
	asked()
	started := time.Now()
	r.stop() // fails if it is stuck
	if took := time.Since(started); took > 4*time.Second {
		t.Errorf("it took %v", took)
	}
}

// A listener that fails ends the server with an error.
func TestListenerFailure_HW22_SW4(t *testing.T) {
	conf := configuration(t, nil)
	conf.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	s, err := New(conf)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Run(context.Background()) }()
	s.door.Interrupt()
	select {
	case err := <-done:
		if err == nil {
			t.Error("no error")
		}
	case <-time.After(testclient.Timeout):
		t.Fatal("the server goes on without a listener")
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	cycle := func() {
		r := start(t, configuration(t, files{"tea.json": open}))
		ada := testclient.Join(t, r.url("wss")+"/ws", "tea", "ada", "")
		c := client()
		fetch(t, c, r.url("https")+"/group/tea/.status")
		c.CloseIdleConnections()
		r.stop()
		<-ada.Ended()
	}
	cycle() // whatever is started once and for all
	before := runtime.NumGoroutine()
	cycle()
	cycle()
	await(t, "end of all goroutines", func() bool { return runtime.NumGoroutine() <= before })
}

func TestStartFails(t *testing.T) {
	conf := configuration(t, nil)
	conf.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	before := runtime.NumGoroutine()

	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	conf.HTTP = busy.Addr().String()
	if err := Run(t.Context(), conf); err == nil {
		t.Error("listens on a busy port")
	}
	conf.HTTP = "127.0.0.1:0"
	conf.UDPRange = "9-5"
	if err := Run(t.Context(), conf); !errors.Is(err, udpmux.ErrRange) {
		t.Errorf("bad range: %v", err)
	}
	conf.UDPRange = ""
	conf.Static = filepath.Join(conf.Data, "nowhere")
	if err := Run(t.Context(), conf); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no static files: %v", err)
	}
	await(t, "end of all goroutines", func() bool { return runtime.NumGoroutine() <= before })
}
