package webserver

import (
	"net/http"
	"time"
)

// steadily is a middleware that lets an answer take any time, as long as each piece of
// it gets away within limit: a download may be long, but whoever stops reading does not
// keep a connection for ever.
func steadily(h http.Handler, limit time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		steady := &steadyWriter{ResponseWriter: w, controller: http.NewResponseController(w), limit: limit}
		if hijacker, ok := w.(http.Hijacker); ok {
			h.ServeHTTP(struct {
				*steadyWriter
				http.Hijacker
			}{steady, hijacker}, r)
			return
		}
		h.ServeHTTP(steady, r)
	})
}

// steadyWriter extends the time limit with each piece that is written.
type steadyWriter struct {
	http.ResponseWriter
	controller *http.ResponseController
	limit      time.Duration
}

// Write writes a piece.
func (w *steadyWriter) Write(b []byte) (int, error) {
	// A connection without deadlines has none to extend.
	_ = w.controller.SetWriteDeadline(time.Now().Add(w.limit))
	return w.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (w *steadyWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
