package rtpconn

import (
	"testing"
	"time"

	"github.com/pion/rtcp"

	"galene/layers"
	"galene/packetcache"
)

// TestResidual: what has come only when sent again is lost, but not missing; what has
// not come two seconds later is both.
func TestResidual(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s := newSource(t, e)
	half := func() {
		clock.Advance(reportTick)
		s.up.shard.Call(func() { s.up.reports.tick(s.up) })
	}
	for n := range 1000 {
		switch {
		case n%100 == 50: // never
		case n%10 == 5: // not at first
		default:
			s.put(vp8Packet(n, n == 0))
		}
		if n%50 == 49 {
			for late := n - 49; late < n; late++ {
				if late%10 == 5 {
					s.putRepair(uint16(late), vp8Packet(late, false))
				}
			}
			half()
		}
		if n == 249 {
			if st := s.up.Stats().Tracks[0]; st.Missing != 1 { // 50; 150 may come yet
				t.Errorf("after five reports: %+v", st)
			}
		}
	}
	for range residualTicks {
		half()
	}
	st := s.up.Stats().Tracks[0]
	if st.Missing != 10 || st.Residual < 0.009 || st.Residual > 0.011 {
		t.Errorf("%d missing, fraction %v", st.Missing, st.Residual)
	}
	if st.Recovered != 100 || st.Lost != 110 {
		t.Errorf("%d recovered, %d lost", st.Recovered, st.Lost)
	}
	for n := 1000; n < 1500; n++ {
		s.put(vp8Packet(n, false))
		if n%50 == 0 {
			half()
		}
	}
	if now := s.up.Stats().Tracks[0]; now.Missing != 10 || now.Residual > st.Residual/2 {
		t.Errorf("later: %d missing, fraction %v", now.Missing, now.Residual)
	}
}

// TestLatency: the times are those of the packets, to within a half, and follow them.
func TestLatency(t *testing.T) {
	var m latencyMeter
	if m.quantile(0.5) != 0 {
		t.Error("a time of no packets")
	}
	for ns := int64(1); ns < int64(time.Hour); ns += 1 + ns/7 {
		class := latencyClass(ns)
		if bound := int64(latencyBound(class)); class < len(m.counts)-1 && (ns >= bound || ns > 1024 && 3*ns < bound) {
			t.Fatalf("%d ns are in the class up to %d", ns, bound)
		}
	}
	for range 980 {
		m.add(int64(100 * time.Microsecond))
	}
	for range 20 {
		m.add(int64(10 * time.Millisecond))
	}
	if d := m.quantile(0.5); d < 100*time.Microsecond || d > 150*time.Microsecond {
		t.Errorf("median %v", d)
	}
	if d := m.quantile(0.99); d < 10*time.Millisecond || d > 15*time.Millisecond {
		t.Errorf("99 %% within %v", d)
	}
	for range 4 * latencyMemory {
		m.add(int64(time.Second))
	}
	if d := m.quantile(0.5); d < time.Second {
		t.Errorf("median %v after that has changed", d)
	}
}

// TestDownStatistics: frames sent and left out, requests by kind, the time that
// packets take, the shard.
func TestDownStatistics(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now, Shards: 2})
	s := newSource(t, e)
	dt, w := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96})
	dt.down.shard.Call(func() { dt.selector.SetTarget(0, 0) })
	for n := range 40 {
		s.put(layeredPacket(n, n == 0))
	}
	w.await(t, 10)
	dt.tell(&rtcp.PictureLossIndication{MediaSSRC: 5},
		&rtcp.FullIntraRequest{FIR: []rtcp.FIREntry{{SSRC: 5, SequenceNumber: 1}}})
	st := dt.down.Stats()[0]
	if st.Frames != 10 || st.FramesDropped != 30 {
		t.Errorf("%d frames sent, %d left out", st.Frames, st.FramesDropped)
	}
	if st.FullIntraRequests != 1 || st.KeyframeRequests < 1 {
		t.Errorf("%d requests, %d of them full intra requests", st.KeyframeRequests, st.FullIntraRequests)
	}
	if st.LatencyMedian == 0 || st.LatencyMost < st.LatencyMedian {
		t.Errorf("within %v and %v", st.LatencyMedian, st.LatencyMost)
	}
	if st.Shard < 1 || st.Shard > 2 {
		t.Errorf("shard %d", st.Shard)
	}
}

