package webserver

import (
	"net/http"
	"slices"
	"strings"
)

// routes returns the table of routes (spec http.md 2).  The mux matches the
// longest prefix first (H-20); paths that are not clean do not get as far (H-21).
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	read := methods(http.MethodGet, http.MethodHead)
	canonical := s.canonicalHost

	mux.Handle("/ws", http.HandlerFunc(s.serveWebSocket))
	mux.Handle("/public-groups.json", http.HandlerFunc(s.servePublicGroups))
	mux.Handle("/healthz", Health())
	mux.Handle("/readyz", s.ready)
	mux.Handle("/group/", canonical(http.HandlerFunc(s.serveGroup)))
	mux.HandleFunc("/recordings", func(w http.ResponseWriter, r *http.Request) {
		redirectPath(w, r, "/recordings/")
	})
	mux.Handle("/recordings/", canonical(s.records))
	mux.Handle("/galene-api/", s.api)
	mux.Handle("/", canonical(s.secure(read(http.HandlerFunc(s.serveStatic)))))
	return cleanPaths(mux)
}

// methods returns a middleware that refuses all methods but those given, and
// answers OPTIONS.
func methods(allowed ...string) func(http.Handler) http.Handler {
	allow := strings.Join(append([]string{http.MethodOptions}, allowed...), ", ")
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case slices.Contains(allowed, r.Method):
				h.ServeHTTP(w, r)
			case r.Method == http.MethodOptions:
				w.Header().Set("Allow", allow)
				w.WriteHeader(http.StatusNoContent)
			default:
				w.Header().Set("Allow", allow)
				http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			}
		})
	}
}
