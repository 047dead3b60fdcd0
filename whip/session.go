package whip

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"galene/group"
	"galene/rtpconn"
	"galene/signalling"
)

// role is what a session does in its group: it publishes or it watches.  Apart from
// event, its methods are called with the session locked.
type role interface {
	// open makes the connection, once the session is a member.  It returns
	// an error that the client may see.
	open() error
	// offer takes the client's offer and returns an answer.
	offer(sdp string) (answer string, err error)
	// gathered waits for all candidates and returns the answer with them.
	gathered(ctx context.Context) (answer string, err error)
	addCandidate(webrtc.ICECandidateInit) error
	// event is told what happens in the group, with that locked: it may only
	// call end and wake.
	event(group.Event)
	// update does what has to be done after a wake, and returns how soon it
	// wants to be called again; 0 is not at all.
	update() time.Duration
	// close ends the connection, if there is one.  The session has left the
	// group.
	close()
	// stats describes the connection; called without the lock.
	stats() signalling.ClientStats
}

// session is one client.
type session struct {
	server   *Server
	protocol *protocol
	group    string
	id       string // of the member and of its stream
	secret   string // what the URL ends in
	token    string // that it was made with, or empty
	remote   string // address, or empty
	host     string // to be counted, or empty
	log      *slog.Logger
	role     role

	connected atomic.Bool          // media have flowed
	joined    atomic.Pointer[role] // set when there is something to tell about

	// ctx ends when the session is to end; ended is closed when it has.
	ctx    context.Context
	cancel context.CancelCauseFunc
	ended  chan struct{}
	woken  chan struct{} // holds a token if update is to be called

	mu     sync.Mutex
	closed bool
	member *group.Membership
	offer  *offer
	tag    string // entity tag of the ICE session
}

// newSession returns a session that does not run.
func (q *request) newSession() *session {
	c := &session{
		server:   q.server,
		protocol: q.protocol,
		group:    q.group,
		id:       newID(),
		secret:   newID(),
		token:    bearer(q.Request),
		remote:   q.RemoteAddr,
		ended:    make(chan struct{}),
		woken:    make(chan struct{}, 1),
	}
	host, _, err := net.SplitHostPort(c.remote)
	if err != nil {
		c.remote = "" // a Unix socket
	} else if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		c.host = host
	}
	c.log = q.server.log.With("group", c.group, "client", c.id)
	c.ctx, c.cancel = context.WithCancelCause(q.server.ctx)
	c.role = q.protocol.newRole(c, q.Request)
	return c
}

// client is what the group knows of a session.
type client struct{ c *session }

func (c client) ID() string             { return c.c.id }
func (c client) Address() string        { return c.c.remote }
func (c client) Kind() group.ClientKind { return group.WHIP }

// Deliver passes on what matters to a session.
func (c client) Deliver(_ *group.Membership, ev group.Event) {
	if kicked, ok := ev.(group.Kicked); ok {
		c.c.end(errors.New(kicked.Text()))
		return
	}
	c.c.role.event(ev)
}

// end makes the session end, soon.  The first reason given counts.
func (c *session) end(reason error) { c.cancel(reason) }

// wake makes update be called, soon.
func (c *session) wake() {
	select {
	case c.woken <- struct{}{}:
	default:
	}
}

// run is the session's goroutine.
func (c *session) run() {
	defer close(c.ended)
	timer := time.NewTimer(0)
	defer timer.Stop()
	patience := time.NewTimer(c.server.limits.ConnectTimeout)
	defer patience.Stop()
	for {
		select {
		case <-c.ctx.Done():
			c.finish()
			return
		case <-patience.C:
			if !c.connected.Load() {
				c.end(errNeverConnected)
			}
			continue
		case <-c.woken:
		case <-timer.C:
		}
		c.mu.Lock()
		if c.member != nil {
			if again := c.role.update(); again > 0 {
				timer.Reset(again)
			}
		}
		c.mu.Unlock()
	}
}

// finish undoes everything: the URL is unknown first, then the others see the stream
// end and the member go, then the connection is closed.
func (c *session) finish() {
	c.server.remove(c)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.member != nil {
		c.member.Leave()
	}
	c.role.close()
	c.log.Info("session ended", "kind", c.protocol.kind, "reason", context.Cause(c.ctx))
}

// with returns a context that ends with ctx and with the session.
func (c *session) with(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(c.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}

// join makes the session a member of its group and opens its connection.
func (c *session) join(ctx context.Context, cred group.Credentials) error {
	ctx, cancel := c.with(ctx)
	defer cancel()
	member, err := c.server.opts.Registry.Join(ctx, c.group, client{c}, cred, nil)
	if err != nil {
		return joinFailure(err, c.token != "")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		member.Leave()
		return rtpconn.ErrClosed
	}
	c.member = member
	if err := c.role.open(); err != nil {
		return err
	}
	c.joined.Store(&c.role)
	return nil
}

// start takes the first offer, and returns the answer and its entity tag.
func (c *session) start(ctx context.Context, text string) (answer, tag string, err error) {
	o, err := parseOffer(text)
	if err != nil {
		return "", "", err
	}
	ctx, cancel := c.with(ctx)
	defer cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return "", "", rtpconn.ErrClosed
	}
	if _, err := c.role.offer(text); err != nil {
		return "", "", err
	}
	answer, err = c.role.gathered(ctx)
	if err != nil {
		return "", "", err
	}
	var d sdp.SessionDescription
	if err := d.UnmarshalString(answer); err != nil {
		return "", "", err
	}
	if !accepted(&d) {
		return "", "", refuse(http.StatusUnprocessableEntity,
			"the group does not use any of the codecs offered")
	}
	c.offer = o
	c.tag = `"` + newID() + `"`
	return answer, c.tag, nil
}

// restart takes another pair, and returns what the client has to know of ours.  It
// is called locked.
func (c *session) restart(ctx context.Context, f fragment) (answer fragment, err error) {
	o, text, err := c.offer.restarted(f.pair())
	if err != nil {
		return fragment{}, err
	}
	if _, err := c.role.offer(text); err != nil {
		// The connection is of no use any more.
		c.end(err)
		return fragment{}, err
	}
	// Whatever happens now, this is what is in force.
	c.offer = o
	c.tag = `"` + newID() + `"`
	c.addCandidates(f)
	ctx, cancel := c.with(ctx)
	defer cancel()
	full, err := c.role.gathered(ctx)
	if err != nil {
		return fragment{}, err
	}
	var d sdp.SessionDescription
	if err := d.UnmarshalString(full); err != nil {
		return fragment{}, err
	}
	return fragmentOf(&d), nil
}

// addCandidates adds the candidates of a fragment; those that cannot be used are
// passed over.  It is called locked.
func (c *session) addCandidates(f fragment) {
	ufrag := f.pair().ufrag
	add := func(s section, index int) {
		for _, candidate := range s.candidates {
			init := webrtc.ICECandidateInit{Candidate: candidate.text, UsernameFragment: &ufrag}
			if candidate.mid != "" {
				init.SDPMid = &candidate.mid
			}
			if index >= 0 {
				line := uint16(min(index, 1<<16-1))
				init.SDPMLineIndex = &line
			}
			err := error(rtpconn.ErrBadDescription)
			if c.offer.has(candidate.mid) {
				err = c.role.addCandidate(init)
			}
			if err != nil {
				c.log.Debug("candidate ignored", "error", err)
			}
		}
	}
	add(f.session, -1)
	for i, s := range f.sections {
		add(s, i)
	}
}
