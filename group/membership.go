package group

import (
	"encoding/json"

	"galene/conn"
)

// Membership is one stay of one client in one group.  Its methods may be called
// concurrently; once it has ended they do nothing and return an *Error whose
// cause is ErrNotMember.
type Membership struct{}

// Group returns the group, also after leaving it.
func (m *Membership) Group() *Group { return nil }

// Client returns the client.
func (m *Membership) Client() Client { return nil }

// Info returns the member as it is now, or as it was when it left.
func (m *Membership) Info() Member { return Member{} }

// Permissions returns what the member may do now; nothing once it has left.
func (m *Membership) Permissions() Permissions { return Permissions{} }

// Leave ends the membership, and returns the last message for the client, of
// kind JoinedLeave.  It returns false if the membership had ended before, for
// instance by a kick.
func (m *Membership) Leave() (Joined, bool) { return Joined{}, false }

// ChatRequest is a chat or user message as a member sends it.
type ChatRequest struct {
	Kind   string
	ID     string
	Dest   string // "" is everybody
	NoEcho bool
	Value  json.RawMessage // nil or null is absent; must not be modified later
}

// Chat sends a chat message (spec 9.1).
func (m *Membership) Chat(req ChatRequest) error { return nil }

// UserMessage sends a user message (spec 9.1).
func (m *Membership) UserMessage(req ChatRequest) error { return nil }

// UserAction does what spec 10 says.
func (m *Membership) UserAction(kind, dest string, value json.RawMessage) error { return nil }

// GroupAction does what spec 11 and 12 say.  Replies other than errors come as
// events.
func (m *Membership) GroupAction(kind string, value json.RawMessage) error { return nil }

// ReserveStream makes id the identifier of a stream of this member.  It is an
// error if the member may not present ("not authorised"), if the identifier is
// another member's (W-5), or if the member has too many streams.  Reserving a
// stream of one's own again does nothing.
//
// If replace is the identifier of another stream of this member, that stream is
// forgotten, and the others learn of it when the new one is announced or
// withdrawn, whichever comes first.  Any other replace is ignored.
func (m *Membership) ReserveStream(id, replace string) error { return nil }

// Announce tells the other members that a stream exists or that its tracks
// have changed.  It does nothing if the stream's identifier is not reserved.
func (m *Membership) Announce(src conn.Source) {}

// Withdraw forgets a stream, and tells the other members if they knew of it.
// It does nothing if the stream is not this member's.
func (m *Membership) Withdraw(id string) {}

// Streams returns the announced streams of the other members.
func (m *Membership) Streams() []conn.Source { return nil }
