package group

import "encoding/json"

// maxText is the length of the texts of kicks and locks, in bytes (W-13).
const maxText = 1024

// userAction is what a user action does; it is called with the group locked.
type userAction struct {
	permission string // empty: none
	run        func(m *Membership, dest string, value json.RawMessage) error
}

// userActionFor returns a row of spec 8.3.
func userActionFor(kind string) (userAction, bool) {
	switch kind {
	case "op":
		return changing(func(p Permissions, d *Description) Permissions {
			if d.AllowRecording {
				p = p.With(PermRecord)
			}
			return p.With(PermOp)
		}), true
	case "unop":
		return changing(func(p Permissions, _ *Description) Permissions {
			return p.Without(PermOp, PermRecord)
		}), true
	case "present":
		return granting(PermPresent), true
	case "unpresent":
		return revoking(PermPresent), true
	case "unshutup":
		return granting(PermMessage), true
	case "shutup":
		return revoking(PermMessage), true
	case "identify":
		return userAction{PermOp, (*Membership).identify}, true
	case "kick":
		return userAction{PermOp, (*Membership).kick}, true
	case "setdata":
		return userAction{"", (*Membership).setUserData}, true
	}
	return userAction{}, false
}

// UserAction does what spec 10 says.
func (m *Membership) UserAction(kind, dest string, value json.RawMessage) error {
	g := m.group
	g.registry.Config() // for what members are told
	var emptied bool
	err := m.act(func() error {
		defer func() { emptied = len(g.members) == 0 }()
		action, ok := userActionFor(kind)
		if !ok {
			return &Error{Text: "unknown user action", Fatal: true}
		}
		if action.permission != "" && !m.permissions.Has(action.permission) {
			return forbidden()
		}
		return action.run(m, dest, value)
	})
	if emptied {
		g.registry.tidy(g)
	}
	return err
}

// granting is the action that adds a permission.
func granting(permission string) userAction {
	return changing(func(p Permissions, _ *Description) Permissions { return p.With(permission) })
}

// revoking is the action that takes a permission away.
func revoking(permission string) userAction {
	return changing(func(p Permissions, _ *Description) Permissions { return p.Without(permission) })
}

// changing is the action that changes a member's permissions (8.4).
func changing(change func(Permissions, *Description) Permissions) userAction {
	return userAction{PermOp, func(m *Membership, dest string, _ json.RawMessage) error {
		g := m.group
		target := g.byID[dest]
		if target == nil {
			return refuse("no such user")
		}
		if target.client.Kind() != Web {
			return refuse("this is not a real user")
		}
		target.permissions = change(target.permissions, g.desc)
		target.deliver(g.joined(JoinedChange, target))
		if !target.permissions.Has(PermPresent) {
			g.revokeStreams(target)
		}
		g.broadcast(target.user(UserChange), nil)
		g.enforce()
		return nil
	}}
}

// UserInfo is the value of a userinfo message (UA-6).
type UserInfo struct {
	ID       string `json:"id"`
	Username string `json:"username,omitempty"`
	Address  string `json:"address,omitempty"`
}

// identify tells m another member's address, and that member about it.
func (m *Membership) identify(dest string, _ json.RawMessage) error {
	target := m.group.byID[dest]
	if target == nil {
		return refuse("client not found")
	}
	if target.client.Kind() == Web {
		target.deliver(UserMessage{
			Kind: "warning", Dest: target.id, Privileged: true,
			Value: "Your IP address has been communicated to user " + m.username + ".",
		})
	}
	m.deliver(UserMessage{
		Kind: "userinfo", Privileged: true,
		Value: UserInfo{target.id, target.username, target.client.Address()},
	})
	return nil
}

// kick removes a member.
func (m *Membership) kick(dest string, value json.RawMessage) error {
	g := m.group
	target := g.byID[dest]
	if target == nil {
		return refuse("no such user")
	}
	g.kick(target, m, truncate(stringOrEmpty(value), maxText))
	g.enforce()
	return nil
}

// stringOrEmpty decodes a JSON string; any other value is the empty one.
func stringOrEmpty(value json.RawMessage) string {
	var s string
	if json.Unmarshal(orNull(value), &s) != nil {
		return ""
	}
	return s
}

// setUserData changes the member's own data.
func (m *Membership) setUserData(dest string, value json.RawMessage) error {
	if dest != m.id {
		return forbidden()
	}
	data, err := m.data.merge(value, m.group.registry.options.Limits.UserData)
	if err != nil {
		return err
	}
	m.data = data
	m.group.broadcast(m.user(UserChange), nil)
	return nil
}
