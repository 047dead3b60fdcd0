package signalling

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/webrtc/v4"

	"galene/group"
	"galene/rtpconn"
)

// A session serves one WebSocket.
type session struct {
	server *Server
	limits Limits
	ws     *websocket.Conn
	remote string
	out    *outbox
	in     *inbox

	incoming    chan received // from the reader, unbuffered
	handlerDone chan struct{}
	readerDone  chan struct{}
	writerDone  chan struct{}

	// lastMessage is when the client's last message came, in nanoseconds
	// since started.
	started     time.Time
	lastMessage atomic.Int64

	// What follows belongs to the handler.

	ctx context.Context // ends with the socket
	log *slog.Logger

	id          string // set by the handshake, before anybody else reads it
	millis      bool   // times are sent as numbers (W-28)
	username    string // of the current or latest membership (MSG-4)
	member      *group.Membership
	failedJoins int
	neverJoined *time.Timer

	up        map[string]*upStream
	down      map[string]*downStream
	early     earlyCandidates
	requested request
	overrides map[string]selection // by stream, set by requestStream
	receiver  *rtpconn.Receiver    // nil until something is received
}

func newSession(s *Server, ws *websocket.Conn, remote string) *session {
	return &session{
		server:      s,
		limits:      s.limits,
		ws:          ws,
		remote:      remote,
		out:         newOutbox(s.limits),
		in:          newInbox(s.limits.InboxEvents),
		incoming:    make(chan received),
		handlerDone: make(chan struct{}),
		readerDone:  make(chan struct{}),
		writerDone:  make(chan struct{}),
		started:     time.Now(),
		log:         s.log,
		up:          make(map[string]*upStream),
		down:        make(map[string]*downStream),
		early:       newEarlyCandidates(s.limits),
		overrides:   make(map[string]selection),
	}
}

// run serves the session until it ends: the client goes, is sent away or does
// not keep up.  When it returns the socket is closed and the session's
// goroutines have ended.
func (s *session) run() {
	var cancel context.CancelFunc
	s.ctx, cancel = context.WithCancel(context.Background())
	defer cancel()

	// Both are answered by way of the outbox.
	s.ws.SetCloseHandler(func(int, string) error { return nil })
	s.ws.SetPingHandler(func(data string) error {
		if !s.out.tryPut(opPong, []byte(data)) {
			return errDropped
		}
		return nil
	})

	go s.read(cancel)
	go s.write()

	err := s.protect(s.serve)
	if e := s.protect(s.leave); e != nil {
		err = e
	}
	s.in.close()
	s.say(err)
	close(s.handlerDone)

	// While the last words travel.
	_ = s.protect(func() error { s.closeStreams(); return nil })
	<-s.writerDone
	s.awaitPeer()
	s.ws.Close()
	<-s.readerDone
}

// protect calls f and turns a panic into the end of this session only.
func (s *session) protect(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.server.panics.Add(1)
			s.log.Error("panic in session", "panic", p, "stack", string(debug.Stack()))
			err = closeSilently(websocket.CloseInternalServerErr)
		}
	}()
	return f()
}

// say puts the last words of the session into the outbox (section 2.7).
func (s *session) say(err error) {
	var closing *closeError
	if !errors.As(err, &closing) {
		s.out.abandon()
		s.ws.Close()
		return
	}
	if !closing.silent {
		// An outbox that fails by now has a socket that is lost.
		_ = s.sendError(closing.reason)
	}
	s.log.Debug("closing session", "code", closing.code, "reason", closing.reason)
	s.out.finish(closeFrame(closing.code, closing.reason))
}

// goAway ends a session because the server stops.  Members of a group have been
// kicked before.
func (s *session) goAway(text string) error {
	if s.neverJoined != nil { // the handshake has been answered
		err := s.send(&message{
			Type: "usermessage", Kind: "kicked", Dest: s.id, Privileged: true, Value: text,
		})
		if err != nil {
			return err
		}
	}
	return &closeError{code: websocket.CloseGoingAway, reason: text, silent: true}
}

// refuse closes the socket of a session that is not to start.
func (s *session) refuse(cause error) {
	defer s.ws.Close()
	var closing *closeError
	if errors.As(cause, &closing) {
		deadline := time.Now().Add(s.limits.CloseTimeout)
		// Whether the peer learns of it makes no difference.
		_ = s.ws.WriteControl(websocket.CloseMessage,
			closeFrame(closing.code, closing.reason), deadline)
	}
}

