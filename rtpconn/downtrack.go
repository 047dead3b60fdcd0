package rtpconn

import (
	"math/rand/v2"
	"time"

	"github.com/pion/rtp"

	"galene/codecs"
	"galene/conn"
	"galene/layers"
	"galene/packetcache"
	"galene/packetmap"
)

// Of the log of what was sent: how many packets it has at most, and how long before, in
// ms, what it does not forget unless it would take more.  Video is kept as long
// as the cache may have it; sound is not asked for again, but told from what comes late.
const (
	videoLogSize, videoLogTime = 1024, uint32(maxCacheTime / time.Millisecond)
	audioLogSize, audioLogTime = 256, 1000
)

// downTrack is one RTP stream sent to one receiver.  What comes after local
// belongs to the shard, except as noted.
type downTrack struct {
	down *Down
	kind codecs.Kind

	// Guarded by the connection's negotiation lock.
	source  conn.Track
	section *mediaSection // nil until offered

	local localTrack // never changes

	choice
	stopped  bool
	attached bool
	output   *output // nil until accepted
	active   *feed   // what is forwarded
	next     *feed   // what replaces it at its next keyframe, or nil

	packets *packetmap.Map
	log     *packetmap.SentLog
	header  rtp.Header // what all packets have in common
	out     rtp.Header // the one being written; a field, so that it is not allocated
	shift   uint32     // added to timestamps, since switches

	// picturesRenumbered says that picture ids follow each other whatever is
	// left out, which is so for VP8 (spec media.md 3.2).
	picturesRenumbered bool
	numbers            codecs.Numbers // last sent
	haveNumbers        bool
	renumber           codecs.Shift // added to them, since switches

	descriptors descriptorWriter
	sendTimes   sendTimeWriter

	// Of the packet with the highest number sent.
	sentAny       bool
	lastOut       uint64
	lastExt       uint64
	lastTimestamp uint32
	lastArrival   int64
	midFrame      bool   // its frame goes on
	firstOut      uint64 // of the first packet sent
	originals     uint64 // packets sent, retransmissions excluded

	sentPackets, sentBytes uint64 // on the media stream, retransmissions included
	retransmitted, nacks   uint64
	frames, framesDropped  uint64 // sent, and left out because of their layer
	fullRequests           uint64 // full intra requests that have come
	latency                latencyMeter
	rate                   rateMeter
	losses                 lossMeter

	resends resendLimiter
	rtxSeq  uint16
	asked   []uint16
	missing []uint64
	need    keyframeNeed
	lastFIR int // sequence number of the last full intra request, -1 is none
	reports receiverReports
}

func newDownTrack(d *Down, source conn.Track) *downTrack {
	codec := source.Codec()
	log := packetmap.NewSentLog(videoLogSize, videoLogTime)
	if codec.Kind == codecs.Audio {
		log = packetmap.NewSentLog(audioLogSize, audioLogTime)
	}
	t := &downTrack{
		down:   d,
		kind:   codec.Kind,
		source: source,
		local: localTrack{
			id:       identifier(firstOf(source.ID(), source.RID(), codec.Kind.String())),
			streamID: identifier(firstOf(source.StreamID(), d.source.Label(), "stream")),
			codec:    codec,
		},
		packets: packetmap.New(1<<16 + uint64(rand.Uint32N(1<<15))),
		log:     log,
		rtxSeq:  uint16(rand.Uint32N(1 << 15)),
		lastFIR: -1,
	}
	t.active = &feed{track: t, source: source}
	t.choice.sources = []conn.Track{source}
	t.choice.selector = layers.NewSelector(codec)
	t.picturesRenumbered = codec.Name == "vp8"
	return t
}

// firstOf returns the first string that is not empty.
func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// attach begins to forward.
func (t *downTrack) attach() {
	if t.attached || t.stopped {
		return
	}
	t.attached = true
	t.header = rtp.Header{
		Version:     2,
		PayloadType: t.output.payloadType,
		SSRC:        t.output.ssrc,
	}
	t.active.open()
	if t.next != nil {
		t.next.open()
	}
}

// stop ends forwarding, for good.
func (t *downTrack) stop() {
	if t.stopped {
		return
	}
	t.stopped = true
	t.active.close()
	if t.next != nil {
		t.next.close()
	}
	t.down.sending.remove(t)
}

