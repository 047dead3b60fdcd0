package group

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// groupAction is what a group action does.
type groupAction struct {
	permission string // empty: the action checks by itself
	// locked is called with the group locked, free without.
	locked func(m *Membership, value json.RawMessage) error
	free   func(m *Membership, value json.RawMessage) error
}

// groupActionFor returns a row of spec 8.3.
func groupActionFor(kind string) (groupAction, bool) {
	switch kind {
	case "clearchat":
		return groupAction{permission: PermOp, locked: (*Membership).clearChat}, true
	case "lock":
		return groupAction{permission: PermOp, locked: (*Membership).lockGroup}, true
	case "unlock":
		return groupAction{permission: PermOp, locked: (*Membership).unlockGroup}, true
	case "setdata":
		return groupAction{permission: PermOp, locked: (*Membership).setGroupData}, true
	case "subgroups":
		return groupAction{permission: PermOp, free: (*Membership).listSubgroups}, true
	case "record":
		return groupAction{permission: PermRecord, free: (*Membership).record}, true
	case "unrecord":
		return groupAction{permission: PermRecord, locked: (*Membership).unrecord}, true
	case "maketoken":
		return groupAction{free: (*Membership).makeToken}, true
	case "edittoken":
		return groupAction{free: (*Membership).editToken}, true
	case "listtokens":
		return groupAction{free: (*Membership).listTokens}, true
	}
	return groupAction{}, false
}

// GroupAction does what spec 11 and 12 say.  Replies other than errors come as
// events.
func (m *Membership) GroupAction(kind string, value json.RawMessage) error {
	m.group.registry.Config() // for what members are told
	action, ok := groupActionFor(kind)
	err := m.act(func() error {
		if !ok {
			return &Error{Text: "unknown group action", Fatal: true}
		}
		if action.permission != "" && !m.permissions.Has(action.permission) {
			return forbidden()
		}
		if action.locked != nil {
			return action.locked(m, value)
		}
		return nil
	})
	if err != nil || action.free == nil {
		return err
	}
	return action.free(m, value)
}

// clearChat deletes chat messages (11.1).
func (m *Membership) clearChat(value json.RawMessage) error {
	bad := refuse("bad value in clearchat")
	var selected struct{ id, userID string }
	if !absent(value) {
		var members map[string]json.RawMessage
		if json.Unmarshal(value, &members) != nil {
			return bad
		}
		if json.Unmarshal(orNull(members["id"]), &selected.id) != nil ||
			json.Unmarshal(orNull(members["userId"]), &selected.userID) != nil ||
			selected.id != "" && selected.userID == "" {
			return bad
		}
	}
	g := m.group
	g.history.remove(selected.userID, selected.id)
	ev := UserMessage{Kind: "clearchat", Privileged: true}
	if !absent(value) {
		ev.Value = value
	}
	for _, to := range g.members {
		if to.client.Kind() == Web {
			to.deliver(ev)
		}
	}
	return nil
}

func (m *Membership) lockGroup(value json.RawMessage) error {
	m.group.lock(truncate(stringOrEmpty(value), maxText))
	return nil
}

func (m *Membership) unlockGroup(json.RawMessage) error {
	m.group.unlock()
	return nil
}

func (m *Membership) setGroupData(value json.RawMessage) error {
	g := m.group
	data, err := g.data.merge(value, g.registry.options.Limits.GroupData)
	if err != nil {
		return err
	}
	g.data = data
	g.announceState()
	return nil
}

// listSubgroups tells the member about groups below this one (11.4).
func (m *Membership) listSubgroups(json.RawMessage) error {
	g := m.group
	var lines []string
	for _, sub := range g.registry.loaded() {
		if !strings.HasPrefix(sub.name, g.name+"/") {
			continue
		}
		switch n := sub.count(); n {
		case 0:
		case 1:
			lines = append(lines, sub.name+" (1 client)\n")
		default:
			lines = append(lines, fmt.Sprintf("%s (%d clients)\n", sub.name, n))
		}
	}
	slices.Sort(lines)
	return m.act(func() error {
		m.deliver(Chat{
			Username: "Server", Dest: m.id,
			Value: strings.Join(lines, ""), Time: g.now(),
		})
		return nil
	})
}

// count returns the number of members.
func (g *Group) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.members)
}

// record starts a recorder (GA-6).
func (m *Membership) record(json.RawMessage) error {
	g := m.group
	var requester Member
	err := m.act(func() error {
		if g.recording || slices.ContainsFunc(g.members, isSystem) {
			return refuse("already recording")
		}
		g.recording = true
		requester = m.info()
		return nil
	}, PermRecord)
	if err != nil {
		return err
	}
	defer func() {
		g.mu.Lock()
		g.recording = false
		g.mu.Unlock()
	}()
	failed := &Error{Text: "couldn't start recording"}
	var explained *Error
	start := g.registry.options.StartRecording
	if start == nil {
		return failed
	}
	if err := start(g, requester); errors.As(err, &explained) {
		return explained
	} else if err != nil {
		g.registry.log.Error("cannot start recording", "group", g.name, "error", err)
		failed.cause = err
		return failed
	}
	return nil
}

// unrecord removes every recorder (GA-7).
func (m *Membership) unrecord(json.RawMessage) error {
	g := m.group
	for _, recorder := range slices.Clone(g.members) {
		if isSystem(recorder) {
			g.kick(recorder, m, "")
		}
	}
	return nil
}

// isSystem says whether a member is a part of the server.
func isSystem(m *Membership) bool { return m.client.Kind() == System }
