package rtpconn

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"galene/codecs"
	"galene/layers"
)

const (
	// comesBack is how many seconds after bad times a receiver sees all pictures
	// of a second, at the latest: who has asked for many keyframes waits for
	// keyframeSlow, and what had to be paused is tried again after up to
	// maxResumeHold.
	comesBack       = 6
	comesBackPaused = 20
)

// badTimes is a video in two simulcast layers and one receiver, to whom things
// happen.
type badTimes struct {
	t       *testing.T
	r       *rand.Rand
	clock   *fakeClock
	source  *source
	put     func(rid string, p *rtp.Packet)
	track   *downTrack
	written *recordingWriter

	bad     bool
	limited bool // the receiver also reports losses and limits
	frames  int
	layers  [2]struct {
		off     bool // not sent
		seq     uint16
		picture uint32
	}
	late    []latePacket
	read    int // packets that the receiver has looked at
	decoder freshness
}

// latePacket is a packet on the way.
type latePacket struct {
	rid string
	p   *rtp.Packet
	due int // frame
}

// frame sends the next picture in the layers that are sent.
func (b *badTimes) frame() {
	for i, rid := range []string{"h", "l"} {
		l := &b.layers[i]
		if l.off {
			continue
		}
		key := l.picture == 0 || b.source.track(i).keyframes.wanted.Load() &&
			(b.bad && b.r.IntN(8) == 0 || !b.bad && b.frames%3 == 0) // encoders are not asked at once
		parts := 1 + b.r.IntN(3)
		if key {
			parts += b.r.IntN(12)
		}
		l.picture++
		for part := range parts {
			p := vp8Packet(b.frames, key)
			p.Payload = append(p.Payload, make([]byte, [2]int{900, 150}[i])...)
			p.Payload = append(binary.BigEndian.AppendUint32(p.Payload, l.picture), rid[0])
			if part > 0 {
				p.Payload[0] &^= 0x10 // no start
			}
			p.SequenceNumber = l.seq
			l.seq++
			p.Marker = part == parts-1
			if b.bad && b.r.IntN(10) == 0 {
				if b.r.IntN(3) > 0 { // sent again
					b.late = append(b.late, latePacket{rid, p, b.frames + b.r.IntN(12)})
				}
				continue
			}
			b.put(rid, p)
		}
	}
	waiting := b.late[:0]
	for _, l := range b.late {
		if l.due <= b.frames {
			b.put(l.rid, l.p)
		} else {
			waiting = append(waiting, l)
		}
	}
	b.late = waiting
	b.frames++
}

// happen makes something happen.
func (b *badTimes) happen() {
	dt, d := b.track, b.track.down
	kinds := 8
	if b.limited {
		kinds = 11
	}
	switch b.r.IntN(kinds) {
	case 0:
		b.layers[b.r.IntN(2)].off = true
	case 1, 2:
		b.layers[b.r.IntN(2)].off = false
	case 3, 4:
		b.want(b.r.IntN(2))
	case 5:
		d.shard.Call(func() { dt.active.Gap() })
	case 8:
		report := layers.Report{
			Loss: b.r.Float64(), HasLoss: true,
			Bound: layers.Unlimited, Least: layers.CapacityFor(leastVideo, 0),
		}
		d.shard.Call(func() {
			report.Sent = uint64(dt.rate.bps)
			d.receiver.bandwidth.control.Update(report, dt.active.now())
		})
	case 9:
		limit := float32(10_000 + b.r.IntN(500_000))
		dt.tell(&rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: limit, SSRCs: []uint32{5}})
	case 10:
		d.shard.Call(dt.pause)
	default:
		dt.tell(&rtcp.PictureLossIndication{MediaSSRC: 5})
	}
}

// want makes the receiver ask for video, or for video-low.
func (b *badTimes) want(i int) {
	b.track.section = nil
	if _, err := b.track.down.SetTracks(b.source.up.Tracks()[i:i+1], false); err != nil {
		b.t.Fatal(err)
	}
}

// run lets time pass, in which the receiver behaves as browsers do.
func (b *badTimes) run(seconds float64) {
	dt, d, up := b.track, b.track.down, b.source.up
	for i := range int(seconds * 10) {
		if b.bad && b.r.IntN(4) == 0 {
			b.happen()
		}
		settle(b.t, b.clock, d, 0.1, b.frame)
		d.shard.Call(func() {
			if dt.next != nil {
				dt.next.replayStep()
			}
		})
		for _, p := range b.written.snapshot()[b.read:] {
			b.read++
			b.decoder.packet(b.t, p)
		}
		if i%5 < 4 {
			continue
		}
		d.shard.Call(func() {
			d.receiver.bandwidth.run()
			dt.tick(dt.active.now())
		})
		up.shard.Call(func() { up.reports.tick(up) })
		if !b.decoder.fresh {
			dt.tell(&rtcp.PictureLossIndication{MediaSSRC: 5})
		}
	}
}

// freshness is what a receiver can show: pictures from a keyframe on, up to a gap.
type freshness struct {
	started bool
	next    uint16
	fresh   bool // what comes can be decoded
	shown   int  // pictures
	last    uint32
	rid     byte
}

func (d *freshness) packet(t *testing.T, p *rtp.Packet) {
	t.Helper()
	if !d.started || p.SequenceNumber != d.next {
		d.fresh = false
	}
	d.started, d.next = true, p.SequenceNumber+1
	tag := p.Payload[len(p.Payload)-5:]
	picture, rid := binary.BigEndian.Uint32(tag), tag[4]
	info := codecs.Lookup("vp8")[0].Parse(p.Payload, p.Marker, true)
	switch {
	case info.Keyframe == codecs.KeyframeYes:
		d.fresh = true
	case !d.fresh:
		return
	case rid != d.rid, info.Start && picture != d.last+1, !info.Start && picture != d.last:
		t.Errorf("picture %c%d after %c%d cannot be decoded, and no packet is missing (I2)", rid, picture, d.rid, d.last)
		d.fresh = false
	}
	d.last, d.rid = picture, rid
	if d.fresh && p.Marker {
		d.shown++
	}
}

// TestPicturesComeBack: whatever has happened to a receiver, it sees pictures soon
// after that has ended, whichever layers are sent then, and whichever it wants
//
func TestPicturesComeBack(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 9))
		clock := newFakeClock()
		e := newTestEngine(t, Options{Now: clock.Now, Shards: 1})
		s, put := simulcastSource(t, e)
		b := &badTimes{t: t, r: r, clock: clock, source: s, put: put, bad: true, limited: seed%2 == 0}
		for range r.IntN(300) { // there is something to be replayed
			clock.Advance(time.Second / 30)
			b.bad = false
			b.frame()
		}
		b.bad = true
		b.track, b.written = newLowDown(t, e, s)
		b.run(5 + 15*r.Float64())

		b.bad = false
		sent, wanted := r.IntN(3), r.IntN(2)
		b.layers[0].off, b.layers[1].off = sent == 1, sent == 2
		b.want(wanted)
		most := comesBack
		if b.limited {
			most = comesBackPaused
		}
		seconds := 0
		for shown := 0; shown < 25 && seconds <= most; seconds++ {
			before := b.decoder.shown
			b.run(1)
			shown = b.decoder.shown - before
		}
		if seconds > most {
			t.Errorf("seed %d: no pictures after %d s: %+v", seed, most, b.track.down.Stats()[0])
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
		e.Close()
	}
}
