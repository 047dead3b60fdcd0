package group

// Status is what is published about a group, over HTTP and in joined messages
// (spec 6.6).
type Status struct {
	Name     string `json:"name"`
	Redirect string `json:"redirect,omitempty"`
	// Location and Endpoint are for the web server to fill in.
	Location    string `json:"location,omitempty"`
	Endpoint    string `json:"endpoint,omitempty"`
	DisplayName string `json:"displayName,omitempty"`
	Description string `json:"description,omitempty"`
	AuthServer  string `json:"authServer,omitempty"`
	AuthPortal  string `json:"authPortal,omitempty"`
	Locked      bool   `json:"locked,omitempty"`
	// ClientCount is nil where it is not published.
	ClientCount       *int `json:"clientCount,omitempty"`
	CanChangePassword bool `json:"canChangePassword,omitempty"`
}

// groupState is the part of a status that is not in the description.
type groupState struct {
	locked            bool
	clients           int
	canChangePassword bool
}

// status makes the status of a group, in full for its members, otherwise what
// anybody may see.
func (d *Description) status(name string, state groupState, full bool) Status {
	s := Status{
		Name:        name,
		Redirect:    d.Redirect,
		DisplayName: d.DisplayName,
		Description: d.Text,
	}
	if d.Redirect != "" {
		return s
	}
	s.AuthServer, s.AuthPortal = d.AuthServer, d.AuthPortal
	if full || d.Public {
		s.Locked = state.locked
		s.ClientCount = &state.clients
	}
	s.CanChangePassword = full && state.canChangePassword
	return s
}

// publicStatus returns what anybody may see of the group.
func (g *Group) publicStatus() Status {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.desc.status(g.name, g.state(), false)
}

// state is called with the group locked.
func (g *Group) state() groupState {
	return groupState{
		locked:            g.locked,
		clients:           len(g.members),
		canChangePassword: g.registry.lastConfig.Load().WritableGroups,
	}
}
