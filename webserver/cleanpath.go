package webserver

import (
	"net/http"
	"net/url"
	"path"
	"strings"
)

// cleanPaths returns a handler that hands requests on to h, except for those whose path is
// not clean (//, /./, /../), which it redirects to the cleaned one (H-21).  The mux would
// do that, too, but encodes a second time what was percent-encoded.
func cleanPaths(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		escaped := r.URL.EscapedPath()
		if r.Method == http.MethodConnect || !strings.HasPrefix(escaped, "/") {
			h.ServeHTTP(w, r)
			return
		}
		clean := path.Clean(escaped)
		if clean != "/" && strings.HasSuffix(escaped, "/") {
			clean += "/"
		}
		decoded, err := url.PathUnescape(clean)
		if clean == escaped || err != nil {
			h.ServeHTTP(w, r)
			return
		}
		u := url.URL{Path: decoded, RawPath: clean, RawQuery: r.URL.RawQuery}
		redirect(w, u.String(), http.StatusTemporaryRedirect)
	})
}
