// Package adminapi is the administrative HTTP interface, below /galene-api/
// (spec api.md): groups, users, passwords, keys and tokens can be read and
// changed, and statistics read.
//
// An API is an http.Handler.  Which requests there are stands in a table, in
// resources.go; the handler, the OpenAPI document and the tests all follow it.
// A request is authorised first, then its preconditions are checked, then its
// body is read, and only then is anything locked and written: what is slow, such
// as hashing a password, happens before.  The precondition is checked again
// under the lock, so that of writers who have seen the same version one wins and
// the others learn that they lost (RFC 9110, 13.1.1).
//
// Every request is served on the goroutine that net/http made for it; an API
// has none of its own.
package adminapi

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"

	"galene/group"
	"galene/ice"
)

// Prefix is where an API is to be mounted.
const Prefix = "/galene-api/"

// Options configures an API.
type Options struct {
	// Registry holds the groups.  It is required.
	Registry *group.Registry
	// Stats tells what members send and receive; nil leaves that out of
	// the statistics.
	Stats StatsSource
	// Relays returns what the last test of the TURN servers has found; nil is a
	// server that tests none.
	Relays func() []ice.RelayResult
	// Logger gets who changed what, and faults; nil is slog.Default().
	Logger *slog.Logger
}

// An API answers administrative requests.
type API struct {
	registry  *group.Registry
	stats     StatsSource
	relays    func() []ice.RelayResult
	log       *slog.Logger
	resources map[string]*resource // by path
	document  []byte               // OpenAPI
	tagKey    []byte
	newToken  func() string

	// writingTokens makes changes of tokens through this API happen one
	// after the other.
	writingTokens sync.Mutex
}

// New returns an API.
func New(o Options) (*API, error) {
	if o.Registry == nil {
		return nil, errors.New("adminapi: no registry")
	}
	a := &API{
		registry: o.Registry,
		stats:    o.Stats,
		relays:   o.Relays,
		log:      o.Logger,
		tagKey:   make([]byte, 32),
		newToken: newToken,
	}
	rand.Read(a.tagKey) // never fails
	if a.log == nil {
		a.log = slog.Default()
	}
	a.resources = make(map[string]*resource)
	for _, res := range resources() {
		a.resources[res.path] = res
	}
	var err error
	a.document, err = openAPI(resources())
	return a, err
}

// request is one request to a known resource, being served.
type request struct {
	*http.Request
	api      *API
	w        *responseWriter
	resource *resource
	target   target
	admin    group.Administrator
	writing  bool // the operation changes something
}

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, target, ok := parsePath(r.URL.Path)
	if !ok {
		http.NotFound(w, r)
		return
	}
	q := &request{
		Request: r, api: a, w: &responseWriter{ResponseWriter: w},
		resource: a.resources[path], target: target,
	}
	q.w.headOnly = r.Method == http.MethodHead
	defer q.recover()
	err := q.serve()
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		panic(http.ErrAbortHandler) // the client has gone: there is no answer
	}
	if err != nil {
		q.fail(err)
	}
	q.audit()
}

// serve answers the request, or returns an error to answer with.
func (q *request) serve() error {
	res := q.resource
	if res == nil { // an unknown kind below a group
		if err := q.authorise(levelGroup); err != nil {
			return err
		}
		return notFound("no such kind of resource")
	}
	q.crossOrigin()
	if q.Method == http.MethodOptions {
		q.w.Header().Set("Allow", "OPTIONS, "+res.announced())
		q.w.WriteHeader(http.StatusOK)
		return nil
	}
	if err := q.authorise(res.level); err != nil {
		return err
	}
	op, ok := res.operation(q.Method)
	if !ok {
		return &failure{
			status: http.StatusMethodNotAllowed, text: "method not allowed",
			header: http.Header{"Allow": {"OPTIONS, " + res.allowed()}},
		}
	}
	q.writing = op.status(http.StatusNoContent) || op.status(http.StatusCreated)
	return op.serve(q)
}

// recover answers 500 to a request whose handler panics.
func (q *request) recover() {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		panic(p)
	}
	q.api.log.Error("panic while serving an administrative request", "method", q.Method,
		"resource", q.path(), "panic", p, "stack", string(debug.Stack()))
	q.fail(errors.New("panic"))
}

// path is the template of the resource, which has no secrets in it.
func (q *request) path() string {
	if q.resource == nil {
		return "unknown"
	}
	return q.resource.path
}

// audit logs who changed what, or tried to.
func (q *request) audit() {
	if !q.writing && q.w.status != http.StatusUnauthorized {
		return
	}
	q.api.log.Info("administrative request", "method", q.Method, "resource", q.path(),
		"group", q.target.group, "username", q.target.user, "administrator", q.admin.Name,
		"address", q.RemoteAddr, "status", q.w.status)
}

// responseWriter remembers the status, and drops the body of an answer to HEAD
//
type responseWriter struct {
	http.ResponseWriter
	status   int
	headOnly bool
}

// WriteHeader implements http.ResponseWriter.
func (w *responseWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *responseWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	if w.headOnly {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
