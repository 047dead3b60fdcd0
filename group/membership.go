package group

// Membership is one stay of one client in one group.  Its methods may be called
// concurrently; once it has ended they do nothing and return an *Error whose
// cause is ErrNotMember.
type Membership struct {
	group    *Group
	client   Client
	id       string
	username string
	grant    grant

	// The group's mutex guards the rest.
	left        bool
	permissions Permissions
	data        Data
}

// Group returns the group, also after leaving it.
func (m *Membership) Group() *Group { return m.group }

// Client returns the client.
func (m *Membership) Client() Client { return m.client }

// Info returns the member as it is now, or as it was when it left.
func (m *Membership) Info() Member {
	m.group.mu.Lock()
	defer m.group.mu.Unlock()
	return m.info()
}

// info is called with the group locked.
func (m *Membership) info() Member {
	return Member{
		ID:          m.id,
		Username:    m.username,
		Kind:        m.client.Kind(),
		Address:     m.client.Address(),
		Permissions: m.permissions,
		Data:        m.data,
	}
}

// user makes the event that describes the member; it is called with the group
// locked.
func (m *Membership) user(kind string) User {
	return User{
		Kind: kind, ID: m.id, Username: m.username,
		Permissions: m.permissions, Data: m.data,
	}
}

// Permissions returns what the member may do now; nothing once it has left.
func (m *Membership) Permissions() Permissions {
	m.group.mu.Lock()
	defer m.group.mu.Unlock()
	if m.left {
		return Permissions{}
	}
	return m.permissions
}

// Leave ends the membership, and returns the last message for the client, of
// kind JoinedLeave.  It returns false if the membership had ended before, for
// instance by a kick.
func (m *Membership) Leave() (Joined, bool) {
	farewell, ok := m.leave()
	if ok {
		m.group.registry.tidy(m.group)
	}
	return farewell, ok
}

func (m *Membership) leave() (Joined, bool) {
	g := m.group
	g.mu.Lock()
	defer g.mu.Unlock()
	if m.left {
		return Joined{}, false
	}
	g.remove(m)
	farewell := g.joined(JoinedLeave, m)
	g.enforce()
	return farewell, true
}

// act runs f with the group locked, if the membership has not ended and the
// member holds the permissions.
func (m *Membership) act(f func() error, permissions ...string) error {
	m.group.mu.Lock()
	defer m.group.mu.Unlock()
	if m.left {
		return notJoined()
	}
	for _, p := range permissions {
		if !m.permissions.Has(p) {
			return forbidden()
		}
	}
	return f()
}
