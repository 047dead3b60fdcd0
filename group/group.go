package group

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"time"
)

// Messages that clients see when the server acts on its own.
const (
	lockedText      = "this group is locked"
	noOperatorsText = "there are no operators in this group"
)

// lonelySystem is how long a recorder stays when everybody else has left (W-31).
const lonelySystem = 5 * time.Minute

// Group is one loaded group.  Its methods may be called concurrently.
type Group struct {
	registry *Registry
	name     string
	pins     int // who is using the group without being a member; guarded by registry.mu

	refreshing sync.Mutex // held while the description is looked up

	mu          sync.Mutex
	desc        *Description
	unloaded    bool
	used        bool      // somebody has been a member
	active      time.Time // last join, leave or load
	members     []*Membership
	byID        map[string]*Membership
	locked      bool
	lockMessage string
	closed      bool // by Shutdown
	history     history
	data        Data
	streams     map[string]*stream
	streamCount uint64 // numbers streams in order of reservation
	former      formerIDs
	recording   bool      // a recorder is being started
	speaker     string    // who was announced last to speak
	lonelySince time.Time // when only parts of the server were left
}

// newGroup makes a group without members.
func newGroup(r *Registry, name string, desc *Description) *Group {
	g := &Group{
		registry: r,
		name:     name,
		desc:     desc,
		active:   r.options.Now(),
		byID:     make(map[string]*Membership),
		streams:  make(map[string]*stream),
	}
	g.history.limit = r.options.Limits.History
	return g
}

// Name returns the group's name.
func (g *Group) Name() string { return g.name }

// Description returns the description that the group currently follows.
func (g *Group) Description() *Description {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.desc
}

// Members returns a snapshot of the members, sorted by identifier.
func (g *Group) Members() []Member {
	g.mu.Lock()
	defer g.mu.Unlock()
	members := make([]Member, 0, len(g.members))
	for _, m := range g.members {
		members = append(members, m.info())
	}
	slices.SortFunc(members, func(a, b Member) int { return cmp.Compare(a.ID, b.ID) })
	return members
}

// now is the wall clock.
func (g *Group) now() time.Time { return g.registry.options.Now() }

// refresh makes the group follow its description file, and applies autolock and
// autokick.  If the file is gone, the group goes on as it is (GRP-8).
func (g *Group) refresh() (*Description, error) {
	g.refreshing.Lock()
	defer g.refreshing.Unlock()
	g.registry.Config() // for what the members are told
	desc, err := g.registry.library.find(g.name)
	g.mu.Lock()
	defer g.mu.Unlock()
	if err == nil && g.desc != desc {
		g.follow(desc)
	}
	g.enforce()
	return desc, err
}

// deliver hands an event to one member.  Like everything below, it is called
// with the group locked.
func (m *Membership) deliver(ev Event) {
	if !m.left {
		m.client.Deliver(m, ev)
	}
}

// broadcast hands an event to all members but one, which may be nil.
func (g *Group) broadcast(ev Event, except *Membership) {
	for _, m := range g.members {
		if m != except {
			m.deliver(ev)
		}
	}
}

// joined makes the event that tells m about its membership.
func (g *Group) joined(kind string, m *Membership) Joined {
	ev := Joined{
		Kind:     kind,
		Group:    g.name,
		Username: m.username,
		Status:   g.desc.status(g.name, g.state(), true),
		Data:     g.data,
	}
	if kind != JoinedLeave {
		ev.Permissions = m.permissions
	}
	return ev
}

// announceState tells every member about the state of the group.
func (g *Group) announceState() {
	for _, m := range g.members {
		m.deliver(g.joined(JoinedChange, m))
	}
}

// hasOperator says whether some member holds op.
func (g *Group) hasOperator() bool {
	return slices.ContainsFunc(g.members, func(m *Membership) bool {
		return m.permissions.Has(PermOp)
	})
}

// enforce applies autolock and autokick (14.7).
func (g *Group) enforce() {
	if !g.desc.Autolock && !g.desc.Autokick || g.hasOperator() {
		return
	}
	if g.desc.Autolock && !g.locked {
		g.lock("")
	}
	if g.desc.Autokick {
		g.kickAll(noOperatorsText)
	}
}

// lock locks the group and tells the members.
func (g *Group) lock(message string) {
	g.locked, g.lockMessage = true, message
	g.announceState()
}

// unlock unlocks the group and tells the members.
func (g *Group) unlock() {
	g.locked, g.lockMessage = false, ""
	g.announceState()
}

// remove ends a membership and tells the others: first that its streams have
// ended, then that it has left (JOIN-17).
func (g *Group) remove(m *Membership) {
	now := g.now()
	g.members = slices.DeleteFunc(g.members, func(o *Membership) bool { return o == m })
	delete(g.byID, m.id)
	m.left = true
	g.closeStreams(m)
	g.broadcast(User{Kind: UserDelete, ID: m.id, Username: m.username}, nil)
	g.former.add(m.id, m.username, m.client.Address(), now)
	g.active = now
	g.registry.log.Info("left", "group", g.name, "client", m.id, "username", m.username)
}

// kick removes a member on behalf of another one, or of the server if by is nil.
func (g *Group) kick(m, by *Membership, message string) {
	ev := Kicked{Message: message}
	if by != nil {
		ev.ID, ev.Username = by.id, &by.username
	}
	m.deliver(ev)
	g.remove(m)
}

// kickAll removes everybody.  As nobody remains, nobody is told of the others.
func (g *Group) kickAll(message string) {
	members := g.members
	g.members = nil
	clear(g.byID)
	clear(g.streams)
	now := g.now()
	for _, m := range members {
		m.deliver(Kicked{Message: message})
		m.left = true
		g.former.add(m.id, m.username, m.client.Address(), now)
	}
	g.active = now
}

// shutdown locks the group for good and removes everybody.
func (g *Group) shutdown(message string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	g.locked, g.lockMessage = true, message
	g.kickAll(message)
}

// disposable says whether nothing is lost when the group, which has no members, is
// unloaded at once (W-25).
func (g *Group) disposable() bool {
	return !g.used || g.desc.Automatic && g.history.empty(g.now(), g.desc.MaxHistoryAge)
}

// expired says whether the group, which has no members, has been idle for so
// long that it is to be unloaded (GRP-10).
func (g *Group) expired() bool {
	return !g.desc.Public && g.now().Sub(g.active) > g.desc.MaxHistoryAge
}

// stopLonelySystem removes parts of the server when everybody else has left some
// time ago (W-31).
func (g *Group) stopLonelySystem() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.members) == 0 || slices.ContainsFunc(g.members, func(m *Membership) bool {
		return m.client.Kind() != System
	}) {
		g.lonelySince = time.Time{}
		return
	}
	now := g.now()
	if g.lonelySince.IsZero() {
		g.lonelySince = now
	}
	if now.Sub(g.lonelySince) >= lonelySystem {
		g.kickAll("")
	}
}

// JoinSystem makes a part of the server a member, bypassing all checks but those
// on its identifier.  Its permissions are the single one "system".
func (g *Group) JoinSystem(c Client, username string) (*Membership, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.unloaded || g.closed {
		return nil, ErrNoGroup
	}
	if err := g.checkID(c, username); err != nil {
		return nil, err
	}
	if c.Kind() != System {
		return nil, errors.New("not a part of the server")
	}
	return g.admit(c, identity{username: username, permissions: NewPermissions(PermSystem)}, nil), nil
}
