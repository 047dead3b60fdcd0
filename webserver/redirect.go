package webserver

import (
	"net/http"
	"net/url"
	"strings"
)

// redirectPath redirects to a path on this server, keeping the query string.
// The path is given decoded.  It is not to be remembered for ever.
func redirectPath(w http.ResponseWriter, r *http.Request, path string) {
	// A path that starts with two slashes would name another host.
	u := url.URL{Path: "/" + strings.TrimLeft(path, "/"), RawQuery: r.URL.RawQuery}
	redirect(w, u.String(), http.StatusPermanentRedirect)
}

// redirect sends a redirect without a body.
func redirect(w http.ResponseWriter, location string, status int) {
	h := w.Header()
	h.Set("Location", location)
	h.Set("Cache-Control", "no-cache")
	w.WriteHeader(status)
}

// canonicalHost is a middleware that redirects requests for another host than
// the configured one (H-30).
func (s *Server) canonicalHost(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// An invalid configuration is reported by those who need it (H-27).
		conf, err := s.groups.Config()
		if err != nil || conf.CanonicalHost == "" || equalFold(conf.CanonicalHost, r.Host) {
			h.ServeHTTP(w, r)
			return
		}
		u := url.URL{
			Scheme:   "https",
			Host:     conf.CanonicalHost,
			Path:     r.URL.Path,
			RawPath:  r.URL.RawPath,
			RawQuery: r.URL.RawQuery,
		}
		// A 301 would turn a POST into a GET.
		status := http.StatusPermanentRedirect
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			status = http.StatusMovedPermanently
		}
		redirect(w, u.String(), status)
	})
}

// equalFold compares without regard to the case of ASCII letters.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
