package rtpconn

import (
	"testing"
	"time"

	"galene/layers"
)

// eventually waits for a condition that the shard brings about.
func (t *downTrack) eventually(test *testing.T, condition func() bool) {
	test.Helper()
	if !eventually(func() (ok bool) {
		t.down.shard.Call(func() { ok = condition() })
		return ok
	}) {
		test.Fatal("in vain")
	}
}

// TestGapIsSeen: who gets what there is, because no keyframe comes after packets were
// dropped, sees by the numbers that some are missing (I2, R-3.4).
func TestGapIsSeen(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s := newSource(t, e)
	dt, w := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96})
	for n := range 10 {
		s.put(vp8Packet(n, n == 0))
	}
	w.await(t, 10)
	dt.eventually(t, func() bool { return dt.active.state == feedLive }) // what is replayed misses nothing
	dt.down.shard.Call(dt.active.Gap)
	before, _ := dt.active.source.Cache().Head()
	s.put(vp8Packet(10, false))
	dt.eventually(t, func() bool { return dt.active.seen == before+1 })
	clock.Advance(blindAfter + time.Second)
	s.put(vp8Packet(11, false))
	packets := w.await(t, 11)
	if d := packets[10].SequenceNumber - packets[9].SequenceNumber; d < 2 {
		t.Errorf("picture %d follows %d without a gap", number(packets[10]), number(packets[9]))
	}
}

// TestSwitchWhileReplaying: the old layer ends where another takes over, although it
// was being sent from the cache.
func TestSwitchWhileReplaying(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s, put := simulcastSource(t, e)
	for n := range 10 { // two packets are a frame
		p := vp8Packet(3000+n, n == 0)
		p.Timestamp = uint32(n/2) * 3000
		if p.Marker = n%2 == 1; p.Marker {
			p.Payload[0] &^= 0x10
		}
		put("h", p)
		clock.Advance(20 * time.Millisecond)
	}
	dt, w := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96})
	w.await(t, 1)
	dt.down.shard.Call(func() { dt.setSource(s.up.Tracks()[1]) })
	dt.down.shard.Call(func() {})
	put("l", vp8Packet(0, true))
	dt.eventually(t, func() bool { return dt.next.ready }) // waits for the end of the frame
	clock.Advance(time.Second)
	dt.down.shard.Call(func() { dt.active.replayStep() })
	put("l", vp8Packet(1, false))
	for i, p := range w.await(t, 4) {
		if want := []int{3000, 3001, 0, 1}[i]; number(p) != want {
			t.Errorf("packet %d is %d, want %d", i, number(p), want)
		}
	}
}

// TestResumeWhileReplaying: a video that was paused while it was sent from the cache
// goes on from a keyframe too.
func TestResumeWhileReplaying(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s := newSource(t, e)
	for n := range 30 {
		s.put(vp8Packet(n, n == 0))
		clock.Advance(20 * time.Millisecond)
	}
	dt, w := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96})
	w.await(t, 1)
	dt.down.shard.Call(func() {
		dt.pause()
		clock.Advance(100 * time.Millisecond)
		dt.active.replayStep()
		dt.take([]layers.Step{{SID: layers.Top, TID: layers.Top}}, 0, e.clock.nanos())
	})
	s.put(vp8Packet(30, false))
	s.put(vp8Packet(31, true))
	packets := w.await(t, 2)
	if n := number(packets[1]); n != 31 {
		t.Errorf("goes on with packet %d", n)
	}
}

// TestReplaySkipsAhead: a replay goes on from a keyframe that comes meanwhile, between two
// frames: the cache does not keep what is before it for long.
func TestReplaySkipsAhead(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s := newSource(t, e)
	put := func(n int, key bool) { // two packets are a frame
		p := vp8Packet(n, key)
		p.Timestamp = uint32(n/2) * 3000
		if p.Marker = n%2 == 1; p.Marker {
			p.Payload[0] &^= 0x10
		}
		s.put(p)
	}
	for n := range 60 {
		put(n, n == 0)
		clock.Advance(10 * time.Millisecond)
	}
	dt, w := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96})
	w.await(t, 1) // half of the first frame
	const key = 70
	for n := 60; n < 80; n++ {
		put(n, n == key)
	}
	dt.down.shard.Call(func() {
		for dt.active.state == feedReplaying {
			clock.Advance(20 * time.Millisecond)
			dt.active.replayStep()
		}
	})
	packets := w.await(t, 12)
	for i, p := range packets {
		want := i // the whole first frame, and what follows the keyframe
		if i >= 2 {
			want = key + i - 2
		}
		if number(p) != want || p.SequenceNumber != packets[0].SequenceNumber+uint16(i) {
			t.Errorf("packet %d is %d, with the number %d", i, number(p), p.SequenceNumber-packets[0].SequenceNumber)
		}
	}
	if s.track(0).keyframes.wanted.Load() {
		t.Error("a keyframe was asked for, although there was one")
	}
}
