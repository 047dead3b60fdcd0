package group

// Group is one loaded group.  Its methods may be called concurrently.
type Group struct{}

// Name returns the group's name.
func (g *Group) Name() string { return "" }

// Description returns the description that the group currently follows.
func (g *Group) Description() *Description { return nil }

// Members returns a snapshot of the members, sorted by identifier.
func (g *Group) Members() []Member { return nil }

// JoinSystem makes a part of the server a member, bypassing all checks but those
// on its identifier.  Its permissions are the single one "system".
func (g *Group) JoinSystem(c Client, username string) (*Membership, error) { return nil, nil }
