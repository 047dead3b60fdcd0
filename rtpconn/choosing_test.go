package rtpconn

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"galene/layers"
	"galene/packetcache"
	"galene/packetmap"
)

// layeredPacket makes the n-th frame, of one packet, of a VP8 stream with three
// temporal layers.
func layeredPacket(n int, key bool) *rtp.Packet {
	tid := [...]byte{0, 2, 1, 2}[n%4]
	sync := byte(0)
	if n%8 < 3 {
		sync = 0x20
	}
	p := vp8Packet(n, key)
	body := p.Payload[4:]
	// X, then I, L, T and K: picture id, TL0PICIDX, layer and KEYIDX.
	head := []byte{0x90, 0xf0, 0x80 | byte(n>>8&0x7f), byte(n), byte(n / 4), tid<<6 | sync | byte(n/100)&0x1f}
	p.Payload = append(head, body...)
	return p
}

// vp8Fields returns picture id, TL0PICIDX, temporal layer and KEYIDX.
func vp8Fields(p *rtp.Packet) (pid uint16, tl0, tid, key byte) {
	b := p.Payload
	return uint16(b[2]&0x7f)<<8 | uint16(b[3]), b[4], b[5] >> 6, b[5] & 0x1f
}

// TestTemporalLayers: what is left out leaves no gap in sequence numbers and
// picture ids (I2, I5), and retransmissions are as the packets were sent first
// whatever has been chosen since.
func TestTemporalLayers(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s := newSource(t, e)
	dt, w := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96})
	for n := range 8 {
		s.put(layeredPacket(n, n == 0))
	}
	w.await(t, 8)
	dt.down.shard.Call(func() { dt.selector.SetTarget(0, 0) })
	for n := 8; n < 24; n++ {
		s.put(layeredPacket(n, false))
	}
	packets := w.await(t, 12)
	for i, p := range packets {
		pid, tl0, tid, _ := vp8Fields(p)
		want := i / 4
		if i >= 8 {
			want = i - 6
		}
		if pid != uint16(i) || p.SequenceNumber != packets[0].SequenceNumber+uint16(i) || int(tl0) != want {
			t.Errorf("packet %d: picture %d, number %d, TL0PICIDX %d", i, pid, p.SequenceNumber, tl0)
		}
		if i >= 8 && tid != 0 {
			t.Errorf("layer %d", tid)
		}
	}
	dt.down.shard.Call(func() { dt.selector.SetTarget(layers.Top, layers.Top) })
	for n := 24; n < 34; n++ {
		s.put(layeredPacket(n, false))
	}
	packets = w.await(t, 18)
	var tids []byte
	for _, p := range packets[12:] {
		_, _, tid, _ := vp8Fields(p)
		tids = append(tids, tid)
	}
	// One layer after the other, each where it may begin.
	if want := []byte{0, 1, 0, 1, 0, 2}; !bytes.Equal(tids, want) {
		t.Errorf("layers %v, want %v", tids, want)
	}
	clock.Advance(time.Second)
	dt.tell(&rtcp.TransportLayerNack{MediaSSRC: 5,
		Nacks: rtcp.NackPairsFromSequenceNumbers([]uint16{packets[10].SequenceNumber, packets[13].SequenceNumber})})
	again := w.await(t, 20)[18:]
	for i, of := range []int{10, 13} {
		if !reflect.DeepEqual(again[i], packets[of]) {
			t.Errorf("sent %v, and again %v", packets[of], again[i])
		}
	}
}

