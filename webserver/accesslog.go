package webserver

import (
	"bufio"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// LogAccess returns a handler that hands requests on to h, and logs each one when it has
// been answered; a WebSocket when it has ended (http.md, weak spot 20).  What may be
// secret is left out: headers, queries, and the names of tokens and streams in paths.
// Requests that are too malformed for net/http do not get as far as this.
func LogAccess(h http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := newAccess(w, r, log)
		complete := false
		// Deferred, since handlers panic to cut an answer off.
		defer func() {
			if !a.hijacked {
				a.log(complete)
			}
		}()
		if hijacker, ok := w.(http.Hijacker); ok {
			h.ServeHTTP(hijackingAccess{a, hijacker}, r)
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

// access is an answer that is going to be logged.
type access struct {
	http.ResponseWriter
	record
	hijacked bool // the end of the connection is what is logged
}

// record is what is logged of an answer.
type record struct {
	logger  *slog.Logger // has the request
	started time.Time
	status  int   // 0 until it is sent
	bytes   int64 // of the body
}

func newAccess(w http.ResponseWriter, r *http.Request, log *slog.Logger) *access {
	return &access{
		ResponseWriter: w,
		record: record{
			started: time.Now(),
			logger: log.With("address", r.RemoteAddr, "method", r.Method,
				"scheme", requestScheme(r), "host", r.Host, "path", withoutSecrets(r.URL.Path),
				"protocol", r.Proto),
		},
	}
}

// log writes the line.  Complete says that the answer was not cut off.
func (r *record) log(complete bool) {
	status := r.status
	if status == 0 && complete {
		status = http.StatusOK
	}
	r.logger.Info("request", "status", status, "bytes", r.bytes,
		"duration", time.Since(r.started), "complete", complete)
}

// WriteHeader sends a status; those before the last one are only informational.
func (a *access) WriteHeader(status int) {
	if a.status < 200 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write sends a piece of the body.
func (a *access) Write(b []byte) (int, error) {
	if a.status < 200 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(b)
	a.bytes += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (a *access) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// hijackingAccess is that of a connection that can become a WebSocket.
type hijackingAccess struct {
	*access
	hijacker http.Hijacker
}

// Hijack takes the connection over.  The only protocol to switch to is WebSocket.
func (a hijackingAccess) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := a.hijacker.Hijack()
	if err != nil {
		return nil, nil, err
	}
	a.status, a.hijacked = http.StatusSwitchingProtocols, true
	return &accessConn{Conn: conn, record: a.record}, rw, nil
}

// accessConn is a connection whose end is logged.  It keeps nothing else of the request,
// since it may last for hours.
type accessConn struct {
	net.Conn
	record record
	ended  sync.Once
}

// Close closes the connection, and logs it the first time.
func (c *accessConn) Close() error {
	err := c.Conn.Close()
	c.ended.Do(func() { c.record.log(true) })
	return err
}
