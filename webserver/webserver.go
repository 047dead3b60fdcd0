// Package webserver is the door of the server: it listens, speaks TLS, serves
// the frontend and what anybody may know of the groups, and turns requests for
// /ws into WebSockets, which it hands over (spec http.md).
//
// Every request is served on a goroutine of its own, made by net/http; that of
// a WebSocket is the one of its session.  A Server, which answers requests, is
// immutable.  A Door owns a listener and the goroutine that accepts.
package webserver

import (
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/gorilla/websocket"

	"galene/group"
)

// Groups is what this package needs to know of groups; a *group.Registry.
type Groups interface {
	// Status returns what anybody may see of a group.
	Status(name string) (group.Status, error)
	// Describe returns the description of a group.
	Describe(name string) (*group.Description, error)
	// Public returns the status of all public groups, sorted by name.
	Public() ([]group.Status, error)
	// Config returns the contents of config.json.
	Config() (*group.Config, error)
}

// Options configures a Server.
type Options struct {
	// Groups answers questions about groups and the configuration.
	Groups Groups
	// Session serves one WebSocket, on a goroutine of its own, and returns
	// when it has been closed.  Remote is the peer's address, empty
	// if it is unknown.
	Session func(conn *websocket.Conn, remote string)

	// API answers requests below /galene-api/; nil means that there are
	// none.
	API http.Handler

	// Recordings answers requests below /recordings/; nil means that there
	// are none.
	Recordings http.Handler

	// Streams serves what belongs to a group and is neither its page nor its
	// status: kind is the component of the path that begins with a dot,
	// ".whip" for instance, and rest what follows it, with its slash.  If
	// nothing is there, Streams returns false without having written
	// anything but headers, and the answer is 404.  Nil is a server that
	// has nothing of the sort.
	Streams func(w http.ResponseWriter, r *http.Request, group, kind, rest string) bool

	// Ready returns why the server should get no visitors, nil if it should; it is
	// asked for /readyz.  A nil function is always ready.
	Ready func() error

	// Static is the tree of files that is served.
	Static fs.FS
	// OwnFrontend says that Static is the frontend that this server was
	// built with, which does with a strict content security policy; any
	// other one gets a more permissive policy.
	OwnFrontend bool
	// Built is the modification time of those files in Static that have
	// none, as embedded files do.
	Built time.Time

	// Logger is where faults go; nil is slog.Default().
	Logger *slog.Logger
}

// A Server answers requests.  It is an http.Handler.
type Server struct {
	groups  Groups
	session func(conn *websocket.Conn, remote string)
	api     http.Handler
	records http.Handler
	ready   http.Handler
	streams func(w http.ResponseWriter, r *http.Request, group, kind, rest string) bool
	static  *files
	policy  policy
	log     *slog.Logger
	handler http.Handler
}

// New returns a Server.  It reads the files in o.Static once if these never
// change.
func New(o Options) (*Server, error) {
	if o.Groups == nil || o.Session == nil || o.Static == nil {
		return nil, errors.New("webserver: incomplete options")
	}
	static, err := newFiles(o.Static, o.Built)
	if err != nil {
		return nil, err
	}
	s := &Server{
		groups:  o.Groups,
		session: o.Session,
		streams: o.Streams,
		api:     o.API,
		records: o.Recordings,
		ready:   Readiness(o.Ready),
		static:  static,
		policy:  permissivePolicy,
		log:     o.Logger,
	}
	if o.OwnFrontend {
		s.policy = strictPolicy
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.api == nil {
		s.api = http.HandlerFunc(http.NotFound)
	}
	if s.records == nil {
		s.records = http.HandlerFunc(s.notFound)
	}
	s.handler = s.recovering(s.routes())
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.RequestURI == "*" { // which http.ServeMux refuses without a word
		w.Header().Set("Connection", "close")
		http.Error(w, "the path does not begin with a slash", http.StatusBadRequest)
		return
	}
	s.handler.ServeHTTP(w, r)
}
