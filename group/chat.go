package group

import (
	"encoding/base64"
	"encoding/json"
)

// ChatRequest is a chat or user message as a member sends it.
type ChatRequest struct {
	Kind   string
	ID     string
	Dest   string // "" is everybody
	NoEcho bool
	Value  json.RawMessage // nil or null is absent; must not be modified later
}

// captionKind is the kind of chat messages that have their own permission, and
// are not kept (W-27).
const captionKind = "caption"

// size is what the limits on messages are about, in bytes.
func (r ChatRequest) size() int { return len(r.Kind) + len(r.ID) + len(r.Value) }

// value is the value of the message that is sent.
func (r ChatRequest) value() any {
	if absent(r.Value) {
		return nil
	}
	return r.Value
}

// Chat sends a chat message (spec 9.1).
func (m *Membership) Chat(req ChatRequest) error {
	permission := PermMessage
	if req.Kind == captionKind {
		permission = PermCaption
	}
	g := m.group
	return m.act(func() error {
		if req.ID == "" && req.Dest == "" {
			req.ID = g.registry.newID()
		}
		ev := Chat{
			ID: req.ID, Source: m.id, Username: m.username,
			Kind: req.Kind, Dest: req.Dest, NoEcho: req.NoEcho,
			Privileged: m.permissions.Has(PermOp),
			Value:      req.value(), Time: g.now(),
		}
		if err := m.send(req, ev); err != nil {
			return err
		}
		if req.Dest == "" && req.Kind != captionKind {
			g.history.add(ev)
		}
		return nil
	}, permission)
}

// UserMessage sends a user message (spec 9.1).
func (m *Membership) UserMessage(req ChatRequest) error {
	return m.act(func() error {
		return m.send(req, UserMessage{
			ID: req.ID, Source: m.id, Username: &m.username,
			Kind: req.Kind, Dest: req.Dest, NoEcho: req.NoEcho,
			Privileged: m.permissions.Has(PermOp),
			Value:      req.value(), Time: m.group.now(),
		})
	}, PermMessage)
}

// send delivers a message to whom it concerns (CHAT-6, CHAT-7).  It is called with
// the group locked.
func (m *Membership) send(req ChatRequest, ev Event) error {
	g := m.group
	limits := g.registry.options.Limits
	if req.Dest == "" {
		if req.size() > limits.BroadcastChat {
			return refuse("message too large")
		}
		for _, to := range g.members {
			if to.client.Kind() == Web && !(to == m && req.NoEcho) {
				to.deliver(ev)
			}
		}
		return nil
	}
	if req.size() > limits.PrivateChat {
		return refuse("message too large")
	}
	to := g.byID[req.Dest]
	if to == nil {
		return refuse("user unknown")
	}
	if to.client.Kind() != Web {
		return refuse("this user doesn't chat")
	}
	to.deliver(ev)
	return nil
}

// newID makes an identifier: 8 random bytes in base64url, 11 characters (CHAT-3).
func (r *Registry) newID() string {
	var b [8]byte
	r.options.Rand(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}