// host returns the peer's address without the port, or the empty string.
func (s *session) host() string {
	host, _, err := net.SplitHostPort(s.remote)
	if err != nil {
		return ""
	}
	return host
}

// awaitPeer gives the peer some time to answer the close frame, lest what it
// has sent meanwhile make the network discard our last words (W-20).
func (s *session) awaitPeer() {
	timer := time.NewTimer(s.limits.CloseTimeout)
	defer timer.Stop()
	select {
	case <-s.readerDone:
	case <-timer.C:
	}
}

// serve is the handler.  It returns the reason for which the session ends.
func (s *session) serve() error {
	if err := s.handshake(); err != nil {
		return err
	}
	s.neverJoined = time.NewTimer(s.limits.JoinTimeout)
	defer s.neverJoined.Stop()
	keepalive := time.NewTicker(s.limits.KeepaliveInterval)
	defer keepalive.Stop()
	for {
		var err error
		select {
		case <-s.in.ready:
			err = s.drain()
		case r := <-s.incoming:
			// What has happened before the message was read comes first.
			if err = s.drain(); err == nil {
				err = s.receive(r)
			}
		case <-keepalive.C:
			err = s.checkAlive()
		case <-s.neverJoined.C:
			err = fatal("you have not joined a group")
		}
		if err != nil {
			return err
		}
	}
}

// drain does what others have posted.
func (s *session) drain() error {
	items, complete := s.in.take()
	if len(items) > longQueue {
		s.log.Warn("session has had much to do", "queue", len(items))
	}
	for _, f := range items {
		if err := s.report(f()); err != nil {
			return err
		}
	}
	if !complete {
		s.log.Warn("session does not keep up with its group")
		return errDropped
	}
	return nil
}

// receive acts upon what the reader has handed over.
func (s *session) receive(r received) error {
	switch {
	case r.err != nil:
		return readError(r.err)
	case r.refused:
		return s.report(userError("rate limited"))
	}
	return s.report(s.dispatch(r.msg))
}

// readError returns how the session ends if nothing more can be read.
func readError(err error) error {
	var closed *websocket.CloseError
	switch {
	case errors.Is(err, errMalformed):
		return violation("malformed message")
	case errors.Is(err, errTooBig), errors.Is(err, websocket.ErrReadLimit):
		return closeSilently(websocket.CloseMessageTooBig)
	case errors.As(err, &closed) && closed.Code != websocket.CloseAbnormalClosure:
		return closeSilently(closed.Code)
	}
	return errDropped
}

// report tells the client about an error of its own making, and returns those
// that end the session.
func (s *session) report(err error) error {
	var (
		user    userError
		members *group.Error
		closing *closeError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &user):
		return s.sendError(string(user))
	case errors.As(err, &members) && members.Fatal:
		return fatal(members.Text)
	case errors.As(err, &members):
		if cause := errors.Unwrap(members); cause != nil {
			s.log.Info("request failed", "error", cause)
		}
		return s.sendError(members.Text)
	case errors.As(err, &closing), errors.Is(err, errDropped):
		return err
	}
	s.log.Error("session failed", "error", err)
	return closeSilently(websocket.CloseInternalServerErr)
}

// send puts a message into the outbox.  If that is full it waits, which delays
// nobody else: what others have to say accumulates in the inbox.
func (s *session) send(m *message) error {
	b, err := m.encode()
	if err != nil {
		return err
	}
	s.out.put(opText, b)
	return nil
}

// sendError reports an error to the client: ERR of the protocol.
func (s *session) sendError(text string) error {
	return s.sendNotice("error", text)
}

func (s *session) sendNotice(kind, text string) error {
	return s.send(&message{
		Type: "usermessage", Kind: kind, Dest: s.id, Privileged: true, Value: text,
	})
}

// post makes the handler call f, soon.  It may be called from any goroutine.
func (s *session) post(f func() error) { s.in.post(f) }

// peerConfiguration returns the configuration for a new peer connection.
func (s *session) peerConfiguration() webrtc.Configuration {
	if f := s.server.opts.PeerConfiguration; f != nil {
		return f()
	}
	return webrtc.Configuration{}
}
