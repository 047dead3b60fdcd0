package rtpconn

import (
	"sync"
	"sync/atomic"
	"time"

	"galene/codecs"
	"galene/conn"
	"galene/packetcache"
	"galene/shard"
	"galene/speech"
)

const (
	// queueCapacity is the number of packets that may wait for one shard
	// (spec media.md 6.6), for video; sound has fewer packets.
	queueCapacity      = 4096
	audioQueueCapacity = 512
)

// upTrack is one RTP stream received, or one that has been announced.
//
// What is under "ingest" belongs to the goroutine that decrypts RTP; the
// nacker, the keyframe requester and the reporter run on the connection's
// shard; all else may be used by anybody.
type upTrack struct {
	up           *Up
	kind         codecs.Kind
	mid, rid     string
	id, streamID string
	lowest       bool // the lowest of several simulcast layers
	born         int64

	codec atomic.Pointer[codecs.Codec] // nil until known
	cache *packetcache.Cache

	mu      sync.Mutex // guards changes of outlets, and ended
	ended   bool
	outlets atomic.Pointer[[]*outlet]

	// Written by ingest, read by anybody.
	ssrc        atomic.Uint32 // 0 until the first packet
	format      atomic.Pointer[format]
	window      window
	reception   reception
	drops       dropCounters
	offset      atomic.Uint32 // sequence number on the wire minus number
	first       atomic.Uint64 // number of the first packet
	generation  atomic.Uint32 // counts restarts
	reordering  atomic.Uint32 // how late packets come, in packets
	keyframeExt atomic.Uint64 // number of the last keyframe's first packet
	size        atomic.Uint32 // width << 16 | height of the last keyframe, in pixels
	shift       atomic.Uint32 // added to timestamps, since restarts
	layerRates  layerRates
	voice       speech.Meter

	ingest    ingest
	compact   compaction
	nacks     nacker
	keyframes keyframeRequester
	reporting trackReport
	demands   demands

	sender atomic.Pointer[senderClock]
	cname  atomic.Pointer[string]
	rtt    roundTrips
}

var _ conn.Track = (*upTrack)(nil)

func newUpTrack(u *Up, s *section, rid string, lowest bool) *upTrack {
	t := &upTrack{
		up: u, kind: s.kind, mid: s.mid, rid: rid,
		id: s.trackID, streamID: s.streamID, lowest: lowest,
		born: u.engine.clock.nanos(),
	}
	t.cache = packetcache.New(u.engine.pool, minCapacity(s.kind))
	t.outlets.Store(new([]*outlet))
	t.nacks.init(t)
	t.keyframes.init(t)
	return t
}

// ID returns the identifier of the track in the sender's description.
func (t *upTrack) ID() string { return t.id }

// StreamID returns the identifier of the media stream in the sender's
// description.
func (t *upTrack) StreamID() string { return t.streamID }

// RID returns the simulcast layer, or the empty string.
func (t *upTrack) RID() string { return t.rid }

// Kind returns the kind of media.
func (t *upTrack) Kind() codecs.Kind { return t.kind }

// Codec returns the codec of the packets.
func (t *upTrack) Codec() codecs.Codec {
	if c := t.codec.Load(); c != nil {
		return *c
	}
	return codecs.Codec{Kind: t.kind}
}

// Cache returns the recent packets.
func (t *upTrack) Cache() *packetcache.Cache { return t.cache }

// RequestKeyframe asks the sender for a keyframe, soon.
func (t *upTrack) RequestKeyframe() {
	if t.kind == codecs.Video {
		t.keyframes.request()
	}
}

// Missing makes the packets be asked for again at once.
func (t *upTrack) Missing(exts []uint64) { t.nacks.urge(exts) }

// RoundTrip notes the round-trip time to a receiver.
func (t *upTrack) RoundTrip(rtt time.Duration) { t.rtt.note(rtt) }

// Clock returns the relation between the sender's clocks.
func (t *upTrack) Clock() (conn.Clock, bool) {
	sender := t.sender.Load()
	if sender == nil {
		return conn.Clock{}, false
	}
	c := conn.Clock{
		NTP:      sender.ntp,
		RTP:      sender.timestamp + t.shift.Load(),
		Received: sender.received,
	}
	if name := t.cname.Load(); name != nil {
		c.CNAME = *name
	}
	return c, true
}

// outlet is what brings packets to one shard.
type outlet struct {
	shard *shard.Shard
	queue *shard.Queue
	count int         // of sinks, guarded by the track's mu
	sinks []conn.Sink // belongs to the shard
}

// Subscribe makes packets flow to sink.
func (t *upTrack) Subscribe(sh *shard.Shard, sink conn.Sink) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return ErrClosed
	}
	o := t.outlet(sh)
	if o == nil {
		o = &outlet{shard: sh}
		capacity := queueCapacity
		if t.kind == codecs.Audio {
			capacity = audioQueueCapacity
		}
		o.queue = sh.NewQueue(capacity, o.deliver, o.gap)
		old := *t.outlets.Load()
		list := append(old[:len(old):len(old)], o)
		t.outlets.Store(&list)
	}
	o.count++
	if !sh.Do(func() { o.sinks = append(o.sinks, sink) }) {
		return ErrClosed
	}
	return nil
}

// Unsubscribe undoes Subscribe.
func (t *upTrack) Unsubscribe(sh *shard.Shard, sink conn.Sink) {
	t.mu.Lock()
	defer t.mu.Unlock()
	o := t.outlet(sh)
	if o == nil {
		return
	}
	o.count--
	t.demands.forget(sink)
	sh.Do(func() { o.remove(sink) })
	if o.count > 0 {
		return
	}
	old := *t.outlets.Load()
	list := make([]*outlet, 0, len(old))
	for _, other := range old {
		if other != o {
			list = append(list, other)
		}
	}
	t.outlets.Store(&list)
	o.queue.Close()
}

// outlet returns the outlet for a shard, or nil.  It is called with mu held.
func (t *upTrack) outlet(sh *shard.Shard) *outlet {
	for _, o := range *t.outlets.Load() {
		if o.shard == sh {
			return o
		}
	}
	return nil
}

// end tells all sinks that the track has ended, and forgets its packets.  No
// packet is received any more, or none that matters.
func (t *upTrack) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return
	}
	t.ended = true
	outlets := *t.outlets.Load()
	t.outlets.Store(new([]*outlet))
	for _, o := range outlets {
		o.queue.Close()
		o.shard.Do(o.end)
	}
	t.cache.Close()
	t.up.shard.Do(func() {
		t.nacks.stop()
		t.keyframes.stop()
	})
}

// remove takes a sink away.  It runs on the shard.
func (o *outlet) remove(sink conn.Sink) {
	for i, s := range o.sinks {
		if s == sink {
			// A copy: deliver may be going through the old one.
			o.sinks = append(o.sinks[:i:i], o.sinks[i+1:]...)
			return
		}
	}
}

// deliver runs on the shard.
func (o *outlet) deliver(batch []*packetcache.Packet) {
	for _, s := range o.sinks {
		s.Deliver(batch)
	}
}

// gap runs on the shard.
func (o *outlet) gap() {
	for _, s := range o.sinks {
		s.Gap()
	}
}

// end runs on the shard.
func (o *outlet) end() {
	sinks := o.sinks
	o.sinks = nil
	for _, s := range sinks {
		s.Ended()
	}
}
