package rtpconn

import (
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"galene/codecs"
	"galene/packetcache"
)

// TestKeyframeLimiter: who needs keyframes all the time gets less of them, and later,
// but does not have to ask again for them.
func TestKeyframeLimiter(t *testing.T) {
	const second = int64(time.Second)
	n := new(keyframeNeed)
	var granted []int64
	now := second
	grant := func(ok bool) {
		if !ok {
			return
		}
		granted = append(granted, now)
		n.pass(&packetcache.Packet{
			Timestamp: uint32(now / 1e6), Ext: uint64(now), Marker: true,
			Info: codecs.Info{Keyframe: codecs.KeyframeYes},
		}, now)
	}
	for ; now < 31*second; now += second / 5 {
		grant(n.request(now))
		grant(n.repeat(now)) // the tick; most requests come before it
	}
	after := 0
	for i, at := range granted {
		if at < 11*second {
			continue
		}
		after++
		if d := at - granted[i-1]; d < 3*second && at > 12*second {
			t.Errorf("two keyframes within %v", time.Duration(d))
		}
	}
	if after < 6 || after > 8 {
		t.Errorf("%d keyframes in 20 s", after)
	}
	last := granted[len(granted)-1]
	now = last + second
	if n.limiter.since = now; n.request(now) {
		t.Fatal("not slowed down any more")
	}
	if now = last + 3*second - 1; n.repeat(now) {
		t.Error("granted too early")
	}
	if now = last + 3*second; !n.repeat(now) {
		t.Error("forgotten when it was due")
	}
}

// TestKeyframeLimiterWaiting: who asks again and again because the sender is slow has
// asked once.
func TestKeyframeLimiterWaiting(t *testing.T) {
	const second = int64(time.Second)
	n := new(keyframeNeed)
	key := func(now int64) {
		n.pass(&packetcache.Packet{
			Timestamp: uint32(now / 1e6), Ext: uint64(now), Marker: true,
			Info: codecs.Info{Keyframe: codecs.KeyframeYes},
		}, now)
	}
	asked := 0
	for now := second; now < 20*second; now += second / 5 {
		if n.request(now) || n.repeat(now) {
			asked++
		}
	}
	if asked < 30 || asked > 40 {
		t.Errorf("the sender was asked %d times in 19 s", asked)
	}
	key(20 * second)
	if n.open {
		t.Error("still open after the keyframe")
	}
	if !n.request(21 * second) {
		t.Error("the next request has to wait")
	}
}

// keyframePart makes one packet of a keyframe with three, the last of which has the
// marker.
func keyframePart(n, part int) *rtp.Packet {
	p := vp8Packet(n, part == 0)
	p.Timestamp = uint32(n-part) * 3000
	p.Marker = part == 2
	if part != 0 {
		p.Payload[0] &^= 0x10 // no start of a partition
	}
	return p
}

// TestKeyframeIncomplete: a request for a keyframe ends when a complete one was sent to
// the receiver, and not when one has begun; until then the sender is asked again,
// although the receiver asks once.
func TestKeyframeIncomplete(t *testing.T) {
	for _, test := range []struct {
		name  string
		parts []int // of the keyframe, in the order of their arrival; then a frame follows
		late  int   // a part that comes after that frame, or -1
		again bool
	}{
		{"complete", []int{0, 1, 2}, -1, false},
		{"reordered", []int{1, 2, 0}, -1, false},
		{"without an end", []int{0, 1}, -1, true},
		{"without its middle", []int{0, 2}, -1, true},
		{"repaired", []int{0, 2}, 1, false},
		{"without its beginning", []int{1, 2}, -1, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			clock := newFakeClock()
			e := newTestEngine(t, Options{Now: clock.Now})
			s := newSource(t, e)
			dt, w := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96})
			s.put(vp8Packet(0, true))
			w.await(t, 1)
			requests := &s.track(0).keyframes
			dt.tell(&rtcp.PictureLossIndication{MediaSSRC: 5})
			if !requests.wanted.Load() {
				t.Fatal("the sender is not asked")
			}
			sent := 1
			put := func(p *rtp.Packet) { s.put(p); sent++; w.await(t, sent) }
			for _, part := range test.parts {
				put(keyframePart(1+part, part))
			}
			put(vp8Packet(4, false))
			if test.late >= 0 {
				put(keyframePart(1+test.late, test.late))
			}
			requests.wanted.Store(false) // as the first packet of a keyframe does
			clock.Advance(keyframeInterval)
			dt.down.shard.Call(func() { dt.tick(e.clock.nanos()) })
			if got := requests.wanted.Load(); got != test.again {
				t.Errorf("the sender is asked again: %v", got)
			}
			if test.again {
				put(vp8Packet(5, true))
				clock.Advance(keyframeInterval)
				dt.down.shard.Call(func() { dt.tick(e.clock.nanos()) })
				if requests.wanted.Load() {
					t.Error("and again, after a complete keyframe")
				}
			}
		})
	}
}

// TestKeyframeWithoutMarker: of a sender that marks no last packets, a keyframe is
// complete when the next frame begins.
func TestKeyframeWithoutMarker(t *testing.T) {
	n := new(keyframeNeed)
	n.request(1)
	for i := range uint64(3) {
		info := codecs.Info{}
		if i == 0 {
			info.Keyframe = codecs.KeyframeYes
		}
		n.pass(&packetcache.Packet{Timestamp: 1, Ext: 10 + i, Info: info}, 1)
	}
	if !n.open {
		t.Error("taken for complete although more may follow")
	}
	n.pass(&packetcache.Packet{Timestamp: 2, Ext: 13}, 1)
	if n.open {
		t.Error("still open")
	}
}

// TestKeyframeGuessed: of a keyframe that is recognised by its second packet, the first
// one is needed as well.
func TestKeyframeGuessed(t *testing.T) {
	for _, test := range []struct {
		name  string
		parts []uint64
		open  bool
	}{
		{"complete", []uint64{0, 1, 2}, false},
		{"reordered", []uint64{1, 0, 2}, false},
		{"without an end", []uint64{0, 1}, true},
		{"repaired", []uint64{0, 2, 1}, false},
	} {
		n := new(keyframeNeed)
		n.request(1)
		for _, part := range test.parts {
			p := &packetcache.Packet{Timestamp: 1, Ext: 10 + part, Marker: part == 2}
			if part == 1 {
				p.Info.Keyframe = codecs.KeyframeBegun
			}
			n.pass(p, 1)
		}
		if n.open != test.open {
			t.Errorf("%s: open: %v", test.name, n.open)
		}
	}
}
