// Package conn holds the interfaces between whoever sends media and whoever
// receives it.
//
// A Source is one published stream, a Track one RTP stream of it (one
// simulcast layer, say), a Sink one receiver of a Track.  Peer connections, a
// WHIP publisher, a recorder or a relay to another server are implementations
// of these; conn knows none of them, and everybody knows conn.
//
// Ownership: a Track is written by the one goroutine that receives its
// packets.  A Sink is owned by one shard, and its methods run on that shard's
// goroutine only, so that it needs no lock.
package conn

import (
	"time"

	"galene/codecs"
	"galene/layers"
	"galene/packetcache"
	"galene/shard"
)

// User identifies the member of a group who publishes a stream.
type User struct {
	ID       string
	Username string
}

// Source is one published stream.  Its methods never block and may be called
// from any goroutine.
type Source interface {
	// ID is the stream's identifier, unique in its group (spec STR-2).
	ID() string
	// Label says what the stream shows: "camera", "screenshare", "video",
	// or anything the application likes; it may be empty.
	Label() string
	// Owner is the member who publishes the stream.
	Owner() User
	// Tracks returns a snapshot of the stream's tracks, in the order of
	// the sender's SDP, simulcast layers from high to low.  The
	// slice is replaced, never modified.
	Tracks() []Track
}

// Track is one RTP stream of a Source.  Its methods never block and may be
// called from any goroutine.
type Track interface {
	// ID and StreamID are the identifiers of the sender's SDP (STR-16).
	ID() string
	StreamID() string
	// RID is the simulcast layer, or empty.
	RID() string
	// Kind and Codec are those of the packets forwarded.
	Kind() codecs.Kind
	Codec() codecs.Codec

	// Subscribe makes packets that arrive from now on flow to sink, on the
	// goroutine of sh.  It returns ErrClosed if the track has ended.
	Subscribe(sh *shard.Shard, sink Sink) error
	// Unsubscribe undoes Subscribe.  Once a function posted to the shard
	// afterwards runs, sink gets no more calls.
	Unsubscribe(sh *shard.Shard, sink Sink)

	// Cache gives access to the track's recent packets, for replay and
	// retransmission.
	Cache() *packetcache.Cache
	// RequestKeyframe asks the sender for a keyframe; requests are
	// coalesced (spec 2.8).
	RequestKeyframe()
	// Missing tells the track that a receiver lacks the packets with these
	// extended sequence numbers and that the cache does not hold them.
	Missing(exts []uint64)
	// RoundTrip tells the track the round-trip time to one of its
	// receivers, which decides how long packets are kept.
	RoundTrip(rtt time.Duration)
	// Layers returns the rates of the layers in the track, and when its last
	// packet came, in nanoseconds of its monotonic clock.  A track that has
	// only been announced counts for a while as if a packet had come.
	Layers() (rates layers.Rates, arrival int64)
	// Allow tells the track how much of its video the receiver behind sink
	// can use, in bit/s, or layers.Unlimited, which is assumed until
	// something is said.  It decides what the sender may send, and
	// is forgotten with the subscription.
	Allow(sink Sink, rate uint64)
	// Clock returns the newest relation between the sender's RTP and NTP
	// clocks, and false until the first sender report.
	Clock() (Clock, bool)
}

// Clock relates an RTP timestamp to a wall-clock instant, as a sender report
// does (RFC 3550, 6.4.1).
type Clock struct {
	// NTP is the sender's time, 32.32 fixed point since 1900.
	NTP uint64
	// RTP is the timestamp for that instant, in units of the codec's clock.
	RTP uint32
	// Received is the local arrival time, in nanoseconds of the track's
	// monotonic clock.
	Received int64
	// CNAME is the sender's canonical name, or empty.
	CNAME string
}

// Sink receives the packets of a Track, on its shard's goroutine.
type Sink interface {
	// Deliver hands over new packets, in order of arrival.  The slice and
	// the references to the packets stay the caller's; a sink that keeps a
	// packet calls Retain.
	Deliver(batch []*packetcache.Packet)
	// Gap says that packets were dropped before reaching the sink, because
	// its shard did not keep up.
	Gap()
	// Ended says that the track has ended; no call follows.
	Ended()
}