// setSource replaces the track forwarded by another layer of the same video, or
// another track with the same codec.  The old one goes on until the new one has
// a keyframe.
func (t *downTrack) setSource(source conn.Track) {
	if t.stopped {
		return
	}
	if t.next != nil {
		t.next.close()
		t.next = nil
	}
	if t.active.source == source {
		return
	}
	f := &feed{track: t, source: source}
	if !t.attached {
		t.active = f
		return
	}
	t.next = f
	f.open()
}

// begin is called by a feed that is about to forward its first packet, or to
// go on after it has left some out: what it sends follows what was sent
// without a gap (I6), unless that ends within a frame, whose rest is missing, or it
// does not begin with a keyframe (I2).
func (t *downTrack) begin(f *feed, first *packetcache.Packet) {
	if t.sentAny {
		if t.kind == codecs.Video && (t.midFrame || first.Info.Keyframe != codecs.KeyframeYes) {
			t.packets.Skip()
		}
		t.packets.Switch(first.Ext)
		t.log.Clear()
	}
	t.midFrame = false
	t.need.restart()
	if f != t.next {
		return
	}
	old := t.active
	old.close()
	if t.sentAny {
		t.shift = t.joinTimestamps(old.source, f.source, first)
	}
	t.active, t.next = f, nil
	t.descriptors.join(first.Descriptor())
	if t.kind != codecs.Video {
		return
	}
	if t.choice.source == f.source {
		t.selector.SetTarget(t.step.SID, t.step.TID)
	} else {
		t.selector.SetTarget(topSID(t.limitSID), layers.Top)
	}
	t.selector.Restart()
	if n, ok := t.local.codec.Numbers(first.Payload()); ok && t.haveNumbers {
		t.renumber = t.numbers.Shift(n)
	}
}

// joinTimestamps returns the shift that makes the timestamps of the new source
// continue those of the old one: by the senders' clocks or, if they are not
// known, by time of arrival.
func (t *downTrack) joinTimestamps(old, source conn.Track, first *packetcache.Packet) uint32 {
	rate := t.local.codec.ClockRate
	timestamp := t.lastTimestamp + uint32(toTicks(first.Arrival-t.lastArrival, rate))
	a, ok1 := old.Clock()
	b, ok2 := source.Clock()
	if ok1 && ok2 {
		apart := ntpTicks(b.NTP-a.NTP, rate) + int64(int32(first.Timestamp-b.RTP))
		timestamp = a.RTP + t.shift + uint32(apart)
	}
	if ahead := int32(timestamp - t.lastTimestamp); ahead < 1 {
		timestamp = t.lastTimestamp + 1
	} else if uint32(ahead) > rate {
		timestamp = t.lastTimestamp + rate
	}
	return timestamp - first.Timestamp
}

// forward sends a packet, if it belongs to what was chosen.  Packets may come
// late, but must not precede the first packet after begin.
func (t *downTrack) forward(p *packetcache.Packet, now int64) {
	if t.paused {
		return
	}
	payload, payloadType, ok := t.body(p)
	if !ok {
		return
	}
	out, pid, marker, ok := t.admit(p, now)
	if !ok {
		return
	}
	if t.sentAny && out <= t.lastOut {
		if sent := t.log.Find(uint16(out)); sent != nil && sent.Ext == p.Ext {
			return // replayed already
		}
	}
	if t.need.open {
		t.need.pass(p, now)
	}
	timestamp := p.Timestamp + t.shift
	h := t.header
	h.PayloadType = payloadType
	h.Marker = marker
	h.SequenceNumber = uint16(out)
	h.Timestamp = timestamp
	sent := packetmap.Sent{Ext: p.Ext, Time: milliseconds(now), PID: pid}
	d := t.descriptor(p.Descriptor(), out, &sent)
	t.write(h, d, t.rewritten(payload, pid, p.Info.PID, 0), now)

	if marker {
		sent.Flags |= packetmap.SentMarker
	}
	if t.picturesRenumbered && p.Info.PIDBits > 0 {
		sent.Flags |= packetmap.SentPID
	}
	t.log.Add(out, sent)
	t.sentPackets++
	t.originals++
	t.sentBytes += uint64(len(payload))
	t.rate.count(len(payload), now)
	if !t.sentAny {
		t.firstOut = out
	}
	if p.Info.Start {
		t.frames++
	}
	if !t.sentAny || out > t.lastOut {
		t.sentAny = true
		t.lastOut, t.lastExt = out, p.Ext
		t.lastTimestamp, t.lastArrival = timestamp, p.Arrival
		t.midFrame = !marker
		t.note(p)
		if marker && t.next != nil {
			t.next.frameEnded()
		}
	}
}

