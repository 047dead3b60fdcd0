package recorder

import (
	"time"

	"galene/codecs"
	"galene/conn"
	"galene/packetcache"
	"galene/recorder/assembly"
)

const (
	// keyframeAge is the age of the last keyframe at which another one is
	// asked for, so that one can seek in the file.
	keyframeAge = 4 * time.Second
	// requestInterval is the time between requests.
	requestInterval = 500 * time.Millisecond
	// aliveTime is how long after its last packet a track counts as active.
	aliveTime = 1500 * time.Millisecond
)

// input is one track of a stream.
type input struct {
	stream *stream
	track  conn.Track
	kind   codecs.Kind
	layer  int // 0 is the highest simulcast layer

	// dropping belongs to the shard.
	dropping bool

	// What follows belongs to the stream's goroutine.
	asm         *assembly.Assembler
	pt          uint8
	unsupported bool
	encrypted   bool        // which is why it is not supported
	clock       *trackClock // of the newest frame
	heard       bool
	lastArrival int64
	keyframe    int64 // arrival of the last keyframe
	requested   int64 // when a keyframe was last asked for
}

var _ conn.Sink = (*input)(nil)

// Deliver takes packets.  It runs on the recorder's shard.
func (in *input) Deliver(batch []*packetcache.Packet) {
	in.stream.rec.clock.observe(batch[len(batch)-1].Arrival)
	in.stream.queue.push(in, batch)
}

// Gap says that packets were dropped before they came here.
func (in *input) Gap() { in.stream.queue.gap(in) }

// Ended says that the track has ended; the session hears of that from the group.
func (in *input) Ended() {}

// receive takes a packet, whose reference stays the caller's.
func (in *input) receive(p *packetcache.Packet) {
	in.heard = true
	in.lastArrival = max(in.lastArrival, p.Arrival)
	key := p.Info.Keyframe == codecs.KeyframeYes
	switch {
	case key && p.Info.Opaque, p.Info.Keyframe == codecs.KeyframeBegun:
		in.refuse(p)
	case in.asm == nil && !in.unsupported, payloadType(p) != in.pt, key && in.encrypted:
		in.begin(p)
	}
	if in.asm != nil {
		in.asm.Push(p)
	}
}

// payloadType returns the payload type of a packet's newest block: senders change
// between sound with and without redundancy as they like.
func payloadType(p *packetcache.Packet) uint8 {
	if p.PayloadType == codecs.REDPayloadType {
		return p.Payload()[0] & 0x7f
	}
	return p.PayloadType
}

// refuse gives a track up whose keyframes cannot be read: it is encrypted end to
// end.
func (in *input) refuse(p *packetcache.Packet) {
	if in.encrypted && payloadType(p) == in.pt {
		return
	}
	in.close()
	in.pt = payloadType(p)
	in.unsupported, in.encrypted = true, true
	in.stream.warn("it is encrypted end to end and cannot be recorded")
}

// begin prepares for packets of another codec.
func (in *input) begin(p *packetcache.Packet) {
	in.close()
	in.pt = payloadType(p)
	in.encrypted = false
	codec := in.track.Codec()
	in.unsupported = !assembly.Supported(codec)
	if in.unsupported {
		in.stream.warn("codec " + codec.MimeType + " cannot be recorded")
		return
	}
	in.asm = assembly.New(codec, in.track.Cache().Acquire)
	in.clock = &trackClock{rate: int64(codec.ClockRate)}
}

// gap takes note of dropped packets.
func (in *input) gap() {
	if in.asm != nil {
		in.asm.Gap()
	}
}

// close forgets the packets that have not become frames.
func (in *input) close() {
	if in.asm != nil {
		in.asm.Close()
		in.asm = nil
	}
}

// pop returns the next frame.
func (in *input) pop(now int64) (assembly.Frame, bool) {
	if in.asm == nil {
		return assembly.Frame{}, false
	}
	f, ok := in.asm.Pop(now)
	if ok {
		if !in.clock.arrived(f.Timestamp, f.Arrival) {
			// Frames that wait keep the old clock.
			in.clock = &trackClock{rate: in.clock.rate}
			in.clock.arrived(f.Timestamp, f.Arrival)
		}
		if in.kind == codecs.Video && f.Keyframe {
			in.keyframe = f.Arrival
		}
	}
	return f, ok
}

// follow makes the clock follow the sender's reports.
func (in *input) follow(l *timeline) {
	if r, ok := in.track.Clock(); ok && in.clock != nil {
		in.clock.update(l, r)
	}
}

// alive says whether packets are coming.
func (in *input) alive(now int64) bool {
	return in.heard && !in.unsupported && now-in.lastArrival < int64(aliveTime)
}

// refresh asks for a keyframe if one is needed, or if the last one is old.
func (in *input) refresh(now int64, urgent bool) {
	if in.asm == nil || !in.alive(now) {
		return
	}
	if !urgent && !in.asm.NeedsKeyframe() && now-in.keyframe < int64(keyframeAge) {
		return
	}
	if in.requested != 0 && now-in.requested < int64(requestInterval) {
		return
	}
	in.requested = now
	in.track.RequestKeyframe()
}
