package group

import (
	"fmt"
	"maps"
	"slices"
)

// view is what a client believes about its group from the events that it got.
// It checks that each event makes sense after those before (ORD-2, ORD-3).
type view struct {
	client     *client
	membership *Membership // of which events are expected; nil: none
	joined     *Joined
	members    map[string]User
	streams    map[string]string // id to owner
	chats      map[string]bool   // identifiers of messages that came
	expected   []string          // values of the messages that are to come, in order
	history    bool              // still replaying
	kicked     bool
}

func newView(c *client) *view { return &view{client: c} }

// start begins a new membership.
func (v *view) start(m *Membership) {
	v.membership, v.joined, v.kicked = m, nil, false
	v.members, v.streams, v.chats = map[string]User{}, map[string]string{}, map[string]bool{}
	v.history = true
}

// catchUp applies the events that have come.
func (v *view) catchUp() error {
	v.client.mu.Lock()
	events, from := v.client.events, v.client.from
	v.client.events, v.client.from = nil, nil
	v.client.mu.Unlock()
	for i, ev := range events {
		if from[i] != v.membership {
			if _, ok := ev.(Joined); !ok || ev.(Joined).Kind != JoinedJoin {
				return fmt.Errorf("%s: event of another membership: %s", v.client.id, names(events[i:i+1]))
			}
			v.start(from[i])
		}
		if err := v.apply(ev); err != nil {
			return fmt.Errorf("%s: %w, in %s", v.client.id, err, names(events))
		}
	}
	return nil
}

func (v *view) apply(ev Event) error {
	if v.kicked {
		return fmt.Errorf("%T after the kick", ev)
	}
	if joined, ok := ev.(Joined); ok == (v.joined == nil) {
		if ok && joined.Kind != JoinedJoin {
			return fmt.Errorf("joined/%s comes first", joined.Kind)
		}
	} else if v.joined == nil {
		return fmt.Errorf("%T before joined", ev)
	}
	switch ev := ev.(type) {
	case Joined:
		if v.joined != nil && ev.Kind != JoinedChange {
			return fmt.Errorf("a second joined/%s", ev.Kind)
		}
		v.joined = &ev
	case User:
		if v.history && (ev.ID != v.client.id || ev.Kind != UserAdd) {
			return fmt.Errorf("user/%s of %s comes first", ev.Kind, ev.ID)
		}
		v.history = false
		return v.applyUser(ev)
	case Chat:
		if ev.History != v.history {
			return fmt.Errorf("history is %v, chat is %v", v.history, ev.History)
		}
		if v.chats[ev.ID] {
			return fmt.Errorf("chat %s came twice", ev.ID)
		}
		v.chats[ev.ID] = true
		return v.applyChat(ev)
	case Stream:
		if _, ok := v.members[ev.Owner.ID]; !ok || ev.Owner.ID == v.client.id {
			return fmt.Errorf("stream of %s", ev.Owner.ID)
		}
		if owner, ok := v.streams[ev.Source.ID()]; ok && owner != ev.Owner.ID {
			return fmt.Errorf("W-5: stream %s changes its owner", ev.Source.ID())
		}
		if ev.Replace != "" {
			// A newcomer need not know the replaced stream.
			delete(v.streams, ev.Replace)
		}
		v.streams[ev.Source.ID()] = ev.Owner.ID
	case StreamClosed:
		delete(v.streams, ev.ID)
	case Kicked:
		v.kicked = true
	}
	return nil
}

// applyChat compares a message with the next one that the model expects.
func (v *view) applyChat(ev Chat) error {
	if v.expected == nil {
		return nil // there is no model
	}
	value := fmt.Sprintf("%s", ev.Value)
	if len(v.expected) == 0 || v.expected[0] != value {
		return fmt.Errorf("chat %s came, expected are %v", value, v.expected)
	}
	v.expected = v.expected[1:]
	return nil
}

func (v *view) applyUser(ev User) error {
	_, known := v.members[ev.ID]
	switch ev.Kind {
	case UserAdd:
		if known {
			return fmt.Errorf("%s is added twice", ev.ID)
		}
		v.members[ev.ID] = ev
	case UserChange:
		if !known {
			return fmt.Errorf("USR-4: change of unknown %s", ev.ID)
		}
		v.members[ev.ID] = ev
	case UserDelete:
		if !known || ev.ID == v.client.id {
			return fmt.Errorf("deletion of %s", ev.ID)
		}
		for id, owner := range v.streams {
			if owner == ev.ID {
				return fmt.Errorf("STR-27: %s is deleted before its stream %s", ev.ID, id)
			}
		}
		delete(v.members, ev.ID)
	}
	return nil
}

// compare says where the view differs from the truth.
func (v *view) compare() error {
	g := v.membership.Group()
	g.mu.Lock()
	defer g.mu.Unlock()
	if v.membership.left {
		return nil
	}
	want := map[string]string{}
	for _, m := range g.members {
		want[m.id] = fmt.Sprint(m.username, sorted(m.permissions), len(m.data))
	}
	got := map[string]string{}
	for id, user := range v.members {
		got[id] = fmt.Sprint(user.Username, sorted(user.Permissions), len(user.Data))
	}
	if !maps.Equal(got, want) {
		return fmt.Errorf("%s believes in members %v, but there are %v", v.client.id, got, want)
	}
	var streams []string
	for id, s := range g.streams {
		if s.owner == v.membership {
			continue
		}
		if s.source != nil {
			streams = append(streams, id)
		}
		// Those that a stream yet to be announced will replace.
		if s.replaced != nil {
			if _, ok := v.streams[s.replaced.id]; ok {
				streams = append(streams, s.replaced.id)
			}
		}
	}
	slices.Sort(streams)
	if believed := slices.Sorted(maps.Keys(v.streams)); !slices.Equal(believed, streams) {
		return fmt.Errorf("%s believes in streams %v, but there are %v", v.client.id, believed, streams)
	}
	if v.joined.Status.Locked != g.locked || sorted(v.joined.Permissions) != sorted(v.membership.permissions) {
		return fmt.Errorf("%s believes %+v", v.client.id, v.joined)
	}
	return nil
}