// TestMissingLayers: a packet that we lack too is asked of the sender by its own
// number, whatever was left out.
func TestMissingLayers(t *testing.T) {
	e := newTestEngine(t, Options{})
	s := newSource(t, e)
	dt, w := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96})
	dt.down.shard.Call(func() { dt.selector.SetTarget(0, 0) })
	for n := range 8 {
		s.put(layeredPacket(n, n == 0)) // 0 and 4 are sent
	}
	for _, n := range []int{9, 10, 11, 12} { // 8 is missing
		s.put(layeredPacket(n, false))
	}
	var packets []*rtp.Packet
	if !eventually(func() bool {
		packets = w.snapshot()
		return len(packets) > 0 && number(packets[len(packets)-1]) == 12
	}) {
		t.Fatalf("packet 12 is not sent, only %d packets", len(packets))
	}
	last := packets[len(packets)-1]
	var seqs []uint16
	for seq := packets[0].SequenceNumber; seq != last.SequenceNumber; seq++ {
		seqs = append(seqs, seq)
	}
	dt.tell(&rtcp.TransportLayerNack{MediaSSRC: 5, Nacks: rtcp.NackPairsFromSequenceNumbers(seqs)})
	var missing []uint64
	dt.down.shard.Call(func() { missing = dt.missing })
	if len(missing) != 1 || missing[0] != firstExt+8 {
		t.Errorf("missing %v, want %v", missing, firstExt+8)
	}
}

// simulcastSource returns a source with two simulcast layers.
func simulcastSource(t *testing.T, e *Engine) (s *source, put func(rid string, p *rtp.Packet)) {
	t.Helper()
	s = newSource(t, e, "h", "l")
	return s, func(rid string, p *rtp.Packet) {
		t.Helper()
		p.SSRC = 0x7000 + uint32(rid[0])
		for id, value := range map[uint8]string{1: "0", 2: rid} {
			if err := p.SetExtension(id, []byte(value)); err != nil {
				t.Fatal(err)
			}
		}
		s.put(p)
	}
}

// TestSimulcastSwitch: the other layer takes over at a keyframe, after the end of
// a frame; sequence numbers, picture ids, TL0PICIDX and KEYIDX go on by
// one (I6, spec media.md 3.2), and no SDP is exchanged.
func TestSimulcastSwitch(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s, put := simulcastSource(t, e)
	dt, w := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96})
	dt.down.tracks = []*downTrack{dt}
	tracks := s.up.Tracks()
	set := func(i int) {
		t.Helper()
		dt.section = nil
		if _, err := dt.down.SetTracks(tracks[i:i+1], false); err != nil {
			t.Fatal(err)
		}
		dt.down.shard.Call(func() {})
	}
	set(0)
	step := func(n int, rid string, key bool) {
		clock.Advance(33 * time.Millisecond)
		p := layeredPacket(n, key)
		if rid == "l" {
			p = layeredPacket(n+3000, key)
		}
		put(rid, p)
	}
	for n := range 10 {
		step(n, "h", n == 0)
		step(n, "l", n == 0)
	}
	w.await(t, 10)
	set(1)
	for n := 10; n < 15; n++ {
		step(n, "h", false)
		step(n, "l", false)
	}
	w.await(t, 15) // the old layer goes on
	half := layeredPacket(15, false)
	half.Marker = false
	put("h", half)
	w.await(t, 16)
	step(16, "l", true) // waits for the end of the frame
	dt.down.shard.Call(func() {})
	w.await(t, 16)
	rest := layeredPacket(15, false)
	rest.SequenceNumber, rest.Payload[0] = 16, 0x80
	put("h", rest)
	w.await(t, 18)
	step(17, "l", false)
	packets := w.await(t, 19)
	for i, p := range packets {
		if p.SequenceNumber != packets[0].SequenceNumber+uint16(i) {
			t.Errorf("packet %d has number %d after %d", i, p.SequenceNumber, packets[0].SequenceNumber)
		}
		if i > 0 && i != 16 && int32(p.Timestamp-packets[i-1].Timestamp) <= 0 {
			t.Errorf("timestamp %d after %d", p.Timestamp, packets[i-1].Timestamp)
		}
	}
	pid, tl0, _, key := vp8Fields(packets[16])
	for i, p := range packets[17:] {
		gotPID, gotTL0, _, gotKey := vp8Fields(p)
		if gotPID != pid+uint16(i)+1 || gotTL0 != tl0+1 || gotKey != key+1 {
			t.Errorf("after %d, %d, %d come %d, %d, %d", pid, tl0, key, gotPID, gotTL0, gotKey)
		}
	}
}

