package playback

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"galene/group"
	"galene/recorder/archive"
)

// users are those of every group: all passwords are "secret".
type users map[string]string // permission by name

func (u users) CheckPassword(_ context.Context, name, username, password, _ string) (group.Permissions, error) {
	if name == "missing" {
		return group.Permissions{}, &group.Error{ID: "no-such-group", Text: "group does not exist"}
	}
	if username == "hasty" {
		return group.Permissions{}, &group.Error{ID: "busy", Text: "server busy, try again"}
	}
	permission, ok := u[username]
	if !ok || password != "secret" {
		return group.Permissions{}, &group.Error{ID: "not-authorised", Text: "not authorised"}
	}
	return group.NewPermissions(permission), nil
}

// site is a handler with two groups, one below the other.
type site struct {
	t       *testing.T
	dir     string
	handler *Handler
}

const evil = `<img src=x onerror=alert(1)> 100%?#&.webm`

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir()}
	s.handler = New(Options{
		Archive: archive.New(s.dir),
		Groups:  users{"ada": "record", "bob": "present"},
	})
	for _, name := range []string{"tea/a.webm", "tea/b.mkv", "tea/c.webm.part", "tea/green/d.webm", "tea/.hidden", "e.webm"} {
		s.write(name, "0123456789")
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(s.dir, "tea", "b.mkv"), old, old); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) write(name, content string) {
	s.t.Helper()
	file := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// exists says whether a file exists.
func (s *site) exists(name string) bool {
	_, err := os.Lstat(filepath.Join(s.dir, name))
	return !errors.Is(err, fs.ErrNotExist)
}

// do makes a request as a user, with header fields in pairs.
func (s *site) do(method, target, user string, fields ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.send(httptest.NewRequest(method, target, nil), user, fields...)
}

// post sends a form as ada.
func (s *site) post(target string, form url.Values, fields ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequest("POST", target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.send(r, "ada", fields...)
}

func (s *site) send(r *http.Request, user string, fields ...string) *httptest.ResponseRecorder {
	if user != "" {
		r.SetBasicAuth(user, "secret")
	}
	for i := 0; i+1 < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

func want(t *testing.T, w *httptest.ResponseRecorder, status int, fields ...string) {
	t.Helper()
	if w.Code != status {
		t.Errorf("status %d, want %d; body %.300q", w.Code, status, w.Body)
	}
	for i := 0; i+1 < len(fields); i += 2 {
		if got := w.Header().Get(fields[i]); got != fields[i+1] {
			t.Errorf("%s: %q, want %q", fields[i], got, fields[i+1])
		}
	}
}

// TestPaths looks at the first steps of http.md 9 (HW-16).
func TestPaths(t *testing.T) {
	s := newSite(t)
	for _, c := range []struct {
		path, user string
		status     int
		location   string
	}{
		{"/recordings/", "ada", 400, ""},
		{"/recordings/.hidden/", "ada", 400, ""},
		{"/recordings/tea/.hidden", "ada", 400, ""},
		{"/recordings/tea", "", 308, "/recordings/tea/"},
		{"/recordings/nowhere", "", 308, "/recordings/nowhere/"},
		{"/recordings/tea/green", "", 308, "/recordings/tea/green/"},
		{"/recordings/sp%20ace", "", 308, "/recordings/sp%20ace/"},
		{"/recordings/tea/", "ada", 200, ""},
		{"/recordings/tea/green/", "ada", 200, ""},
		{"/recordings/tea/a.webm", "ada", 200, ""},
		{"/recordings/tea/green/d.webm", "ada", 200, ""},
		{"/recordings/empty/", "ada", 404, ""},
		{"/recordings/tea/z.webm", "ada", 404, ""},
		{"/recordings/e.webm", "ada", 308, "/recordings/e.webm/"},
		{"/recordings/tea/..%2fe.webm", "ada", 400, ""},
		{"/recordings/tea/..%5ce.webm", "ada", 400, ""},
		{"/recordings/tea/a%00.webm", "ada", 400, ""},
	} {
		w := s.do("GET", c.path, c.user)
		want(t, w, c.status, "Location", c.location, "X-Content-Type-Options", "nosniff")
		if w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s: no content security policy", c.path)
		}
	}
}

// TestUniform401 is HW-7 (and H-90, HW-20): whoever may not see what is there cannot tell
// whether anything is.
func TestUniform401(t *testing.T) {
	s := newSite(t)
	for _, user := range []string{"", "bob", "eve"} {
		for _, method := range []string{"GET", "HEAD", "POST", "DELETE", "OPTIONS"} {
			for _, path := range []string{"", "a.webm", "z.webm", "c.webm.part"} {
				for _, name := range []string{"tea", "missing", "empty"} {
					w := s.do(method, "/recordings/"+name+"/"+path, user)
					want(t, w, 401, "WWW-Authenticate", `basic realm="recordings/`+name+`", charset="UTF-8"`,
						"Cache-Control", "no-cache")
					if w.Body.String() != "Haha!\n" {
						t.Errorf("body %q", w.Body)
					}
				}
			}
		}
	}
	w := s.do("GET", `/recordings/a%22%5C%0A%C3%A9/`, "")
	want(t, w, 400)
	w = s.do("GET", `/recordings/a%22%C3%A9/`, "")
	want(t, w, 401, "WWW-Authenticate", `basic realm="recordings/a\"%C3%A9", charset="UTF-8"`)
	want(t, s.do("GET", "/recordings/tea/", "hasty"), 429, "Retry-After", "10")
}

// TestFiles fetches files whole and in parts (H-94, H-95).
func TestFiles(t *testing.T) {
	s := newSite(t)
	w := s.do("GET", "/recordings/tea/a.webm", "ada")
	want(t, w, 200, "Content-Type", "video/webm", "Cache-Control", "no-cache", "Accept-Ranges", "bytes", "Content-Length", "10")
	want(t, s.do("GET", "/recordings/tea/b.mkv", "ada"), 200,
		"Content-Type", "video/x-matroska", "Cache-Control", "private, max-age=1800")
	want(t, s.do("GET", "/recordings/tea/c.webm.part", "ada"), 200,
		"Content-Type", "video/webm", "Cache-Control", "no-cache")
	part := s.do("GET", "/recordings/tea/a.webm", "ada", "Range", "bytes=3-5")
	want(t, part, 206, "Content-Range", "bytes 3-5/10")
	if part.Body.String() != "345" {
		t.Errorf("body %q", part.Body)
	}
	want(t, s.do("GET", "/recordings/tea/a.webm", "ada", "Range", "bytes=30-"), 416)
	want(t, s.do("GET", "/recordings/tea/a.webm", "ada", "If-None-Match", w.Header().Get("ETag")), 304)
	want(t, s.do("PUT", "/recordings/tea/a.webm", "ada"), 405, "Allow", "OPTIONS, HEAD, GET")
	want(t, s.do("PUT", "/recordings/tea/", "ada"), 405, "Allow", "OPTIONS, HEAD, GET, POST")
}

// TestLinks does not follow links, in or out (H-93).
func TestLinks(t *testing.T) {
	s := newSite(t)
	for name, to := range map[string]string{
		"tea/out.webm": "/etc/passwd", "tea/up.webm": "../e.webm", "tea/in.webm": "a.webm", "away": "/etc",
	} {
		if err := os.Symlink(to, filepath.Join(s.dir, name)); err != nil {
			t.Skip(err)
		}
	}
	for _, path := range []string{"tea/out.webm", "tea/up.webm", "tea/in.webm"} {
		want(t, s.do("GET", "/recordings/"+path, "ada"), 404)
	}
	if w := s.do("GET", "/recordings/away/", "ada"); w.Code == 200 {
		t.Error("a link leads out of the recordings")
	}
	if w := s.do("GET", "/recordings/tea/", "ada"); strings.Contains(w.Body.String(), "out.webm") {
		t.Error("links are listed")
	}
}

// TestList looks at the page (H-91, H-92, HW-9).
func TestList(t *testing.T) {
	s := newSite(t)
	s.write("tea/"+evil, "x")
	index := archive.Index{
		Version: 1, Group: "tea", Start: time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local),
		End:          time.Date(2026, 1, 2, 4, 4, 6, 0, time.Local),
		Participants: []archive.Participant{{ID: "1", Username: "ada"}, {ID: "2", Username: "<bob>"}},
		Files: []archive.IndexFile{
			{Name: "a.webm", Username: "<bob>", Label: "camera"},
			{Name: "c.webm", Username: "ada"},
		},
	}
	dir, err := archive.New(s.dir).Open("tea")
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if err := dir.WriteIndex(archive.IndexName(index.Start), &index); err != nil {
		t.Fatal(err)
	}
	w := s.do("GET", "/recordings/tea/", "ada")
	want(t, w, 200, "Content-Type", "text/html; charset=utf-8", "Cache-Control", "no-cache")
	page := w.Body.String()
	for _, part := range []string{
		"<title>Recordings of tea", "Friday, 2 January 2026, 03:04", "<li>Duration: 1:00:01</li>", "<li>With ada, &lt;bob&gt;</li>",
		"<span>&lt;bob&gt;</span>", `href="./a.webm"`, `href="./c.webm.part"`, "being written", "Other files",
		`<form method="post" action="/recordings/tea/">`, `name="filename" value="a.webm"`,
		`name="q" value="delete"`, `<data value="10"`,
		`href="./%3Cimg%20src=x%20onerror=alert%281%29%3E%20100%25%3F%23&amp;.webm"`,
	} {
		if !strings.Contains(page, part) {
			t.Errorf("no %s", part)
		}
	}
	for _, part := range []string{"<bob>", "<img src=x", ".hidden", "<script", "style=", "green"} {
		if strings.Contains(page, part) {
			t.Errorf("there is %s", part)
		}
	}
	if strings.Contains(page, "The whole meeting") {
		t.Error("there is a film of the meeting")
	}
	combined := archive.CombinedName(archive.IndexName(index.Start), ".mp4")
	s.write("tea/"+combined, "\x00\x00\x00\x24moov\x00\x00\x00\x1cmvhd"+strings.Repeat("\x00", 12)+"\x00\x00\x00\x0a\x00\x00\x8c\xb4")
	want(t, s.do("GET", "/recordings/tea/"+combined, "ada"), 200, "Content-Type", "video/mp4")
	page = s.do("GET", "/recordings/tea/", "ada").Body.String()
	if film := strings.Index(page, "The whole meeting"); film < 0 || film > strings.Index(page, `href="./`+combined+`"`) ||
		strings.Index(page, `href="./`+combined+`"`) > strings.Index(page, `href="./a.webm"`) {
		t.Error("the film of the meeting is not the first")
	}
	// 36020 tenths of a second.
	if _, film, _ := strings.Cut(page, "recording-film"); !strings.Contains(film[:strings.Index(film, "</article>")], "Duration: 1:00:02") {
		t.Errorf("how long the film is is not said: %s", film)
	}
	// What the link leads to.
	want(t, s.do("GET", "/recordings/tea/"+url.PathEscape(evil), "ada"), 200)
	if w := s.do("HEAD", "/recordings/tea/", "ada"); w.Code != 200 || w.Body.Len() != 0 {
		t.Errorf("HEAD: %d, %d bytes", w.Code, w.Body.Len())
	}
}

// TestLanguages: the page speaks the language that is asked for, in its direction.
func TestLanguages(t *testing.T) {
	s := newSite(t)
	for _, c := range []struct{ target, accept, want string }{
		{"/recordings/tea/", "", `<html lang="en" dir="ltr">`},
		{"/recordings/tea/", "nl, ar-EG;q=0.8, en;q=0.5", `<html lang="ar" dir="rtl">`},
		{"/recordings/tea/", "ar", "تسجيلات \u2068tea\u2069"},
		{"/recordings/tea/", "de;q=0, en;q=0.1, fr;q=0.2", `<html lang="fr" dir="ltr">`},
		{"/recordings/tea/?lang=pl", "de", "Nagrania grupy tea"},
		{"/recordings/tea/", ";;q=,*;q=x", `<html lang="en" dir="ltr">`},
	} {
		w := s.do("GET", c.target, "ada", "Accept-Language", c.accept)
		want(t, w, 200, "Vary", "Accept-Language")
		if !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s, %q: no %s", c.target, c.accept, c.want)
		}
	}
	for _, l := range languages {
		v := reflect.ValueOf(l)
		for i := range v.NumField() {
			name, text, source := v.Type().Field(i).Name, v.Field(i).String(), reflect.ValueOf(english).Field(i).String()
			if text == "" || strings.Count(text, "%") != strings.Count(source, "%") {
				t.Errorf("%s: %s is %q", l.Tag, name, text)
			}
		}
	}
}

