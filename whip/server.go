package whip

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"

	"galene/group"
	"galene/ice"
	"galene/rtpconn"
	"galene/signalling"
)

// Options says what a Server works with.
type Options struct {
	// Registry holds the groups.  It is required.
	Registry *group.Registry
	// Engine makes the peer connections.  It is required.
	Engine *rtpconn.Engine
	// ICEServers returns what clients are told to use; nil is none.
	ICEServers func() []ice.Server
	// PeerConfiguration returns the configuration of the server's own peer
	// connections; nil stands for the empty one.
	PeerConfiguration func() webrtc.Configuration
	// Limits bounds what clients may do; fields that are zero have the value
	// that they have in DefaultLimits.
	Limits Limits
	// Logger gets what is worth knowing; nil is slog.Default().
	Logger *slog.Logger
}

// Limits bounds the sessions whose media do not flow yet, as these cost whoever
// makes them nothing (whip.md, weak spot 13).
type Limits struct {
	// Connecting is how many there may be.
	Connecting int
	// ConnectingPerAddress is how many one address may have.  Loopback and
	// unknown addresses are not counted: behind a proxy they are everybody's.
	ConnectingPerAddress int
	// ConnectTimeout is how long it may take until media can flow.
	ConnectTimeout time.Duration
}

// DefaultLimits returns the limits of a server of which nothing else is known.
func DefaultLimits() Limits {
	return Limits{Connecting: 200, ConnectingPerAddress: 20, ConnectTimeout: 35 * time.Second}
}

// A Server has the sessions of one running server.  Its methods may be called
// from any goroutine.
type Server struct {
	opts   Options
	limits Limits
	log    *slog.Logger

	// ctx ends when the server is closed.
	ctx    context.Context
	cancel context.CancelFunc

	mu       sync.Mutex
	closed   bool
	sessions map[string]*session // by the identifier in the URL
	running  sync.WaitGroup
}

// New returns a server without sessions.
func New(o Options) (*Server, error) {
	if o.Registry == nil || o.Engine == nil {
		return nil, errors.New("whip: incomplete options")
	}
	s := &Server{
		opts:     o,
		limits:   o.Limits,
		log:      o.Logger,
		sessions: make(map[string]*session),
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.limits.Connecting == 0 {
		s.limits.Connecting = DefaultLimits().Connecting
	}
	if s.limits.ConnectingPerAddress == 0 {
		s.limits.ConnectingPerAddress = DefaultLimits().ConnectingPerAddress
	}
	if s.limits.ConnectTimeout == 0 {
		s.limits.ConnectTimeout = DefaultLimits().ConnectTimeout
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Close ends all sessions, and returns when they have ended.  No new one starts.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.running.Wait()
}

// request is one request being served.
type request struct {
	*http.Request
	server   *Server
	w        http.ResponseWriter
	config   *group.Config
	group    string
	protocol *protocol
}

// protocol is what WHIP and WHEP do differently.
type protocol struct {
	kind string // the component of the path
	// username is the name of members who give none (W-11).
	username string
	newRole  func(*session, *http.Request) role
}

var protocols = []*protocol{
	{kind: ".whip", username: "whip", newRole: newPublishing},
	{kind: ".whep", username: "whep", newRole: newViewing},
}

// Serve answers a request for something that belongs to a group: kind is the
// component of the path that begins with a dot, and rest what follows it, with its
// slash.  It returns false, having set at most some headers, if nothing is there.
func (s *Server) Serve(w http.ResponseWriter, r *http.Request, name, kind, rest string) bool {
	q := &request{Request: r, server: s, w: w, group: name}
	for _, p := range protocols {
		if p.kind == kind {
			q.protocol = p
		}
	}
	if q.protocol == nil {
		return false
	}
	err := q.serve(rest)
	if errors.Is(err, errNothing) {
		return false
	}
	if err != nil {
		q.fail(err)
	}
	return true
}

// serve answers the request, or returns an error to answer with.
func (q *request) serve(rest string) error {
	var err error
	if q.config, err = q.server.opts.Registry.Config(); err != nil {
		return err
	}
	if rest == "" {
		return q.serveEndpoint()
	}
	q.crossOrigin()
	c := q.server.find(strings.TrimPrefix(rest, "/"), q.group, q.protocol)
	if c == nil {
		return errNothing
	}
	return q.serveSession(c)
}

// add registers a session and starts its goroutine; the error says why it may not
// start.
func (s *Server) add(c *session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return busy("the server is shutting down")
	}
	connecting, sameHost := 0, 0
	for _, other := range s.sessions {
		if other.connected.Load() {
			continue
		}
		connecting++
		if c.host != "" && other.host == c.host {
			sameHost++
		}
	}
	switch {
	case connecting >= s.limits.Connecting:
		return busy("too many sessions are being set up")
	case sameHost >= s.limits.ConnectingPerAddress:
		return tooMany("too many sessions are being set up from this address")
	}
	s.sessions[c.secret] = c
	s.running.Go(c.run)
	return nil
}

// remove forgets a session.
func (s *Server) remove(c *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, c.secret)
}

// find returns the session with an identifier, or nil.  It must be in the group
// and of the protocol that the URL names.
func (s *Server) find(secret, group string, p *protocol) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.sessions[secret]
	if c == nil || c.group != group || c.protocol != p {
		return nil
	}
	return c
}

// Stats describes all sessions, in no particular order, like those of members
// with a WebSocket (weak spot 10).
func (s *Server) Stats() []signalling.ClientStats {
	s.mu.Lock()
	sessions := make([]*session, 0, len(s.sessions))
	for _, c := range s.sessions {
		sessions = append(sessions, c)
	}
	s.mu.Unlock()
	var clients []signalling.ClientStats
	for _, c := range sessions {
		if joined := c.joined.Load(); joined != nil {
			stats := (*joined).stats()
			stats.Group, stats.ID = c.group, c.id
			clients = append(clients, stats)
		}
	}
	return clients
}

// newID returns an identifier that cannot be guessed: 22 characters of base64url
// for 16 bytes (W-25).
func newID() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}
