package webserver

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestStaticFiles_H50_H56_H59_H64(t *testing.T) {
	s := newTestServer(t, nil)
	for _, c := range []struct{ target, body, contentType, cache string }{
		{"/", "<!DOCTYPE html><title>index</title>", "text/html; charset=utf-8", "no-cache"},
		{"/index.html", "<!DOCTYPE html><title>index</title>", "text/html; charset=utf-8", "no-cache"},
		{"/js/call.js", "export {};\n", "text/javascript; charset=utf-8", "no-cache"},
		{"/picture.png", "not really", "image/png", "max-age=1800"},
		{"/third-party/x/LICENSE", "free", "text/plain; charset=utf-8", "max-age=86400"},
	} {
		w := get(t, s, c.target)
		wantStatus(t, w, http.StatusOK)
		if w.Body.String() != c.body {
			t.Errorf("%s: body %q", c.target, w.Body)
		}
		wantHeader(t, w, "Content-Type", c.contentType)
		wantHeader(t, w, "Cache-Control", c.cache)
		wantHeader(t, w, "Accept-Ranges", "bytes")
		wantHeader(t, w, "Last-Modified", built.Format(http.TimeFormat))
		wantHeader(t, w, "Referrer-Policy", "no-referrer")
		wantHeader(t, w, "X-Content-Type-Options", "nosniff")
		if csp := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(csp, "connect-src ws: wss: 'self'; ") {
			t.Errorf("%s: policy %q", c.target, csp)
		}
	}
}

// Acceptance check 1.
func TestStaticNotFound_H66(t *testing.T) {
	s := newTestServer(t, nil)
	for _, target := range []string{"/nowhere", "/index.html/", "/js/nowhere.js", "/a%00b", "/a%5cb", "/ws/"} {
		w := get(t, s, target)
		wantStatus(t, w, http.StatusNotFound)
		wantHeader(t, w, "Content-Type", "text/html; charset=utf-8")
		if w.Body.String() != "<!DOCTYPE html><title>not found</title>" {
			t.Errorf("%s: body %q", target, w.Body)
		}
		if w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s: no policy", target)
		}
	}
	bare := pages()
	delete(bare, "404.html")
	s = newTestServer(t, func(o *Options) { o.Static = bare })
	if w := get(t, s, "/nowhere"); w.Body.String() != "<p>Not found</p>\n" {
		t.Errorf("body %q", w.Body)
	}
}

func TestStaticDirectories_H62_H63(t *testing.T) {
	s := newTestServer(t, nil)
	w := get(t, s, "/js?a=b")
	wantStatus(t, w, http.StatusPermanentRedirect)
	wantHeader(t, w, "Location", "/js/?a=b")
	w = get(t, s, "/js/")
	wantStatus(t, w, http.StatusForbidden)
	if w.Body.String() != "Forbidden\n" {
		t.Errorf("body %q", w.Body)
	}
}

func TestUncleanPaths_H21(t *testing.T) {
	s := newTestServer(t, nil)
	for _, target := range []string{"//js/call.js?a=b", "/x/../js/call.js?a=b", "/./js/call.js?a=b"} {
		w := get(t, s, target)
		if w.Code/100 != 3 {
			t.Errorf("%s: status %d", target, w.Code)
		}
		wantHeader(t, w, "Location", "/js/call.js?a=b")
	}
	// What is encoded stays so, once.
	for target, location := range map[string]string{
		"//group/a%20b/":      "/group/a%20b/",
		"/x/../group/a%2fb?c": "/group/a%2fb?c",
		"/./group/%c3%a9/":    "/group/%c3%a9/",
		"/group/../":          "/",
	} {
		w := get(t, s, target)
		wantStatus(t, w, http.StatusTemporaryRedirect)
		wantHeader(t, w, "Location", location)
	}
}

func TestMethods_H22_HW17(t *testing.T) {
	s := newTestServer(t, nil)
	for _, target := range []string{"/", "/group/tea/", "/group/tea/.status", "/public-groups.json"} {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch} {
			w := do(t, s, method, target)
			wantStatus(t, w, http.StatusMethodNotAllowed)
			wantHeader(t, w, "Allow", "OPTIONS, GET, HEAD")
			if w.Body.String() != "method not allowed\n" {
				t.Errorf("%s %s: body %q", method, target, w.Body)
			}
		}
		w := do(t, s, http.MethodHead, target)
		wantStatus(t, w, http.StatusOK)
		if w.Body.Len() != 0 {
			t.Errorf("HEAD %s: body %q", target, w.Body)
		}
		wantStatus(t, do(t, s, http.MethodOptions, target), http.StatusNoContent)
	}
}