// settle runs the allocation of a receiver, and its replays, for some time in which
// frames come.
func settle(t *testing.T, clock *fakeClock, d *Down, seconds float64, frame func()) {
	t.Helper()
	up := d.source.(*Up)
	// What timers do is done here, by the time of the test: a machine that is slow must
	// not have it done more often.
	d.shard.Call(func() { d.receiver.bandwidth.timer.Stop() })
	up.shard.Call(func() { up.reports.timer.Stop() })
	for i := range int(seconds * 30) {
		clock.Advance(time.Second / 30)
		frame()
		// What was pushed while the shard was about to call the first of these is
		// delivered after the second.
		for range 2 {
			d.shard.Call(func() {})
		}
		d.shard.Call(func() { // timers know nothing of the time of the test
			for _, t := range d.sending.tracks {
				t.active.replayStep()
			}
		})
		if i%6 == 5 {
			d.shard.Call(func() {
				d.receiver.bandwidth.run()
				d.receiver.bandwidth.timer.Stop()
			})
		}
		if i%15 == 14 {
			up.shard.Call(func() {
				up.reports.tick(up)
				up.reports.timer.Stop()
			})
		}
	}
}

// TestBandwidth: a receiver that loses packets gets the lower simulcast layer
// within little time, and the higher one again when the losses have ended, after
// a while that grows.
func TestBandwidth(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s, put := simulcastSource(t, e)
	dt, _ := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96})
	tracks := s.up.Tracks()
	dt.down.shard.Call(func() {
		sources, lowest := simulcast(tracks[0], tracks)
		if len(sources) != 2 || lowest {
			t.Errorf("%d layers", len(sources))
		}
		dt.setChoice(sources, lowest, false)
		dt.down.receiver.bandwidth.join(dt.down)
	})
	n := 0
	frame := func() {
		key := n%15 == 0
		high, low := vp8Packet(n, key), vp8Packet(n, key)
		high.Payload = append(high.Payload, make([]byte, 1000)...) // 240 kb/s
		put("h", high)
		put("l", low)
		n++
	}
	rid := func() (rid string) {
		dt.down.shard.Call(func() { rid = dt.active.source.RID() })
		return rid
	}
	settle(t, clock, dt.down, 3, frame)
	if got := rid(); got != "h" {
		t.Fatalf("layer %q without a limit", got)
	}
	highest, lost := uint32(0), uint32(0)
	report := func(fraction float64) {
		var out uint64
		dt.down.shard.Call(func() { out = dt.lastOut })
		lost += uint32(fraction * float64(uint32(out)-highest))
		highest = uint32(out)
		dt.tell(&rtcp.ReceiverReport{Reports: []rtcp.ReceptionReport{{
			SSRC: 5, TotalLost: lost, LastSequenceNumber: highest,
		}}})
	}
	report(0)
	for range 6 {
		settle(t, clock, dt.down, 1, frame)
		report(0.5)
	}
	settle(t, clock, dt.down, 1, frame)
	if got := rid(); got != "l" {
		t.Fatalf("layer %q when half of the packets are lost", got)
	}
	if stats := dt.down.Stats()[0]; stats.RID != "l" || stats.Target == 0 {
		t.Errorf("stats %+v", stats)
	}
	if limit := senderLimit(videos(s.up.snapshot())[0], e.clock.nanos()); limit != minVideoLimit {
		t.Errorf("the sender may send %d", limit)
	}
	since := clock.Now()
	for rid() == "l" {
		settle(t, clock, dt.down, 1, frame)
		report(0)
		if clock.Now().Sub(since) > 2*time.Minute {
			t.Fatal("the higher layer never comes again")
		}
	}
	if d := clock.Now().Sub(since); d < 2*time.Second {
		t.Errorf("a step up after %v", d)
	}
}

