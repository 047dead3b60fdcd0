package rtpconn

import (
	"slices"
	"time"

	"galene/codecs"
	"galene/codecs/dependency"
	"galene/packetcache"
)

const (
	// silence is how long a stream must have been silent before another
	// one may take its place in a track.
	silence = 500 * time.Millisecond
	// keyframePatience is how long a restarted stream is held back until it
	// begins with a keyframe.
	keyframePatience = 3 * time.Second
	// recastInterval is the least time between changes of codec.
	recastInterval = 2 * time.Second
	// reorderingLimit is the largest reordering reckoned with, in packets.
	reorderingLimit = 24
)

// ingest is the state of a track that only the receiving goroutine uses.
type ingest struct {
	unwrap unwrapper
	heard  bool

	restarting   bool // the stream has restarted, and is to be joined to the old one
	forced       bool // … for another SSRC, with no number in common
	restartingAt int64

	timestamp     uint32 // of the newest packet, as forwarded
	haveTimestamp bool
	reordering    uint32 // how late packets have come, in 1/16 packets

	descriptors descriptorReader
	guess       keyframeGuess
}

// receive takes one packet of the track, after parsing and demultiplexing.
// Repair says that it came as a retransmission (RFC 4588).  It runs on pion's
// SRTP goroutine, never blocks, and does not allocate but for the first packet.
func (t *upTrack) receive(h *header, f *format, s *section, repair bool) {
	if t.format.Load() != f && !t.setFormat(f, s) {
		t.drops.count(dropFormat)
		return
	}
	now := t.up.engine.clock.nanos()
	if !repair && !t.admits(h.ssrc, now) {
		t.drops.count(dropUnbound)
		return
	}
	ext, cause := t.place(h, f, s, repair, now)
	if cause != dropNone {
		t.drops.count(cause)
		return
	}
	previous := t.window.top.Load()
	if !t.window.mark(ext) {
		t.drops.count(dropDuplicate)
		return
	}
	t.listen(h, s)
	in := &t.ingest
	t.reception.packet(ext, in.unwrap.offset, h.timestamp, len(h.payload), repair, now, f.codec.ClockRate)
	newest := ext > previous
	if previous == 0 {
		t.first.Store(ext)
	}
	switch {
	case newest && previous != 0 && ext > previous+1 && f.nack:
		t.nacks.arm()
	case !newest && !repair:
		in.sampleReordering(t, previous-ext)
	}
	if len(h.payload) == 0 && newest {
		t.compact.skip(ext) // a late one has left a hole, and fills it
		t.drops.count(dropPadding)
		return
	}
	out, ok := t.compact.forward(ext)
	if !ok {
		t.drops.count(dropJump)
		return
	}
	gap := newest && previous != 0 && ext > previous+1
	t.store(h, f, s, ext, out, newest, gap, now)
	if !in.heard {
		in.heard = true
		t.up.heardFrom(t)
	}
}

// setFormat notes a change of payload type, which may tell the codec.  It
// returns false if packets of that type cannot be taken.
func (t *upTrack) setFormat(f *format, s *section) bool {
	codec := t.codec.Load()
	if codec == nil {
		t.up.discovered(s, f.codec)
		codec = t.codec.Load()
	}
	if codec == nil || !sameFormat(*codec, f.codec) {
		t.up.recast(t, s, f.codec)
		return false
	}
	t.format.Store(f)
	return true
}

// recast replaces a track whose sender has changed to another of the codecs
// negotiated: for receivers that is another track.
func (u *Up) recast(t *upTrack, s *section, codec codecs.Codec) {
	if u.engine.clock.nanos()-t.born < int64(recastInterval) {
		return
	}
	u.mu.Lock()
	i := slices.Index(u.announced, t)
	if i < 0 {
		u.mu.Unlock()
		return // ended, or a packet that came before the last offer
	}
	other := newUpTrack(u, s, t.rid, t.lowest)
	other.codec.Store(&codec)
	u.announced = slices.Clone(u.announced)
	u.announced[i] = other
	u.demux.Store(newDemux(u.sections, u.announced))
	u.publish()
	u.mu.Unlock()
	t.end()
	u.changed()
}

// admits reports whether packets of the stream ssrc may be taken: a track has
// one stream at a time.
func (t *upTrack) admits(ssrc uint32, now int64) bool {
	switch current := t.ssrc.Load(); {
	case current == ssrc:
		return true
	case current == 0:
		t.ssrc.Store(ssrc)
		return true
	case now-t.reception.arrival.Load() < int64(silence):
		return false
	}
	t.ssrc.Store(ssrc)
	t.beginRestart(now)
	t.ingest.forced = true
	return true
}

// place gives a packet its number.
func (t *upTrack) place(h *header, f *format, s *section, repair bool, now int64) (uint64, dropCause) {
	in := &t.ingest
	if repair && (!in.unwrap.started || in.restarting) {
		return 0, dropRestarting
	}
	if in.forced {
		return t.tryRestart(h, f, s, now)
	}
	ext, where := in.unwrap.unwrap(h.seq)
	switch {
	case where == placeNear:
		in.restarting = false
		return ext, dropNone
	case repair:
		return 0, dropJump
	case in.restarting:
		return t.tryRestart(h, f, s, now)
	case where == placeRestart:
		t.beginRestart(now)
		return t.tryRestart(h, f, s, now)
	}
	return 0, dropJump
}