// TestWords: dates, sizes and names are written as the language has it.
func TestWords(t *testing.T) {
	when := time.Date(2026, 3, 10, 14, 0, 0, 0, time.UTC)
	of := func(tag string) language {
		return languages[slices.IndexFunc(languages, func(l language) bool { return l.Tag == tag })]
	}
	for _, c := range []struct{ got, want string }{
		{of("en").date(when), "Tuesday, 10 March 2026, 14:00"},
		{of("ar").date(when), "10 مارس 2026، 14:00"},
		{of("de").date(when), "10.03.2026, 14:00"},
		{of("en").size(999), "999\u00a0B"},
		{of("fr").size(1500), "1,5\u00a0ko"},
		{of("ar").size(9e6), "9.0\u00a0ميغابايت"},
		{of("en").size(12e15), "12000.0\u00a0TB"},
		{of("en").name("ada"), "ada"},
		{of("en").name("محمد"), "\u2068محمد\u2069"},
		{of("ar").name("محمد"), "محمد"},
		{of("ar").name("ada"), "\u2068ada\u2069"},
	} {
		if c.got != c.want {
			t.Errorf("%q, not %q", c.got, c.want)
		}
	}
}

// TestDelete looks at the form (H-93, HW-8).
func TestDelete(t *testing.T) {
	s := newSite(t)
	del := func(name string) url.Values { return url.Values{"q": {"delete"}, "filename": {name}} }
	for _, c := range []struct {
		form   url.Values
		status int
	}{
		{url.Values{"q": {"delete"}}, 400},
		{url.Values{"q": {"rename"}, "filename": {"a.webm"}}, 400},
		{del("../e.webm"), 400},
		{del("green/d.webm"), 400},
		{del(`..\e.webm`), 400},
		{del(".."), 400},
		{del(".hidden"), 400},
		{del("green"), 404},
		{del("z.webm"), 404},
		{del("c.webm.part"), 409},
	} {
		want(t, s.post("/recordings/tea/", c.form), c.status)
	}
	for _, foreign := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"},
	} {
		want(t, s.post("/recordings/tea/", del("a.webm"), foreign...), 403)
	}
	if !s.exists("tea/a.webm") || !s.exists("e.webm") || !s.exists("tea/green/d.webm") {
		t.Fatal("something has been deleted")
	}
	want(t, s.post("/recordings/tea/", del("a.webm"), "Sec-Fetch-Site", "same-origin"), 303, "Location", "/recordings/tea/")
	if s.exists("tea/a.webm") {
		t.Error("the file is still there")
	}
}

