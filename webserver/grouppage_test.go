package webserver

import (
	"net/http"
	"strings"
	"testing"
)

func TestSplitGroupPath_H70(t *testing.T) {
	for _, c := range []struct {
		in   string
		want groupPath
		name string
	}{
		{"/group/x", groupPath{"/group/x", "", ""}, "x"},
		{"/group/x/.status", groupPath{"/group/x", ".status", ""}, "x"},
		{"/group/x/y/.whip/abc", groupPath{"/group/x/y", ".whip", "/abc"}, "x/y"},
		{"/group/x/.users/u/.password", groupPath{"/group/x", ".users", "/u/.password"}, "x"},
		{"/group/tea/green/", groupPath{"/group/tea/green/", "", ""}, "tea/green"},
		{"/group/a..b/", groupPath{"/group/a..b/", "", ""}, "a..b"},
		{"/group/", groupPath{"/group/", "", ""}, ""},
		{"/group/..", groupPath{"/group", "..", ""}, ""},
		{"/group/.x/", groupPath{"/group", ".x", "/"}, ""},
		{`/group/a\b/`, groupPath{`/group/a\b/`, "", ""}, ""},
	} {
		got := splitGroupPath(c.in)
		if got != c.want {
			t.Errorf("%q: %+v, want %+v", c.in, got, c.want)
		}
		if name := got.name(); name != c.name {
			t.Errorf("%q: name %q, want %q", c.in, name, c.name)
		}
	}
}

func TestGroupPage_H76_H77(t *testing.T) {
	s := newTestServer(t, nil)
	for _, target := range []string{"/group/tea/", "/group/tea/green/", "/group/sp%20ace%3f/"} {
		w := get(t, s, target+"?token=x")
		wantStatus(t, w, http.StatusOK)
		if w.Body.String() != "<!DOCTYPE html><title>group</title>" {
			t.Errorf("%s: body %q", target, w.Body)
		}
		wantHeader(t, w, "Content-Type", "text/html; charset=utf-8")
		wantHeader(t, w, "Cache-Control", "no-cache")
		wantHeader(t, w, "Referrer-Policy", "no-referrer")
	}
}

// Acceptance check 2, with the query string kept and the path encoded (weak
// spots 1 and 2).
func TestGroupPageSlash_H20_HW1_HW2(t *testing.T) {
	s := newTestServer(t, nil)
	for target, location := range map[string]string{
		"/group/tea?token=a%20b":        "/group/tea/?token=a%20b",
		"/group/tea//":                  "/group/tea/",
		"/group/sp%20ace%3f?x=1":        "/group/sp%20ace%3F/?x=1",
		"/group/tea/.status.json?a=b":   "/group/tea/.status?a=b",
		"/group/tea/green/.status.json": "/group/tea/green/.status",
		"/group?x=1":                    "/group/?x=1",
		"/galene-api?x=1":               "/galene-api/?x=1",
	} {
		w := get(t, s, target)
		if w.Code/100 != 3 {
			t.Errorf("%s: status %d", target, w.Code)
		}
		wantHeader(t, w, "Location", location)
	}
	wantStatus(t, get(t, s, "/group/tea"), http.StatusPermanentRedirect)
}

func TestGroupPageNotFound_H71_H72_HW16(t *testing.T) {
	s := newTestServer(t, nil)
	for _, target := range []string{
		"/group/nosuch/", "/group/nosuch", "/group/", "/group/nosuch/.status", "/group/.x/",
		"/group/%2e%2e/", "/group/a%5cb/", "/group/a%00/", "/group/tea/.unknown",
		"/group/tea/.status/more", "/group/tea/.whip", "/group/.status",
	} {
		w := get(t, s, target)
		wantStatus(t, w, http.StatusNotFound)
		wantHeader(t, w, "Content-Type", "text/html; charset=utf-8")
	}
	for _, target := range []string{"/group/broken/", "/group/broken/.status"} {
		w := get(t, s, target)
		wantStatus(t, w, http.StatusInternalServerError)
		if w.Body.String() != "Internal server error\n" {
			t.Errorf("%s: body %q", target, w.Body)
		}
	}
}

func TestGroupRedirect_HW3(t *testing.T) {
	s := newTestServer(t, nil)
	w := get(t, s, "/group/moved/?token=x")
	wantStatus(t, w, http.StatusTemporaryRedirect)
	wantHeader(t, w, "Location", "https://elsewhere.example/group/moved/?token=x")
	wantHeader(t, w, "Cache-Control", "no-cache")
	w = get(t, s, "/group/scripted/")
	wantStatus(t, w, http.StatusInternalServerError)
	wantHeader(t, w, "Location", "")
}

// Acceptance check 3.
func TestGroupPagePolicy_HW10(t *testing.T) {
	for name, s := range map[string]*Server{
		"ours":   newTestServer(t, nil),
		"theirs": newTestServer(t, withDirectory(directory(t))),
	} {
		csp := get(t, s, "/group/signed/").Header().Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "connect-src https://id.example ws: wss: 'self'; ") {
			t.Errorf("%s: policy %q", name, csp)
		}
		for _, directive := range []string{"frame-ancestors 'self'", "base-uri 'none'", "object-src 'none'"} {
			if !strings.Contains(csp, directive) {
				t.Errorf("%s: no %s in %q", name, directive, csp)
			}
		}
		csp = get(t, s, "/group/injected/").Header().Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "connect-src ws: wss: 'self'; ") {
			t.Errorf("%s: policy %q", name, csp)
		}
	}
}

func TestOriginOf(t *testing.T) {
	for in, want := range map[string]string{
		"https://id.example/a?b":      "https://id.example",
		"https://id.example:8443":     "https://id.example:8443",
		"http://[::1]:80/":            "http://[::1]:80",
		"https://user@id.example/":    "https://id.example",
		"":                            "",
		"id.example":                  "",
		"javascript:alert(1)":         "",
		"https://":                    "",
		"https://a;script-src":        "",
		"https://a,b":                 "",
		"https://*.example":           "",
		"https://a b/":                "",
		"data:text/html,hello":        "",
		"https://ex'ample/":           "",
		"https://b\u00fccher.example": "",
	} {
		if got := originOf(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