// TestRTCPOnTheShard: what a receiver says is handled by the shard that owns what is
// sent to it, when it is not busy with something else.
func TestRTCPOnTheShard(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s := newSource(t, e)
	dt, w := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96})
	s.put(vp8Packet(0, true))
	seq := w.await(t, 1)[0].SequenceNumber
	clock.Advance(time.Second)
	busy, free := make(chan struct{}), make(chan struct{})
	dt.down.shard.Do(func() {
		close(busy)
		<-free
	})
	<-busy
	nack := must(rtcp.Marshal([]rtcp.Packet{&rtcp.TransportLayerNack{
		MediaSSRC: 5, Nacks: rtcp.NackPairsFromSequenceNumbers([]uint16{seq})}}))
	done := make(chan struct{})
	go func() { // as pion's goroutine, which does not wait
		defer close(done)
		for range 10 * maxInbox {
			dt.down.inbox.put(nack)
		}
	}()
	wait(t, done, "end of what does not wait")
	if n := len(w.snapshot()); n != 1 {
		t.Errorf("%d packets sent while the shard is busy", n)
	}
	if n := dt.down.inbox.dropped; n != 9*maxInbox {
		t.Errorf("%d messages were dropped", n)
	}
	close(free)
	w.await(t, 2)
}

// TestNackSound: lost sound is asked for if that was negotiated, and if it can come
// in time.
func TestNackSound(t *testing.T) {
	for _, test := range []struct {
		negotiated bool
		rtt        time.Duration
		want       uint64
	}{
		{true, 40 * time.Millisecond, 1},
		{true, 0, 1},
		{true, 150 * time.Millisecond, 0},
		{false, 40 * time.Millisecond, 0},
	} {
		clock := newFakeClock()
		k := newTalkOn(t, clock)
		k.source.up.sections[1].formats[111].nack = test.negotiated
		n := &k.source.track(1).nacks
		n.armed.Store(true)
		for _, i := range []int{0, 1, 3, 4, 5} {
			p := opusPacket(i)
			p.SSRC, p.PayloadType = testSSRC+1, 111
			k.source.put(p)
		}
		clock.Advance(nackAge)
		var asked uint64
		k.source.up.shard.Call(func() {
			n.rtt = test.rtt
			n.step(k.source.up.engine.clock.nanos())
			clock.Advance(nackAge)
			n.step(k.source.up.engine.clock.nanos())
			asked = min(n.sent.Load(), 1)
		})
		if asked != test.want {
			t.Errorf("%+v: asked for %d packets", test, asked)
		}
	}
}

// TestLimitIsSent: a sender is told by REMB, with each report about its video, what
// its receivers can use, and nothing about sound.
func TestLimitIsSent(t *testing.T) {
	inScenario(t, 20*time.Millisecond, func(s *scenario) {
		v := s.view().connected().attached()
		limits := func() (last *rtcp.ReceiverEstimatedMaximumBitrate, n int) {
			s.run(2 * time.Second)
			for len(s.p.limits) > 0 {
				last = <-s.p.limits
				n++
			}
			return last, n
		}
		limit, n := limits()
		track := s.p.up.snapshot()[0]
		if n < 3 || len(limit.SSRCs) != 1 || limit.SSRCs[0] != track.ssrc.Load() || limit.Bitrate != videoLimit {
			s.t.Fatalf("%d limits, the last: %v", n, limit)
		}
		v.down.shard.Call(func() {
			v.receiver.bandwidth.control.Update(layers.Report{Sent: 1e6, Bound: 512_000}, s.e.clock.nanos())
		})
		if limit, _ = limits(); limit == nil || limit.Bitrate > 512_000 || limit.Bitrate < 400_000 {
			s.t.Errorf("told %v, not quite 512 kb/s wanted", limit)
		}
	})
}

// TestPicturesAreDroppedFirst: when memory for packets gets scarce, pictures are dropped, and sound
// goes on.
func TestPicturesAreDroppedFirst(t *testing.T) {
	const limit = 40
	clock := newFakeClock()
	k := newTalkWith(t, Options{Now: clock.Now, MemoryLimit: limit * packetcache.PacketSize})
	for n := range 2 * limit {
		k.source.put(vp8Packet(n, n == 0))
	}
	picture, sound := k.source.track(0), k.source.track(1)
	if n := picture.drops[dropMemory].Load(); n == 0 {
		t.Error("no picture was dropped")
	}
	p := opusPacket(0)
	p.SSRC, p.PayloadType = testSSRC+1, 111
	k.source.put(p)
	if n := sound.drops[dropMemory].Load(); n != 0 {
		t.Error("sound was dropped")
	}
	if _, ok := sound.cache.Head(); !ok {
		t.Error("sound was not kept")
	}
}

// TestTimersDoNotWait: what is sent to a sender by the clock does not wait for whoever
// receives packets, nor for the session.
func TestTimersDoNotWait(t *testing.T) {
	clock := newFakeClock()
	k := newTalkOn(t, clock)
	up := k.source.up
	for _, n := range []int{0, 1, 5, 6, 7, 8} {
		k.source.put(vp8Packet(n, n == 0))
	}
	clock.Advance(nackAge)
	track := k.source.track(0)
	track.RequestKeyframe()
	up.mu.Lock()
	track.compact.mu.Lock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		up.shard.Call(func() {
			up.reports.tick(up)
			track.nacks.run()
			track.keyframes.run()
			up.feedback.tick()
		})
	}()
	wait(t, done, "end of the timers")
	track.compact.mu.Unlock()
	up.mu.Unlock()
}