// TestPrune removes the index with the last file of a session.
func TestPrune(t *testing.T) {
	s := newSite(t)
	dir, err := archive.New(s.dir).Open("tea")
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	start := time.Now()
	name := archive.IndexName(start)
	index := archive.Index{Start: start, End: start, Files: []archive.IndexFile{{Name: "a.webm"}, {Name: "b.mkv"}}}
	if err := dir.WriteIndex(name, &index); err != nil {
		t.Fatal(err)
	}
	for i, file := range []string{"a.webm", "b.mkv"} {
		want(t, s.post("/recordings/tea/", url.Values{"q": {"delete"}, "filename": {file}}), 303)
		if s.exists("tea/"+name) != (i == 0) {
			t.Errorf("after %s, the index exists: %v", file, i != 0)
		}
	}
	// A film of the meeting keeps the index.
	if err := dir.WriteIndex(name, &index); err != nil {
		t.Fatal(err)
	}
	film := archive.CombinedName(name, ".webm")
	s.write("tea/"+film, "film")
	s.write("tea/a.webm", "x")
	for i, file := range []string{"a.webm", film} {
		want(t, s.post("/recordings/tea/", url.Values{"q": {"delete"}, "filename": {file}}), 303)
		if s.exists("tea/"+name) != (i == 0) {
			t.Errorf("after %s, the index exists: %v", file, i != 0)
		}
	}
}

// Who has gone before it is known whether they may look gets no answer, least of all 200.
func TestGone(t *testing.T) {
	s := newSite(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("recovered %v", p)
		}
	}()
	s.send(httptest.NewRequestWithContext(ctx, "GET", "/recordings/tea/", nil), "eve")
}