// admit decides whether a packet is sent, and with which sequence number, picture
// id and marker bit.
func (t *downTrack) admit(p *packetcache.Packet, now int64) (out uint64, pid uint16, marker, ok bool) {
	if t.kind == codecs.Audio {
		out, ok = t.packets.Map(p.Ext)
		return out, 0, p.Marker, ok
	}
	var forward bool
	if d := p.Descriptor(); d != nil {
		forward, marker = t.selector.SelectDescribed(d, p.Timestamp, p.Marker)
	} else {
		forward, marker = t.selector.Select(p.Info, p.Timestamp, p.Marker)
	}
	frame := t.frame(p.Info, p.Timestamp)
	if !forward && t.packets.DropFrame(p.Ext, frame) {
		t.filtered++
		if p.Info.Start {
			t.framesDropped++
		}
		if t.need.open {
			t.need.pass(p, now)
		}
		return 0, 0, false, false
	}
	out, pid, ok = t.packets.MapFrame(p.Ext, frame)
	return out, pid, marker, ok
}

// note remembers the running numbers sent, for the next switch.
func (t *downTrack) note(p *packetcache.Packet) {
	if t.kind != codecs.Video || !p.Info.Start {
		return
	}
	if n, ok := t.local.codec.Numbers(p.Payload()); ok {
		t.numbers, t.haveNumbers = n.Plus(t.renumber), true
	}
}

// rewritten returns the payload as it is sent: in the receiver's scratch, after
// reserved bytes, or, if nothing has to be changed and nothing is reserved, itself.  Pid
// is the picture id to be sent, old the one that it has.
func (t *downTrack) rewritten(payload []byte, pid, old uint16, reserved int) []byte {
	shift := t.renumber
	if t.picturesRenumbered {
		shift.PID = pid - old
	}
	if shift == (codecs.Shift{}) && reserved == 0 {
		return payload
	}
	scratch := &t.down.receiver.scratch
	n := copy(scratch[reserved:], payload)
	if shift != (codecs.Shift{}) {
		shift.Add(t.local.codec, scratch[reserved:reserved+n])
	}
	return scratch[:reserved+n]
}

// holes returns how many packets were left out because they had not come.
func (t *downTrack) holes() int64 {
	if !t.sentAny {
		return 0
	}
	return int64(t.lastOut-t.firstOut) + 1 - int64(t.originals)
}

// write sends a packet, with a dependency descriptor unless that is
// empty.  What cannot be written is lost, and the receiver will ask for it again.
func (t *downTrack) write(h rtp.Header, descriptor, payload []byte, now int64) {
	t.out = h
	if t.output.sendTime != 0 && headerSize+8+len(payload) <= maxDescribed {
		t.sendTimes.stamp(&t.out, t.output.sendTime, now)
	}
	if len(descriptor) > 0 {
		t.descriptors.extend(&t.out, t.output.descriptor, descriptor, len(payload))
	}
	_, _ = t.output.writer.WriteRTP(&t.out, payload)
}

// milliseconds converts a time in ns to that of the sent log.
func milliseconds(now int64) uint32 {
	return uint32(now / int64(time.Millisecond))
}

// tick is called several times per second.
func (t *downTrack) tick(now int64) {
	t.active.tick(now)
	if t.next != nil {
		t.next.tick(now)
		t.abandon(now)
	}
	if t.kind == codecs.Video && !t.paused && (t.need.repeat(now) || t.selector.NeedsKeyframe()) {
		t.active.source.RequestKeyframe()
	}
}

// rateMeter measures a rate over about a second.
type rateMeter struct {
	since          int64
	packets, bytes uint64
	pps, bps       float64
}

func (r *rateMeter) count(size int, now int64) {
	r.update(now)
	r.packets++
	r.bytes += uint64(size)
}

func (r *rateMeter) update(now int64) {
	if r.since == 0 {
		r.since = now
	}
	elapsed := now - r.since
	if elapsed < int64(time.Second) {
		return
	}
	seconds := float64(elapsed) / float64(time.Second)
	r.pps = float64(r.packets) / seconds
	r.bps = float64(8*r.bytes) / seconds
	r.packets, r.bytes, r.since = 0, 0, now
}
