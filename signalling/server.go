package signalling

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/gorilla/websocket"
)

// A Server serves the sessions of one running server.  Its methods are safe for
// concurrent use.
type Server struct {
	opts   Options
	limits Limits
	log    *slog.Logger
	table  map[string]row // by type of message, never modified
	panics atomic.Int64

	mu       sync.Mutex
	closed   bool
	sessions map[*Session]struct{}
	wg       sync.WaitGroup
}

// New returns a server without sessions.
func New(opts Options) *Server {
	log := opts.Logger
	if log == nil {
		log = slog.Default()
	}
	return &Server{
		opts:     opts,
		limits:   opts.Limits.withDefaults(),
		log:      log,
		table:    table(),
		sessions: make(map[*Session]struct{}),
	}
}

// ServeConn runs the session of one WebSocket, and returns when the session
// has ended and the socket is closed.  Remote is the peer's address with its
// port, or empty if it is not known (WS-5).
func (s *Server) ServeConn(ws *websocket.Conn, remote string) {
	session := newSession(s, ws, remote)
	if !s.add(session) {
		session.refuse()
		return
	}
	defer s.remove(session)
	session.Run(context.Background())
}

// Sessions returns the number of WebSockets being served.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions)
}

// Panics returns how many sessions have ended in a panic.
func (s *Server) Panics() int64 {
	return s.panics.Load()
}
