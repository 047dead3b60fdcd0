package group

import (
	"context"
	"errors"
)

// errStale means that the description changed while somebody was being
// authorised.
var errStale = errors.New("the description has changed")

// maxStale is how often joining starts again for that reason.
const maxStale = 5

// Join makes c a member of the named group, after all the checks of spec 6.2.
// Before it returns, c has been delivered the events of 6.4.
//
// It blocks while a password is verified and, after some failures, to slow
// guessing down (JOIN-6, W-23); ctx ends that early.  The error is a *Redirect, an
// *Error to be reported as the failure of the join, or the context's.
func (r *Registry) Join(ctx context.Context, name string, c Client, cred Credentials, data Data) (*Membership, error) {
	m, err := r.join(ctx, name, c, cred, data)
	for i := 0; errors.Is(err, errStale); i++ {
		if i == maxStale {
			err = busyError(errStale)
			break
		}
		m, err = r.join(ctx, name, c, cred, data)
	}
	var refused *Error
	if errors.As(err, &refused) {
		r.log.Info("join refused", "group", truncate(name, maxName), "client", truncate(c.ID(), maxID),
			"address", c.Address(), "error", refused.Text, "reason", refused.cause)
		if refused.delay {
			if err := sleep(ctx, failureDelay); err != nil {
				return nil, err
			}
		}
	}
	return m, err
}

func (r *Registry) join(ctx context.Context, name string, c Client, cred Credentials, data Data) (*Membership, error) {
	desc, g, err := r.open(name)
	if err != nil {
		return nil, joinError(err)
	}
	defer r.release(g)
	if desc.Redirect != "" && c.Kind() != WHIP { // whip.md W-5
		return nil, &Redirect{URL: desc.Redirect}
	}
	who, err := r.authorise(ctx, name, desc, cred, c.Address())
	if err != nil {
		return nil, err
	}
	if !ValidUsername(who.username) {
		return nil, notAuthorised(errors.New("invalid username"))
	}
	if data.size() > r.options.Limits.UserData {
		return nil, &Error{ID: "too-large", Text: dataTooLarge}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.desc != desc {
		return nil, errStale
	}
	if err := g.checkJoin(c, who); err != nil {
		return nil, err
	}
	return g.admit(c, who, data), nil
}

// checkJoin makes the checks of 6.2, steps 6 to 8.  It is called with the group
// locked.
func (g *Group) checkJoin(c Client, who identity) error {
	if g.closed {
		return lockedError(g.lockMessage)
	}
	if !who.permissions.Has(PermOp) {
		if err := g.checkOpen(); err != nil {
			return err
		}
	}
	return g.checkID(c, who.username)
}

// checkOpen says whether members other than operators may join now.
func (g *Group) checkOpen() error {
	d, now := g.desc, g.now()
	switch {
	case g.locked:
		return lockedError(g.lockMessage)
	case !d.NotBefore.IsZero() && now.Before(d.NotBefore):
		return &Error{ID: "not-open-yet", Text: "this group is not open yet"}
	case !d.Expires.IsZero() && now.After(d.Expires):
		return &Error{ID: "closed", Text: "this group is closed"}
	case d.Autokick && !g.hasOperator():
		return &Error{ID: "no-operators", Text: noOperatorsText}
	}
	count := 0
	for _, m := range g.members {
		if m.client.Kind() != System { // W-31
			count++
		}
	}
	if d.MaxClients > 0 && count >= d.MaxClients {
		return &Error{ID: "full", Text: "too many users"}
	}
	return nil
}

// checkID says whether the client's identifier can be used.
func (g *Group) checkID(c Client, username string) error {
	id := c.ID()
	switch {
	case id == "":
		return &Error{ID: "empty-id", Text: "empty client id"}
	case len(id) > maxID:
		return &Error{ID: "bad-id", Text: "client id too long"}
	case g.byID[id] != nil, g.former.reserved(id, username, c.Address(), g.now()):
		return &Error{ID: "duplicate-id", Text: "duplicate client id"}
	}
	return nil
}

// admit makes a client a member, and tells everybody (6.4, 6.5).  It is called
// with the group locked.
func (g *Group) admit(c Client, who identity, data Data) *Membership {
	m := &Membership{
		group: g, client: c,
		id: c.ID(), username: who.username, grant: who.grant,
		permissions: who.permissions, data: data,
	}
	now := g.now()
	for _, other := range g.members {
		if other.username == who.username { // W-33
			g.registry.log.Info("username is in use already", "group", g.name,
				"client", m.id, "other", other.id, "username", who.username)
			break
		}
	}
	g.members = append(g.members, m)
	g.byID[m.id] = m
	g.used, g.active = true, now

	m.deliver(g.joined(JoinedJoin, m))
	if c.Kind() == Web {
		for _, message := range g.history.recent(now, g.desc.MaxHistoryAge) {
			m.deliver(message)
		}
	}
	add := m.user(UserAdd)
	m.deliver(add)
	for _, other := range g.members {
		if other != m {
			m.deliver(other.user(UserAdd))
		}
	}
	g.broadcast(add, m)
	g.registry.log.Info("joined", "group", g.name, "client", m.id,
		"username", who.username, "address", c.Address())
	return m
}