// Acceptance check 4.
func TestConditionalRequests_H57_H58(t *testing.T) {
	for name, s := range map[string]*Server{
		"embedded":  newTestServer(t, nil),
		"directory": newTestServer(t, withDirectory(directory(t))),
	} {
		for _, target := range []string{"/", "/group/tea/"} {
			tag := get(t, s, target).Header().Get("Etag")
			if !strings.HasPrefix(tag, `"`) {
				t.Fatalf("%s %s: tag %q", name, target, tag)
			}
			w := get(t, s, target, "If-None-Match", `"other", `+tag)
			wantStatus(t, w, http.StatusNotModified)
			wantHeader(t, w, "Etag", tag)
			wantHeader(t, w, "Cache-Control", "no-cache")
			if w.Header().Get("Content-Security-Policy") == "" || w.Body.Len() != 0 {
				t.Errorf("%s %s: bad 304", name, target)
			}
			wantStatus(t, get(t, s, target, "If-None-Match", `"other"`), http.StatusOK)
			wantStatus(t, get(t, s, target, "If-Match", `"other"`), http.StatusPreconditionFailed)
			w = get(t, s, target, "Range", "bytes=2-8")
			wantStatus(t, w, http.StatusPartialContent)
			if w.Body.String() != "DOCTYPE" {
				t.Errorf("%s %s: range %q", name, target, w.Body)
			}
			wantStatus(t, get(t, s, target, "Range", "bytes=9999-"), http.StatusRequestedRangeNotSatisfiable)
			wantStatus(t, get(t, s, target, "If-None-Match", "*"), http.StatusNotModified)
			wantStatus(t, get(t, s, target, "If-None-Match", "W/"+tag), http.StatusNotModified)
			wantStatus(t, get(t, s, target, "Range", "bytes=2-8", "If-Range", tag), http.StatusPartialContent)
			wantStatus(t, get(t, s, target, "Range", "bytes=2-8", "If-Range", `"other"`), http.StatusOK)
			modified := get(t, s, target).Header().Get("Last-Modified")
			wantStatus(t, get(t, s, target, "If-Modified-Since", modified), http.StatusNotModified)
			const past = "Mon, 01 Jan 2001 00:00:00 GMT"
			wantStatus(t, get(t, s, target, "If-Modified-Since", past), http.StatusOK)
			wantStatus(t, get(t, s, target, "If-Unmodified-Since", past), http.StatusPreconditionFailed)
			wantStatus(t, get(t, s, target, "If-Unmodified-Since", modified), http.StatusOK)
		}
	}
}

func TestTagsFollowContents_HW11(t *testing.T) {
	changed := pages()
	changed["index.html"].Data = []byte("<!DOCTYPE html><title>INDEX</title>")
	a := get(t, newTestServer(t, nil), "/")
	b := get(t, newTestServer(t, func(o *Options) { o.Static = changed }), "/")
	if a.Header().Get("Etag") == b.Header().Get("Etag") {
		t.Error("two versions have the same tag")
	}
}

// directory returns a directory with the pages, on disk.
func directory(t *testing.T) fsDir {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, pages()); err != nil {
		t.Fatal(err)
	}
	return openDir(t, dir)
}

func TestDirectoryIsReadEachTime_H60_H55(t *testing.T) {
	dir := directory(t)
	s := newTestServer(t, withDirectory(dir))
	first := get(t, s, "/")
	index := filepath.Join(dir.path, "index.html")
	if err := os.WriteFile(index, []byte("edited"), 0o600); err != nil {
		t.Fatal(err)
	}
	mtime := time.Unix(1700000000, 123456700)
	if err := os.Chtimes(index, mtime, mtime); err != nil {
		t.Fatal(err)
	}
	w := get(t, s, "/", "If-None-Match", first.Header().Get("Etag"))
	wantStatus(t, w, http.StatusOK)
	wantHeader(t, w, "Etag", `"6-1700000000123456700"`)
	if w.Body.String() != "edited" {
		t.Errorf("body %q", w.Body)
	}
	// A frontend that is not ours may use WebAssembly.
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'wasm-unsafe-eval' 'self'") {
		t.Errorf("policy %q", csp)
	}
}

// Acceptance check 5.
func TestNothingOutsideTheRoot_H21_H65(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("symbolic links need privileges")
	}
	dir := directory(t)
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{
		"absolute": outside,
		"relative": "../" + filepath.Base(filepath.Dir(outside)) + "/secret",
		"updir":    "..",
		"inside":   "js/call.js",
	} {
		if err := os.Symlink(target, filepath.Join(dir.path, link)); err != nil {
			t.Fatal(err)
		}
	}
	s := newTestServer(t, withDirectory(dir))
	for _, target := range []string{
		"/..%2f..%2fetc/passwd", "/%2e%2e/secret", "/absolute", "/relative",
		"/updir/secret", "/updir/", "/js/..%2f..%2fsecret", "/..%5csecret",
	} {
		w := get(t, s, target)
		wantStatus(t, w, http.StatusNotFound)
		if strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: got the secret", target)
		}
	}
	w := get(t, s, "/inside")
	wantStatus(t, w, http.StatusOK)
	if w.Body.String() != "export {};\n" {
		t.Errorf("body %q", w.Body)
	}
}

func FuzzStaticPath(f *testing.F) {
	for _, seed := range []string{"/", "/js", "/js/", "/group/tea/", "/group/tea/.status", "/%2e%2e/x", "/a//b", "/group/%00"} {
		f.Add(seed)
	}
	s := newTestServer(f, nil)
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || !strings.HasPrefix(target, "/") {
			return
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL, r.RequestURI = u, target
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		// These groups are meant to fail.
		if w.Code >= 500 && !strings.Contains(u.Path, "broken") && !strings.Contains(u.Path, "scripted") {
			t.Errorf("%q: status %d", target, w.Code)
		}
		if l := w.Header().Get("Location"); strings.HasPrefix(l, "//") {
			t.Errorf("%q: redirected to another host: %q", target, l)
		}
	})
}
