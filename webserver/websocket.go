package webserver

import (
	"net"
	"net/http"
	"runtime/debug"

	"github.com/gorilla/websocket"

	"galene/signalling"
)

// serveWebSocket turns a request into a WebSocket, and has that served until its
// session ends (spec http.md 10).
func (s *Server) serveWebSocket(w http.ResponseWriter, r *http.Request) {
	// Without a valid configuration only the same origin is accepted
	// (CONF-3).
	var origins signalling.Origins
	if conf, err := s.groups.Config(); err == nil {
		origins = signalling.Origins{
			Allow:         conf.AllowOrigin,
			ProxyURL:      conf.ProxyURL,
			CanonicalHost: conf.CanonicalHost,
		}
	}
	conn, err := signalling.Upgrade(w, r, origins)
	if err != nil {
		s.log.Debug("no WebSocket", "remote", r.RemoteAddr,
			"origin", r.Header.Get("Origin"), "error", err)
		return
	}
	// On a goroutine of its own, so that the request and its buffers can go.
	go s.serveSession(conn, remoteAddr(r))
}

// serveSession serves a WebSocket, and logs a panic.
func (s *Server) serveSession(conn *websocket.Conn, remote string) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("panic while serving a WebSocket", "panic", p, "stack", string(debug.Stack()))
			conn.Close()
		}
	}()
	s.session(conn, remote)
}

// remoteAddr returns the address of the peer, or an empty string if it has
// none, as on a Unix socket (H-4).
func remoteAddr(r *http.Request) string {
	if _, _, err := net.SplitHostPort(r.RemoteAddr); err != nil {
		return ""
	}
	return r.RemoteAddr
}
