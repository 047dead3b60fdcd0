package signalling

import (
	"log/slog"
	"time"

	"github.com/pion/webrtc/v4"

	"galene/group"
	"galene/rtpconn"
)

// Options says what a Server works with.
type Options struct {
	// Registry holds the groups.  It is required.
	Registry *group.Registry
	// Engine makes the peer connections.  It is required.
	Engine *rtpconn.Engine
	// RTCConfiguration returns what clients are to pass to their peer
	// connections, as a value that encodes to a JSON object (CONF-6).  It
	// is called for every joined message, from many goroutines; nil, or a
	// nil result, stands for the empty configuration.
	RTCConfiguration func() any
	// PeerConfiguration returns the configuration of the server's own peer
	// connections; nil stands for the empty one.  It is called for every
	// new stream, from many goroutines.
	PeerConfiguration func() webrtc.Configuration
	// Limits bounds what a client may do; fields that are zero have the
	// value that they have in DefaultLimits.
	Limits Limits
	// Logger gets what is worth knowing; nil is slog.Default().
	Logger *slog.Logger
}

// Rate is a token bucket: PerSecond messages in the long run, Burst at once.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Limits bounds what one client may do (W-21, W-22).  What members may store
// and say is bounded by the group, see group.Limits.
type Limits struct {
	// HandshakeTimeout is the time a client has for its handshake (WS-15).
	HandshakeTimeout time.Duration
	// JoinTimeout is how long a client that has never joined may stay.
	JoinTimeout time.Duration
	// FailedJoins is how many joins may fail before the client is closed.
	FailedJoins int

	// KeepaliveInterval is the time between two looks at the client's
	// silence; above PingAfter it is pinged, above SilenceTimeout closed
	// (WS-20).
	KeepaliveInterval time.Duration
	PingAfter         time.Duration
	SilenceTimeout    time.Duration

	// OutboxMessages, OutboxBytes and OutboxAge bound what is waiting to
	// be written to the client: number, size in bytes, and how long the
	// oldest may wait.  A client that makes something wait longer is
	// dropped (W-21).
	OutboxMessages int
	OutboxBytes    int
	OutboxAge      time.Duration
	// InboxEvents bounds the events that wait for the session's handler,
	// and so the members of a group; a session that exceeds it is dropped.
	InboxEvents int
	// PerAddress is how many connections one address may have; 0 is no
	// limit, as all clients have the same address behind a proxy.
	PerAddress int
	// CloseTimeout is how long the peer's close frame is waited for (W-20).
	CloseTimeout time.Duration

	// Messages is the rate of messages of any type; Chat that of chat and
	// usermessage, SetData that of the actions called setdata, Negotiate
	// that of joins, offers and requests.  Whoever exceeds one of them is
	// read more slowly; whoever goes on for RatePatience is refused with
	// an error.
	Messages     Rate
	Chat         Rate
	SetData      Rate
	Negotiate    Rate
	RatePatience time.Duration

	// EarlyCandidates is how many ICE candidates are kept per stream until
	// its description comes, and EarlyStreams for how many streams that
	// have not been offered yet.
	EarlyCandidates int
	EarlyStreams    int
}

// DefaultLimits returns the limits of section 21 of protocol.md.
func DefaultLimits() Limits {
	return Limits{
		HandshakeTimeout:  15 * time.Second,
		JoinTimeout:       60 * time.Second,
		FailedJoins:       10,
		KeepaliveInterval: 10 * time.Second,
		PingAfter:         20 * time.Second,
		SilenceTimeout:    45 * time.Second,
		OutboxMessages:    1000,
		OutboxBytes:       8 << 20,
		OutboxAge:         10 * time.Second,
		InboxEvents:       20000,
		CloseTimeout:      time.Second,
		Messages:          Rate{PerSecond: 200, Burst: 1000},
		Chat:              Rate{PerSecond: 30, Burst: 200},
		SetData:           Rate{PerSecond: 10, Burst: 20},
		Negotiate:         Rate{PerSecond: 20, Burst: 100},
		RatePatience:      20 * time.Second,
		EarlyCandidates:   100,
		EarlyStreams:      16,
	}
}

// withDefaults returns l with the fields that are zero filled in.
func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	setDefault(&l.HandshakeTimeout, d.HandshakeTimeout)
	setDefault(&l.JoinTimeout, d.JoinTimeout)
	setDefault(&l.FailedJoins, d.FailedJoins)
	setDefault(&l.KeepaliveInterval, d.KeepaliveInterval)
	setDefault(&l.PingAfter, d.PingAfter)
	setDefault(&l.SilenceTimeout, d.SilenceTimeout)
	setDefault(&l.OutboxMessages, d.OutboxMessages)
	setDefault(&l.OutboxBytes, d.OutboxBytes)
	setDefault(&l.OutboxAge, d.OutboxAge)
	setDefault(&l.InboxEvents, d.InboxEvents)
	setDefault(&l.CloseTimeout, d.CloseTimeout)
	setDefault(&l.Messages, d.Messages)
	setDefault(&l.Chat, d.Chat)
	setDefault(&l.SetData, d.SetData)
	setDefault(&l.Negotiate, d.Negotiate)
	setDefault(&l.RatePatience, d.RatePatience)
	setDefault(&l.EarlyCandidates, d.EarlyCandidates)
	setDefault(&l.EarlyStreams, d.EarlyStreams)
	return l
}

func setDefault[T comparable](v *T, value T) {
	var zero T
	if *v == zero {
		*v = value
	}
}
