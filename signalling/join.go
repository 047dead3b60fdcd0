package signalling

import (
	"errors"
	"sync"

	"galene/group"
)

// client is what the group knows of a session.  Its methods are called from
// any goroutine.
type client struct{ s *session }

func (c client) ID() string             { return c.s.id }
func (c client) Address() string        { return c.s.remote }
func (c client) Kind() group.ClientKind { return group.Web }

// Deliver enqueues an event.
func (c client) Deliver(m *group.Membership, ev group.Event) {
	c.s.post(func() error { return c.s.event(m, ev) })
}

// join joins a group or leaves it (section 6).
func (s *session) join(m *incoming) error {
	switch m.Kind {
	case "join":
		return s.enterGroup(m)
	case "leave":
		return s.leaveGroup(m)
	}
	return violation("unknown kind")
}

func (s *session) enterGroup(m *incoming) error {
	if s.member != nil {
		return violation("cannot join multiple groups")
	}
	data, err := decodeObject(m.Data)
	if err != nil {
		return violation("malformed message")
	}
	credentials := group.Credentials{
		Username: m.Username, Password: m.Password, Token: m.Token,
	}
	member, err := s.server.opts.Registry.Join(s.ctx, m.Group, client{s}, credentials, data)
	if err != nil {
		return s.joinFailed(m, err)
	}
	// The events of the join are in the inbox, and are handled next.
	s.member = member
	s.username = member.Info().Username
	s.failedJoins = 0
	s.neverJoined.Stop()
	s.log = s.server.log.With("client", s.id, "group", m.Group)
	return nil
}

// joinFailed answers a join that has been refused; the connection stays open
// (JOIN-5), unless this has happened too often (W-22).
func (s *session) joinFailed(m *incoming, err error) error {
	answer := &message{
		Type: "joined", Kind: "fail", Group: m.Group, Username: new(string),
	}
	var (
		redirect *group.Redirect
		refusal  *group.Error
	)
	switch {
	case errors.As(err, &redirect):
		answer.Kind = "redirect"
		answer.Value = redirect.URL
		return s.send(answer)
	case errors.As(err, &refusal):
		answer.Error = refusal.ID
		answer.Value = refusal.Text
	case s.ctx.Err() != nil:
		return errDropped
	default:
		answer.Value = "internal server error"
		s.log.Error("join failed", "group", m.Group, "error", err)
	}
	if err := s.send(answer); err != nil {
		return err
	}
	s.failedJoins++
	if s.failedJoins >= s.limits.FailedJoins {
		return fatal("too many failed joins")
	}
	return nil
}

func (s *session) leaveGroup(m *incoming) error {
	if s.member == nil || s.member.Group().Name() != m.Group {
		return fatal("you are not joined")
	}
	joined, ok := s.member.Leave()
	if !ok {
		// Removed meanwhile: the event that says so is in the inbox.
		return nil
	}
	err := s.joined(joined)
	s.forgetGroup()
	return err
}

// leave leaves the group, if any, because the session ends: others see the
// streams end, then the member go (section 6.10).
func (s *session) leave() error {
	if s.member != nil {
		s.member.Leave()
	}
	return nil
}

// forgetGroup drops what a membership leaves behind: streams, requests and
// permissions, but not the username (JOIN-18).  The group must have forgotten
// the member before.
func (s *session) forgetGroup() {
	s.member = nil
	s.closeStreams()
	s.requested = nil
	clear(s.overrides)
	s.early.clear()
	s.log = s.server.log.With("client", s.id)
}

// closeStreams closes all connections at once, as each takes a moment.
func (s *session) closeStreams() {
	var closing sync.WaitGroup
	closeOne := func(f func()) {
		closing.Go(func() {
			// A panic has been reported by then.
			_ = s.protect(func() error { f(); return nil })
		})
	}
	for _, u := range s.up {
		closeOne(u.close)
	}
	for _, d := range s.down {
		closeOne(d.close)
	}
	closing.Wait()
	clear(s.up)
	clear(s.down)
	if s.receiver != nil {
		s.receiver.Close()
		s.receiver = nil
	}
}
