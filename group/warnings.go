package group

// WarnOperators tells the operators of a group that something went wrong, for a
// part of the server (GA-8).
func (g *Group) WarnOperators(text string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range g.members {
		if m.client.Kind() == Web && m.permissions.Has(PermOp) {
			m.deliver(UserMessage{Kind: "warning", Dest: m.id, Privileged: true, Value: text})
		}
	}
}
