package webserver

import (
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"galene/group"
)

// Files, group pages and errors with a page carry the security headers; documents for
// programs do not, as nothing is rendered from them (H-50, H-51).
func TestSecurityHeaders_H50_H51(t *testing.T) {
	s := newTestServer(t, nil)
	for target, want := range map[string]bool{
		"/": true, "/js": true, "/js/": true, "/nowhere": true, "/picture.png": true, "/group/tea/": true,
		"/group/nowhere/": true, "/group/tea/.status": false, "/public-groups.json": false,
	} {
		h := get(t, s, target).Header()
		for _, name := range []string{"Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options"} {
			if (h.Get(name) != "") != want {
				t.Errorf("%s: %s is %q", target, name, h.Get(name))
			}
		}
	}
	// Errors in plain text are not guessed at.
	for _, c := range []struct{ method, target string }{
		{"GET", "/group/broken/.status"}, {"POST", "/group/tea/.status"}, {"POST", "/"}, {"GET", "/galene-api/"}, {"GET", "/ws"},
	} {
		w := do(t, s, c.method, c.target)
		if w.Code < 400 || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s %s: %d %v", c.method, c.target, w.Code, w.Header())
		}
	}
}

// The worker that finds people in pictures may compile WebAssembly, and nothing else may.
func TestWebAssemblyIsForOneWorker(t *testing.T) {
	files := pages()
	files[segmentation] = &fstest.MapFile{Data: []byte("export {};\n")}
	s := newTestServer(t, func(o *Options) { o.Static = files })
	for target, want := range map[string]bool{"/" + segmentation: true, "/js/call.js": false, "/": false, "/group/tea/": false} {
		p := get(t, s, target).Header().Get("Content-Security-Policy")
		if strings.Contains(p, "'wasm-unsafe-eval'") != want || strings.Contains(p, "'unsafe-eval'") ||
			!strings.Contains(p, "require-trusted-types-for 'script'") {
			t.Errorf("%s: %s", target, p)
		}
	}
}

// What is not there: redirects by HSTS, compression, the name of the program, trust in
// what a client says about itself (H-9); headers for other origins (H-40, H-45).
func TestWhatIsNotSent_H9_H40_H45(t *testing.T) {
	groups := teaGroups()
	groups.conf = &group.Config{AllowOrigin: []string{"https://front.example"}}
	s := newTestServer(t, func(o *Options) { o.Groups = groups })
	for _, target := range []string{"/", "/js/call.js", "/nowhere", "/group/tea/", "/group/tea/.status", "/public-groups.json", "/healthz"} {
		w := get(t, s, target, "Accept-Encoding", "gzip, br, zstd", "Origin", "https://front.example",
			"X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "https", "Forwarded", "host=evil.example;proto=https")
		for _, name := range []string{
			"Strict-Transport-Security", "Content-Encoding", "Server",
			"Access-Control-Allow-Credentials", "Access-Control-Max-Age",
		} {
			wantHeader(t, w, name, "")
		}
		if body := w.Body.String(); strings.Contains(body, "evil.example") || strings.Contains(body, "https://example.com") {
			t.Errorf("%s: body %q", target, body)
		}
		if !strings.HasSuffix(target, ".status") && target != "/public-groups.json" {
			wantHeader(t, w, "Access-Control-Allow-Origin", "")
		}
	}
}

// All of the directory is public, files whose names begin with a period included (H-61).
func TestDotFilesArePublic_H61(t *testing.T) {
	tree := pages()
	tree[".well-known/security.txt"] = &fstest.MapFile{Data: []byte("call us")}
	tree[".hidden"] = &fstest.MapFile{Data: []byte("not hidden")}
	s := newTestServer(t, func(o *Options) { o.Static = fs.FS(tree) })
	for target, want := range map[string]string{"/.well-known/security.txt": "call us", "/.hidden": "not hidden"} {
		w := get(t, s, target)
		wantStatus(t, w, http.StatusOK)
		if w.Body.String() != want {
			t.Errorf("%s: %q", target, w.Body)
		}
	}
}

// proxyURL says where the group is, and nothing else: redirects stay paths, and the
// canonical host is what it is without (H-37).
func TestProxyURLIsForStatusOnly_H37(t *testing.T) {
	groups := teaGroups()
	groups.conf = &group.Config{ProxyURL: "https://front.example/sub"}
	s := newTestServer(t, func(o *Options) { o.Groups = groups })
	for target, want := range map[string]string{
		"/group/tea": "/group/tea/", "/js": "/js/", "/group/tea/.status.json": "/group/tea/.status", "/": "",
	} {
		w := get(t, s, target)
		wantHeader(t, w, "Location", want)
		if w.Header().Values("Set-Cookie") != nil {
			t.Errorf("%s: cookies %v", target, w.Header())
		}
	}
	groups.conf.CanonicalHost = "main.example"
	wantHeader(t, get(t, s, "/js/"), "Location", "https://main.example/js/")
}
