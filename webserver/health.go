package webserver

import (
	"io"
	"net/http"
)

// Health returns what answers /healthz: that the process is up (http.md, weak spot 19).
func Health() http.Handler {
	return Readiness(nil)
}

// Readiness returns what answers /readyz: 200 if ready returns nil or is nil, else 503
// with the text of the error.  Ready may be called from any goroutine.
func Readiness(ready func() error) http.Handler {
	return methods(http.MethodGet, http.MethodHead)(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("Content-Type", "text/plain; charset=utf-8")
			h.Set("Cache-Control", "no-cache")
			h.Set("X-Content-Type-Options", "nosniff")
			text := "ok"
			if ready != nil {
				if err := ready(); err != nil {
					text = "not ready: " + err.Error()
					w.WriteHeader(http.StatusServiceUnavailable)
				}
			}
			_, _ = io.WriteString(w, text+"\n")
		}))
}