// TestPauseAndResume: a video that does not fit is paused after its sender had
// time to adapt, and resumed from a keyframe when there is room.
func TestPauseAndResume(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s := newSource(t, e)
	dt, w := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96})
	b := &dt.down.receiver.bandwidth
	dt.down.shard.Call(func() { b.join(dt.down) })
	n := 0
	frame := func() {
		p := vp8Packet(n, n%30 == 0)
		p.Payload = append(p.Payload, make([]byte, 1000)...)
		s.put(p)
		n++
	}
	paused := func() (paused bool) {
		dt.down.shard.Call(func() { paused = dt.paused })
		return paused
	}
	settle(t, clock, dt.down, 3, frame)
	tight := func(seconds int) {
		for range seconds {
			dt.down.shard.Call(func() { b.control.Update(layers.Report{Bound: 100_000}, e.clock.nanos()) })
			settle(t, clock, dt.down, 1, frame)
		}
	}
	tight(2)
	if paused() {
		t.Fatal("paused at once")
	}
	tight(3)
	if !paused() {
		t.Fatal("not paused")
	}
	before := len(w.snapshot())
	settle(t, clock, dt.down, 2, frame)
	if got := len(w.snapshot()); got != before {
		t.Errorf("%d packets while paused", got-before)
	}
	for i := 0; paused(); i++ {
		if i > 120 {
			t.Fatal("never resumed")
		}
		settle(t, clock, dt.down, 1, frame)
	}
	settle(t, clock, dt.down, 2, frame)
	packets := w.snapshot()
	if len(packets) == before {
		t.Fatal("nothing is sent")
	}
	first := packets[before]
	if first.SequenceNumber != packets[before-1].SequenceNumber+1 {
		t.Error("a gap after the pause")
	}
	if first.Payload[4]&1 != 0 {
		t.Error("does not begin with a keyframe")
	}
}

// TestREMB: a limit counts when it falls, or stays where it is, and not while it
// follows what is sent.
func TestREMB(t *testing.T) {
	const second = int64(time.Second)
	var m rembMeter
	m.report(150_000, second)
	if _, ok := m.limit(1_000_000, 2*second); ok {
		t.Error("the first report is taken for a limit at once")
	}
	for i := range int64(20) {
		m.report(150_000+10_000*uint64(i), (2+i)*second)
		if _, ok := m.limit(1_000_000, (2+i)*second); ok {
			t.Fatal("a rising rate is taken for a limit")
		}
	}
	m.report(200_000, 30*second)
	if limit, ok := m.limit(1_000_000, 30*second); !ok || limit != 200_000 {
		t.Errorf("limit %d, %v", limit, ok)
	}
	if _, ok := m.limit(210_000, 30*second); ok {
		t.Error("a limit although it is kept")
	}
	m.report(300_000, 31*second)
	if _, ok := m.limit(1_000_000, 34*second); !ok {
		t.Error("a rate that does not rise any more is no limit")
	}
	if _, ok := m.limit(1_000_000, 70*second); ok {
		t.Error("an old limit")
	}
	m.report(100_000, 80*second)
	if _, ok := m.limit(1_000_000, 80*second); !ok {
		t.Error("no limit although it has fallen")
	}
	m.limit(0, 85*second)
	if _, ok := m.limit(1_000_000, 86*second); ok {
		t.Error("a limit of before a pause")
	}
	if _, ok := m.limit(1_000_000, 88*second); !ok {
		t.Error("no limit although it has not risen since the pause")
	}
}

