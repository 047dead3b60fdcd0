package signalling

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

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

	speakers speakers

	mu         sync.Mutex
	closed     bool
	sessions   map[*session]struct{}
	perAddress map[string]int
	wg         sync.WaitGroup
}

// New returns a server without sessions.
func New(opts Options) *Server {
	log := opts.Logger
	if log == nil {
		log = slog.Default()
	}
	return &Server{
		opts:       opts,
		limits:     opts.Limits.withDefaults(),
		log:        log,
		table:      table(),
		sessions:   make(map[*session]struct{}),
		perAddress: make(map[string]int),
	}
}

// ServeConn runs the session of one WebSocket, and returns when the session
// has ended and the socket is closed.  Remote is the peer's address with its
// port, or empty if it is not known (WS-5).
func (s *Server) ServeConn(ws *websocket.Conn, remote string) {
	c := newSession(s, ws, remote)
	if err := s.add(c); err != nil {
		c.refuse(err)
		return
	}
	defer s.remove(c)
	c.run()
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

// add registers a session; the error says why it must not start.
func (s *Server) add(c *session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	host := c.host()
	switch {
	case s.closed:
		return &closeError{code: websocket.CloseGoingAway, reason: "server is shutting down"}
	case host != "" && s.limits.PerAddress > 0 && s.perAddress[host] >= s.limits.PerAddress:
		return &closeError{code: websocket.CloseTryAgainLater, reason: "too many connections"}
	}
	s.sessions[c] = struct{}{}
	s.perAddress[host]++
	s.wg.Add(1)
	return nil
}

func (s *Server) remove(c *session) {
	s.mu.Lock()
	delete(s.sessions, c)
	host := c.host()
	if s.perAddress[host]--; s.perAddress[host] == 0 {
		delete(s.perAddress, host)
	}
	s.mu.Unlock()
	s.wg.Done()
}

// shutdownTimeout is how long the peers have to take leave (W-20).
const shutdownTimeout = 2 * time.Second

// Shutdown ends all sessions: members are kicked from locked groups with the
// given message, and every client gets the message and a close frame.  Sockets
// that are still open after two seconds, or when ctx ends, are cut.  When
// Shutdown returns, all sessions have ended; no new one starts.
func (s *Server) Shutdown(ctx context.Context, message string) {
	ctx, cancel := context.WithTimeout(ctx, shutdownTimeout)
	defer cancel()
	s.mu.Lock()
	s.closed = true
	sessions := slices.Collect(maps.Keys(s.sessions))
	s.mu.Unlock()

	s.opts.Registry.Shutdown(message)
	for _, c := range sessions {
		c.post(func() error { return c.goAway(message) })
	}
	ended := make(chan struct{})
	go func() {
		s.wg.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return
	case <-ctx.Done():
	}
	for _, c := range sessions {
		c.ws.Close()
	}
	<-ended
}
