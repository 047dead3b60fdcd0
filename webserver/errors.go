package webserver

import (
	"errors"
	"io/fs"
	"net/http"
	"runtime/debug"

	"galene/group"
)

// notFound answers 404 with the page 404.html (spec http.md 4.5).
func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	for _, name := range []string{"Etag", "Last-Modified", "Content-Length"} {
		h.Del(name)
	}
	page, err := fs.ReadFile(s.static.fs, "404.html")
	if err != nil {
		page = []byte("<p>Not found</p>\n")
	}
	s.policy.set(h, "")
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	w.WriteHeader(http.StatusNotFound)
	if r.Method != http.MethodHead {
		_, _ = w.Write(page)
	}
}

// fail answers with the status that err calls for.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, group.ErrNoGroup) || errors.Is(err, group.ErrIllegalName) {
		s.notFound(w, r)
		return
	}
	s.log.Error("request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	http.Error(w, "Internal server error", http.StatusInternalServerError)
}

// recovering is a middleware that answers 500 to a request whose handler
// panics, and logs the reason.
func (s *Server) recovering(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p)
			}
			s.log.Error("panic while serving a request", "method", r.Method,
				"path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
			// This has no effect if the response has been started, or
			// the connection been taken over.
			http.Error(w, "Internal server error", http.StatusInternalServerError)
		}()
		h.ServeHTTP(w, r)
	})
}
