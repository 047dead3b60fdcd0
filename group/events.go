package group

import (
	"time"

	"galene/conn"
)

// Event is something that a member learns.  Events are immutable snapshots of
// the moment at which they happened.
//
// The implementations are Joined, User, Chat, UserMessage, Stream, StreamClosed,
// StreamRevoked, Kicked and Speaker, all by value.
type Event interface{ event() }

// The kinds of a Joined event.
const (
	JoinedJoin   = "join"
	JoinedChange = "change"
	JoinedLeave  = "leave"
)

// Joined tells a member about its membership and the state of its group
// (spec 6.6).  Every one of them has the whole state.
type Joined struct {
	Kind        string // JoinedJoin, JoinedChange or JoinedLeave
	Group       string
	Username    string
	Permissions Permissions // none for JoinedLeave
	Status      Status      // in its WebSocket form
	Data        Data        // the group's, W-15
}

// The kinds of a User event.
const (
	UserAdd    = "add"
	UserChange = "change"
	UserDelete = "delete"
)

// User tells a member about a member, possibly itself (spec 7).
type User struct {
	Kind        string // UserAdd, UserChange or UserDelete
	ID          string
	Username    string
	Permissions Permissions // none for UserDelete
	Data        Data        // nil for UserDelete
}

// Chat is a chat message (spec 9).
type Chat struct {
	// History marks a replayed message: a chathistory on the wire, which
	// has neither Dest, Privileged nor NoEcho.
	History    bool
	ID         string
	Source     string // "" for a message of the server
	Username   string
	Kind       string
	Dest       string
	Privileged bool
	NoEcho     bool
	Value      any // encodes as JSON; nil is absent
	Time       time.Time
}

// UserMessage is a usermessage, from a member or from the server.
type UserMessage struct {
	ID         string
	Kind       string
	Error      string  // stable identifier, or empty
	Source     string  // "" for the server
	Username   *string // nil for the server
	Dest       string
	Privileged bool
	NoEcho     bool
	Value      any       // encodes as JSON; nil is absent
	Time       time.Time // zero is absent
}

// Stream tells a member that another member's stream exists, or that its tracks
// have changed.
type Stream struct {
	Source conn.Source
	Owner  conn.User
	// Replace is the identifier of the owner's stream that this one takes
	// the place of, or empty.  It is set in the first announcement only,
	// and no StreamClosed comes for the replaced stream.
	Replace string
}

// StreamClosed tells a member that another member's stream has ended.
type StreamClosed struct {
	ID     string
	Source conn.Source // the one that was announced under that id
	Owner  conn.User
}

// StreamRevoked tells a member that its own stream has ended because it may no
// longer present (PERM-8).  The group has already forgotten the stream.
type StreamRevoked struct {
	ID string
}

// Kicked tells a member that it has been removed from the group.  It is the
// last event of the membership.
type Kicked struct {
	// ID and Username are those of the member who did it; nil and empty if
	// the server did.
	ID       string
	Username *string
	// Message is the reason given, or empty.
	Message string
}

// Text is the value of the kicked message (UA-8).
func (k Kicked) Text() string {
	if k.Message == "" {
		return "you have been kicked out"
	}
	return k.Message
}

// maxReason is the room for a reason in a WebSocket close frame, in bytes.
const maxReason = 123

// Reason is the reason of the close frame (WS-26), cut to the 123 bytes that
// fit into one (W-13).
func (k Kicked) Reason() string {
	reason := "kicked out"
	if k.Message != "" {
		reason += " (" + k.Message + ")"
	}
	if k.Username != nil && *k.Username != "" {
		reason += " by " + *k.Username
	}
	return truncate(reason, maxReason)
}

// Speaker tells parts of the server that the member with an id speaks now; web
// clients get a UserMessage instead.
type Speaker struct{ ID string }

func (Joined) event()        {}
func (User) event()          {}
func (Chat) event()          {}
func (UserMessage) event()   {}
func (Stream) event()        {}
func (StreamClosed) event()  {}
func (StreamRevoked) event() {}
func (Kicked) event()        {}
func (Speaker) event()       {}