// beginRestart is called when the sender's numbering has begun anew.  What it
// sends is held back until a keyframe, from where receivers can go on.
func (t *upTrack) beginRestart(now int64) {
	t.ingest.restarting = true
	t.ingest.restartingAt = now
	t.RequestKeyframe()
}

// tryRestart joins the restarted stream to the old one, with the next number
// and a plausible timestamp, if h is a packet to begin with.
func (t *upTrack) tryRestart(h *header, f *format, s *section, now int64) (uint64, dropCause) {
	in := &t.ingest
	keyframe := f.codec.Parse(h.payload, h.marker, true).Keyframe != codecs.KeyframeNo
	if d := h.extension(s.dependencyExtension); d != nil {
		keyframe = dependency.BringsStructure(d)
	}
	if t.kind == codecs.Video && !keyframe &&
		now-in.restartingAt < int64(keyframePatience) {
		t.RequestKeyframe()
		return 0, dropRestarting
	}
	ext := in.unwrap.restart(h.seq)
	in.restarting, in.forced = false, false
	t.offset.Store(uint32(in.unwrap.offset))
	elapsed := toTicks(now-t.reception.arrival.Load(), f.codec.ClockRate)
	elapsed = max(1, min(elapsed, 1<<30))
	t.sender.Store(nil)
	t.shift.Store(in.timestamp + uint32(elapsed) - h.timestamp)
	t.reception.restart()
	in.descriptors.restart()
	in.guess.restart()
	t.cache.Reset()
	t.generation.Add(1)
	return ext, dropNone
}

// sampleReordering updates the estimate of how late packets come.
func (in *ingest) sampleReordering(t *upTrack, late uint64) {
	if late > reorderingLimit {
		return // rather a retransmission
	}
	sample := uint32(late+1) * 16
	if sample > in.reordering {
		in.reordering = sample
	} else {
		in.reordering -= (in.reordering - sample) / 16
	}
	t.reordering.Store((in.reordering + 15) / 16)
}

// store caches a packet and hands it to all shards that have receivers.  Gap says
// that the packet before it has not come.
func (t *upTrack) store(h *header, f *format, s *section, ext, out uint64, newest, gap bool, now int64) {
	in := &t.ingest
	timestamp := h.timestamp + t.shift.Load()
	newTimestamp := t.newTimestamp(timestamp, out, newest)
	var p *packetcache.Packet
	if t.kind == codecs.Audio || !t.up.engine.pool.Tight() { // pictures are given up first
		p = t.up.engine.pool.Get()
	}
	if p == nil {
		t.drops.count(dropMemory)
		return
	}
	p.Ext = out
	p.Arrival = now
	p.Timestamp = timestamp
	p.Marker = h.marker
	p.PayloadType = f.codec.PayloadType
	p.Info = f.codec.Parse(h.payload, h.marker, newTimestamp)
	if gap && p.Info.Keyframe == codecs.KeyframeYes && !f.codec.BeginsKeyframe(h.payload) {
		p.Info.Keyframe = codecs.KeyframeNo // its first packet may be on the way
	}
	switch b := h.extension(s.dependencyExtension); {
	case t.kind != codecs.Video:
	case b != nil:
		in.descriptors.read(b, !newest, p)
	default:
		in.guess.look(p, f.codec, h.payload, !newest, gap, t.keyframes.sent.Load())
	}
	if err := p.SetPayload(h.payload); err != nil {
		p.Discard()
		t.drops.count(dropLarge)
		return
	}
	if f.blocks != 0 {
		p.PayloadType = f.codec.REDPayloadType
		if !codecs.RelabelRED(p.Payload(), f.blocks, f.codec.PayloadType) {
			p.Discard()
			t.drops.count(dropTruncated)
			return
		}
	}
	switch p.Info.Keyframe {
	case codecs.KeyframeYes:
		t.keyframeExt.Store(max(ext, t.keyframeExt.Load()))
		if w, h, ok := dimensions(f.codec, p); ok {
			if size := uint32(w)<<16 | uint32(h); t.size.Swap(size) != size && t.rid != "" {
				t.up.rank(t.mid)
			}
		}
		t.keyframes.satisfied()
	case codecs.KeyframeBegun:
		t.keyframes.satisfied()
	case codecs.KeyframeUnknown:
		t.keyframes.unanswerable()
	}
	if t.kind == codecs.Video {
		t.layerRates.count(p.Info, len(h.payload))
	}
	outlets := *t.outlets.Load()
	t.cache.Store(p, len(outlets))
	for _, o := range outlets {
		o.queue.Push(p)
	}
}

// newTimestamp reports whether a packet is the first of its frame to be seen,
// or, if it is late, the first of its frame.
func (t *upTrack) newTimestamp(timestamp uint32, out uint64, newest bool) bool {
	in := &t.ingest
	if newest {
		isNew := !in.haveTimestamp || timestamp != in.timestamp
		in.timestamp, in.haveTimestamp = timestamp, true
		return isNew
	}
	before := t.cache.Acquire(out - 1)
	if before == nil {
		return true
	}
	defer before.Release()
	return before.Timestamp != timestamp
}

// heardFrom notes the first packet of a track.
func (u *Up) heardFrom(t *upTrack) {
	u.heard.Store(true)
	t.keyframes.heard()
	u.changed()
}

// discovered notes the codec of a section of which several were negotiated.
func (u *Up) discovered(s *section, codec codecs.Codec) {
	u.mu.Lock()
	learnt := u.learn(s, codec)
	if learnt {
		u.publish()
	}
	u.mu.Unlock()
	if learnt {
		u.changed()
	}
}
