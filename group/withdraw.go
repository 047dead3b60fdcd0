package group

// grant says where the permissions of a member come from.
type grant uint8

const (
	// grantOther is a token, or being a part of the server.
	grantOther grant = iota
	// grantUser is the entry of the member's username.
	grantUser
	// grantWildcard is the wildcard entry.
	grantWildcard
)

// grants says whether the description still has the entry that a member was
// admitted by.
func (d *Description) grants(m *Membership) bool {
	switch m.grant {
	case grantUser:
		return d.Users[m.username] != nil
	case grantWildcard:
		return d.WildcardUser != nil
	case grantOther:
	}
	return true
}

// follow makes the group follow another description, and tells the members.
// If the registry is told to withdraw rights, members whose entry has gone lose
// all permissions, and with them their streams (W-30).  It is called with the group
// locked.
func (g *Group) follow(desc *Description) {
	g.desc = desc
	var withdrawn []*Membership
	if g.registry.options.WithdrawRights {
		for _, m := range g.members {
			if !m.permissions.Empty() && !desc.grants(m) {
				m.permissions = Permissions{}
				withdrawn = append(withdrawn, m)
			}
		}
	}
	g.announceState()
	for _, m := range withdrawn {
		g.registry.log.Info("rights withdrawn", "group", g.name, "client", m.id, "username", m.username)
		g.revokeStreams(m)
		g.broadcast(m.user(UserChange), nil)
	}
}