// TestREMBAfterStillPicture: receivers name little while they get little, which is no
// limit for what comes when the picture moves.
func TestREMBAfterStillPicture(t *testing.T) {
	const second = int64(time.Second)
	var m rembMeter
	for i := range int64(20) {
		m.report(41_000-1500*uint64(i%2), i*second)
		if limit, ok := m.limit(25_000, i*second); ok {
			t.Fatalf("limit %d of a still picture", limit)
		}
	}
	if limit, ok := m.limit(400_000, 20*second); ok {
		t.Errorf("limit %d as soon as it moves", limit)
	}
	if limit, ok := m.limit(400_000, 23*second); !ok || limit != 39_500 {
		t.Errorf("limit %d, %v, that does not rise when it moves", limit, ok)
	}
}

// TestLossMeter: packets that we had not got either are not lost on the way to
// the receiver.
func TestLossMeter(t *testing.T) {
	var m lossMeter
	m.report(reportBlock{highest: 1000, totalLost: 7}, 3)
	m.report(reportBlock{highest: 1100, totalLost: 27}, 13)
	if expected, lost := m.take(); expected != 100 || lost != 10 {
		t.Errorf("%d of %d lost", lost, expected)
	}
	m.report(reportBlock{highest: 1090, totalLost: 27}, 13)
	if expected, lost := m.take(); expected != 0 || lost != 0 {
		t.Errorf("%d of %d lost", lost, expected)
	}
}

// TestSentFlags: the log tells which picture id was sent.
func TestSentFlags(t *testing.T) {
	e := newTestEngine(t, Options{})
	s := newSource(t, e)
	dt, w := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96})
	s.put(vp8Packet(77, true))
	seq := w.await(t, 1)[0].SequenceNumber
	dt.down.shard.Call(func() {
		if sent := dt.log.Find(seq); sent == nil || sent.Flags&packetmap.SentPID == 0 || sent.PID != 77 {
			t.Errorf("%+v", sent)
		}
	})
}

// silentSink receives a track and says nothing about what it can use, as the recorder
// does.
type silentSink struct{ name string }

func (*silentSink) Deliver([]*packetcache.Packet) {}
func (*silentSink) Gap()                          {}
func (*silentSink) Ended()                        {}

// TestRecorderIsReceiver: who does not say what it can use, such as the recorder, is a
// receiver: it keeps a sender from being limited for want of one, and all its layers from
// being taken for needless; a limit does not come from it.
func TestRecorderIsReceiver(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s := newSource(t, e, "h", "l")
	sh := e.shards.Acquire()
	defer e.shards.Release(sh)
	tracks := s.up.Tracks()
	limit := func() uint64 { return senderLimit(videos(s.up.snapshot())[0], e.clock.nanos()) }
	for i, rid := range []string{"h", "l"} {
		p := vp8Packet(0, true)
		p.SSRC = uint32(100 + i)
		if err := p.SetExtension(1, []byte("0")); err != nil {
			t.Fatal(err)
		}
		if err := p.SetExtension(2, []byte(rid)); err != nil {
			t.Fatal(err)
		}
		s.put(p)
	}
	recorder, viewer := silentSink{"recorder"}, silentSink{"viewer"}
	clock.Advance(time.Second) // 0 would mean that nobody has looked yet
	limit()
	clock.Advance(2 * unwatchedAfter)
	if got := limit(); got != minVideoLimit {
		t.Errorf("limit %d without receivers", got)
	}
	for _, track := range tracks {
		if err := track.Subscribe(sh, &recorder); err != nil {
			t.Fatal(err)
		}
		defer track.Unsubscribe(sh, &recorder)
	}
	if got := limit(); got != videoLimit {
		t.Errorf("limit %d with a recorder alone", got)
	}
	low := tracks[1]
	if err := low.Subscribe(sh, &viewer); err != nil {
		t.Fatal(err)
	}
	defer low.Unsubscribe(sh, &viewer)
	low.Allow(&viewer, minVideoLimit)
	if got := limit(); got != videoLimit {
		t.Errorf("limit %d with a recorder and somebody who can use little", got)
	}
}
