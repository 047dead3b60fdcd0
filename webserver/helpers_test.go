package webserver

import (
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gorilla/websocket"

	"galene/group"
)

// fakeGroups is a set of groups without members.
type fakeGroups struct {
	conf    *group.Config
	confErr error
	groups  map[string]*group.Description
	errs    map[string]error // of broken groups
}

func (f *fakeGroups) Config() (*group.Config, error) {
	if f.confErr != nil {
		return nil, f.confErr
	}
	if f.conf == nil {
		return &group.Config{}, nil
	}
	return f.conf, nil
}

func (f *fakeGroups) Describe(name string) (*group.Description, error) {
	if err := f.errs[name]; err != nil {
		return nil, err
	}
	if d := f.groups[name]; d != nil {
		return d, nil
	}
	return nil, fmt.Errorf("%q: %w", name, group.ErrNoGroup)
}

func (f *fakeGroups) Status(name string) (group.Status, error) {
	d, err := f.Describe(name)
	if err != nil {
		return group.Status{}, err
	}
	status := group.Status{Name: name, DisplayName: d.DisplayName}
	if d.Redirect != "" {
		status.Redirect = d.Redirect
		return status, nil
	}
	if d.Public {
		status.ClientCount = new(int)
	}
	return status, nil
}

func (f *fakeGroups) Public() ([]group.Status, error) {
	var list []group.Status
	for name, d := range f.groups {
		if d.Public {
			status, err := f.Status(name)
			if err != nil {
				return nil, err
			}
			list = append(list, status)
		}
	}
	slices.SortFunc(list, func(a, b group.Status) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// teaGroups is the set of groups that most tests use.
func teaGroups() *fakeGroups {
	return &fakeGroups{
		groups: map[string]*group.Description{
			"tea":       {DisplayName: "Tea", Public: true},
			"tea/green": {},
			"private":   {},
			"sp ace?":   {},
			"signed":    {AuthServer: "https://id.example/auth?x"},
			"injected":  {AuthServer: "https://id.example;script-src *"},
			"moved":     {Redirect: "https://elsewhere.example/group/moved/"},
			"scripted":  {Redirect: "javascript:alert(1)"},
		},
		errs: map[string]error{
			"broken": fmt.Errorf("broken.json: %w", group.ErrDescription),
		},
	}
}

// built stands for the time at which the frontend was built.
var built = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// pages is a frontend, immutable as an embedded one.
func pages() fstest.MapFS {
	return fstest.MapFS{
		"index.html":            {Data: []byte("<!DOCTYPE html><title>index</title>")},
		"galene.html":           {Data: []byte("<!DOCTYPE html><title>group</title>")},
		"404.html":              {Data: []byte("<!DOCTYPE html><title>not found</title>")},
		"js/call.js":            {Data: []byte("export {};\n")},
		"picture.png":           {Data: []byte("not really")},
		"third-party/x/LICENSE": {Data: []byte("free")},
	}
}

// newTestServer returns a server for tests; change alters its options.
func newTestServer(t testing.TB, change func(*Options)) *Server {
	t.Helper()
	o := Options{
		Groups:      teaGroups(),
		Session:     func(c *websocket.Conn, _ string) { c.Close() },
		Static:      pages(),
		OwnFrontend: true,
		Built:       built,
		Logger:      slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// withDirectory makes a server serve a directory.
func withDirectory(static fs.FS) func(*Options) {
	return func(o *Options) {
		o.Static = static
		o.OwnFrontend = false
	}
}

// do serves one request, with header fields in pairs of name and value.
func do(t *testing.T, h http.Handler, method, target string, fields ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i] == "Host" {
			r.Host = fields[i+1]
			continue
		}
		r.Header.Add(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func get(t *testing.T, h http.Handler, target string, fields ...string) *httptest.ResponseRecorder {
	t.Helper()
	return do(t, h, http.MethodGet, target, fields...)
}

func wantStatus(t *testing.T, w *httptest.ResponseRecorder, status int) {
	t.Helper()
	if w.Code != status {
		t.Errorf("status %d, want %d; body %q", w.Code, status, w.Body)
	}
}

func wantHeader(t *testing.T, w *httptest.ResponseRecorder, name, value string) {
	t.Helper()
	if got := w.Header().Get(name); got != value {
		t.Errorf("%s: %q, want %q", name, got, value)
	}
}

// fsDir is a directory on disk.
type fsDir struct {
	fs.FS
	path string
}

func openDir(t *testing.T, path string) fsDir {
	t.Helper()
	root, err := os.OpenRoot(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return fsDir{root.FS(), path}
}
