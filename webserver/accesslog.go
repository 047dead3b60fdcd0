package webserver

import (
	"bufio"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"
)

// LogAccess returns a handler that hands requests on to h, and logs each one when it has
// been answered; a WebSocket when it has ended (http.md, weak spot 20).  What may be
// secret is left out: headers, queries, and the names of tokens and streams in paths.
// Requests that are too malformed for net/http do not get as far as this.
func LogAccess(h http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		a := &accessWriter{ResponseWriter: w}
		hijacker, _ := w.(http.Hijacker)
		complete := false
		// Deferred, since handlers panic to cut an answer off.
		defer func() {
			if a.status == 0 && complete {
				a.status = http.StatusOK
			}
			log.Info("request", "address", r.RemoteAddr, "method", r.Method,
				"scheme", requestScheme(r), "host", r.Host, "path", withoutSecrets(r.URL.Path),
				"protocol", r.Proto, "status", a.status, "bytes", a.bytes,
				"duration", time.Since(started), "complete", complete)
		}()
		if hijacker != nil {
			h.ServeHTTP(hijackingAccessWriter{a, hijacker}, r)
		} else {
			h.ServeHTTP(a, r)
		}
		complete = true
	})
}

// secretAfter are the components of paths after which secrets come: who knows the name of
// a token may enter with it, and who knows that of a stream may end it.
var secretAfter = []string{"/.tokens/", "/.whip/", "/.whep/"}

// withoutSecrets returns a path for the log.
func withoutSecrets(path string) string {
	for _, component := range secretAfter {
		if before, after, _ := strings.Cut(path, component); after != "" {
			path = before + component + "…"
		}
	}
	return path
}

// accessWriter remembers the answer.
type accessWriter struct {
	http.ResponseWriter
	status int   // 0 until it is sent
	bytes  int64 // of the body
}

// WriteHeader sends a status; those before the last one are only informational.
func (a *accessWriter) WriteHeader(status int) {
	if a.status < 200 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write sends a piece of the body.
func (a *accessWriter) Write(b []byte) (int, error) {
	if a.status < 200 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(b)
	a.bytes += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (a *accessWriter) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// hijackingAccessWriter is that of a connection that can become a WebSocket.
type hijackingAccessWriter struct {
	*accessWriter
	hijacker http.Hijacker
}

// Hijack takes the connection over.  The only protocol to switch to is WebSocket.
func (a hijackingAccessWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := a.hijacker.Hijack()
	if err == nil {
		a.status = http.StatusSwitchingProtocols
	}
	return conn, rw, err
}
