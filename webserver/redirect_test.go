package webserver

import (
	"net/http"
	"testing"

	"galene/group"
)

// Acceptance check 7.
func TestCanonicalHost_H30_H31_H32_H33_HW1_HW4(t *testing.T) {
	groups := teaGroups()
	groups.conf = &group.Config{CanonicalHost: "v.example:8443"}
	s := newTestServer(t, func(o *Options) { o.Groups = groups })
	for _, c := range []struct {
		method, target, location string
		status                   int
	}{
		{"GET", "/", "https://v.example:8443/", 301},
		{"HEAD", "/", "https://v.example:8443/", 301},
		{"GET", "/group/tea/?token=x", "https://v.example:8443/group/tea/?token=x", 301},
		{"GET", "/group/sp%20ace%3f/", "https://v.example:8443/group/sp%20ace%3f/", 301},
		{"GET", "/group/tea/.status", "https://v.example:8443/group/tea/.status", 301},
		{"GET", "/recordings/tea/", "https://v.example:8443/recordings/tea/", 301},
		{"POST", "/group/tea/.whip", "https://v.example:8443/group/tea/.whip", 308},
		{"GET", "/public-groups.json", "", 200},
		{"GET", "/galene-api/v0/.groups/", "", 404},
		{"GET", "/ws", "", 400},
		{"GET", "/healthz", "", 200},
		{"GET", "/recordings?a=b", "/recordings/?a=b", 308},
	} {
		w := do(t, s, c.method, c.target, "Host", "other.example")
		wantStatus(t, w, c.status)
		wantHeader(t, w, "Location", c.location)
	}
	wantStatus(t, get(t, s, "/", "Host", "V.Example:8443"), http.StatusOK)
	wantStatus(t, get(t, s, "/", "Host", "v.example"), http.StatusMovedPermanently)
}

func TestPathsOfLaterParts(t *testing.T) {
	s := newTestServer(t, nil)
	for target, contentType := range map[string]string{
		"/recordings/tea/":        "text/html; charset=utf-8",
		"/galene-api/v0/.groups/": "text/plain; charset=utf-8",
	} {
		w := get(t, s, target)
		wantStatus(t, w, http.StatusNotFound)
		wantHeader(t, w, "Content-Type", contentType)
	}
}

func TestPanicIsAnswered(t *testing.T) {
	groups := teaGroups()
	s := newTestServer(t, func(o *Options) { o.Groups = panicking{groups} })
	wantStatus(t, get(t, s, "/group/tea/"), http.StatusInternalServerError)
	wantStatus(t, get(t, s, "/"), http.StatusOK)
}

type panicking struct{ *fakeGroups }

func (panicking) Describe(string) (*group.Description, error) { panic("a bug") }
