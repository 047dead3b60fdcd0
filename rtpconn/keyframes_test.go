package rtpconn

import (
	"slices"
	"testing"
	"time"
)

// TestKeyframeRequestLost: a request that gets lost is repeated, and so is one that is
// answered by anything but a keyframe; nothing is asked any more once there is one
//
func TestKeyframeRequestLost(t *testing.T) {
	inScenario(t, 40*time.Millisecond, func(s *scenario) {
		const lost = 3
		asked := 0 // messages that the server has sent
		s.back.set(func(l *link) {
			l.feedback = func() bool {
				asked++
				return asked > lost
			}
		})
		messages := func() (n int) {
			s.back.set(func(*link) { n = asked })
			return n
		}
		requests := s.p.requests["vp8"]
		frames := func(d time.Duration) { // none of them is a keyframe
			for end := time.Now().Add(d); time.Now().Before(end); {
				s.p.send("vp8", s.packets(s.next, false))
				s.next++
				time.Sleep(interval)
			}
		}
		start := time.Now()
		s.p.up.Tracks()[0].RequestKeyframe() // once
		frames(3 * time.Second)
		var times []time.Duration
		for len(requests) > 0 {
			times = append(times, (<-requests).Sub(start).Round(10*time.Millisecond))
		}
		want := []time.Duration{1520, 2020, 2520}
		for i := range want {
			want[i] *= time.Millisecond
		}
		if !slices.Equal(times, want) {
			t.Errorf("requests have come after %v, want %v", times, want)
		}
		s.p.send("vp8", s.packets(s.next, true))
		s.next++
		frames(time.Second)
		for len(requests) > 0 {
			<-requests
		}
		before := messages()
		frames(3 * time.Second)
		if n := messages() - before; n != 0 {
			t.Errorf("%d messages after the keyframe", n)
		}
	})
}

// TestKeyframeRequestEarly: a request made before there is a connection is sent as soon
// as the sender is known by its first packet, and that as one of many tries.
func TestKeyframeRequestEarly(t *testing.T) {
	e := newTestEngine(t, Options{})
	p := publish(t, e, peerOptions{}, "vp8")
	track := p.up.Tracks()[0].(*upTrack)
	track.RequestKeyframe()
	requests := p.requests["vp8"]
	p.connected()
	n := 0
	p.sendUntil(func() bool { return len(requests) > 0 }, func(int) {
		p.send("vp8", vp8Packet(n, false))
		n++
	})
	p.up.shard.Call(func() {
		if track.keyframes.tries == 0 || uint64(track.keyframes.tries) != track.keyframes.sent.Load() {
			t.Errorf("%d tries, %d messages sent", track.keyframes.tries, track.keyframes.sent.Load())
		}
	})
}

// TestKeyframeRequestUnsent: what cannot be sent, as there is no connection, is no try,
// and is tried for as long as it takes.
func TestKeyframeRequestUnsent(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s := newSource(t, e)
	s.put(vp8Packet(0, false))
	track := s.track(0)
	k := &track.keyframes
	k.request()
	for range 2 * maxKeyframeTries {
		clock.Advance(keyframeInterval)
		track.up.shard.Call(k.run)
	}
	var tries int
	track.up.shard.Call(func() { tries = k.tries })
	if tries != 0 || k.sent.Load() != 0 || !k.wanted.Load() || !k.armed.Load() {
		t.Errorf("%d tries, %d sent, wanted: %v, armed: %v", tries, k.sent.Load(), k.wanted.Load(), k.armed.Load())
	}
}

// TestKeyframeRequestAtFirstPacket: a request is not forgotten if the first packet comes
// while the shard finds out that there has not been one.
func TestKeyframeRequestAtFirstPacket(t *testing.T) {
	e := newTestEngine(t, Options{})
	s := newSource(t, e)
	track := s.track(0)
	k := &track.keyframes
	k.wanted.Store(true)
	k.armed.Store(true) // run has begun, and seen no packet
	s.put(vp8Packet(0, false))
	k.armed.Store(false) // run returns
	var timer bool
	track.up.shard.Call(func() { timer = k.timer != nil })
	if !timer {
		t.Error("nobody sends the request")
	}
}
