package group

// ClientKind says what sort of client a member is.
type ClientKind uint8

const (
	// Web is a client with a WebSocket; only these take part in chat.
	Web ClientKind = iota
	// WHIP is a client that came over HTTP, to publish or to watch.
	WHIP
	// System is a part of the server, a recorder for instance.
	System
)

// Client is what a group knows of a member's connection.
type Client interface {
	// ID is the identifier that the client chose; it never changes.
	ID() string
	// Address is the peer's address with its port, or empty if unknown.
	Address() string
	// Kind says what sort of client this is.
	Kind() ClientKind
	// Deliver hands over an event for the membership m.  It is called with
	// the group locked: it must only enqueue, never block, and never call
	// back into this package.  It may be called before Join has returned m,
	// and is never called for m after Leave has returned or after a Kicked
	// event.
	Deliver(m *Membership, ev Event)
}

// Credentials are what somebody presents in order to join.
type Credentials struct {
	// Username is nil if none was given, which differs from the empty one.
	Username *string
	// Password is ignored if there is a token.
	Password string
	// Token is a stateful token or a JWT.
	Token string
}

// Member is a snapshot of one member.
type Member struct {
	ID          string
	Username    string
	Kind        ClientKind
	Address     string // "" is unknown
	Permissions Permissions
	Data        Data
}
