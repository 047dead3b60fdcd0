package rtpconn

import (
	"encoding/binary"
	"reflect"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// newRecordedDown returns a track that sends src to a recorder.
func newRecordedDown(t *testing.T, e *Engine, src *source, o output) (*downTrack, *recordingWriter) {
	t.Helper()
	w := &recordingWriter{}
	o.writer = w
	dt, _ := newNullDown(t, e, src, o)
	return dt, w
}

// tell gives RTCP to the track, as if its receiver had sent it.
func (t *downTrack) tell(packets ...rtcp.Packet) {
	data := must(rtcp.Marshal(packets))
	t.down.shard.Call(func() { t.down.sending.receiveRTCP(data, t.down.engine.clock.nanos()) })
}

// TestResendIdentical: without a stream of its own, a retransmission is
// identical to the first transmission.
func TestResendIdentical(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s := newSource(t, e)
	dt, w := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96})
	for i := range 5 {
		p := vp8Packet(i, i == 0)
		p.Marker = i%2 == 0
		s.put(p)
	}
	first := w.await(t, 5)
	clock.Advance(time.Second)
	dt.tell(&rtcp.TransportLayerNack{MediaSSRC: 5,
		Nacks: rtcp.NackPairsFromSequenceNumbers([]uint16{first[1].SequenceNumber, first[4].SequenceNumber})})
	all := w.await(t, 7)
	for i, want := range []int{1, 4} {
		if !reflect.DeepEqual(all[5+i], first[want]) {
			t.Errorf("sent %v, and again %v", first[want], all[5+i])
		}
	}
}

// TestResendRTX: with a stream of its own, a retransmission has that stream's
// numbers and carries the original one.
func TestResendRTX(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s := newSource(t, e)
	dt, w := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96, rtxSSRC: 6, rtxType: 97})
	for i := range 3 {
		s.put(vp8Packet(i, i == 0))
	}
	first := w.await(t, 3)
	var before uint16
	for i := range 3 {
		clock.Advance(time.Second)
		dt.tell(&rtcp.TransportLayerNack{MediaSSRC: 5,
			Nacks: []rtcp.NackPair{{PacketID: first[1].SequenceNumber}}})
		got := w.await(t, 4+i)[3+i]
		if got.SSRC != 6 || got.PayloadType != 97 || got.Timestamp != first[1].Timestamp || !got.Marker ||
			binary.BigEndian.Uint16(got.Payload) != first[1].SequenceNumber ||
			string(got.Payload[2:]) != string(first[1].Payload) {
			t.Errorf("sent %v, and again %v", first[1], got)
		}
		if i > 0 && got.SequenceNumber != before+1 {
			t.Errorf("retransmission %d after %d", got.SequenceNumber, before)
		}
		before = got.SequenceNumber
	}
}

// TestResendLimits: a packet is sent again four times at most and not too soon,
// and a flood of requests has no effect.
func TestResendLimits(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s := newSource(t, e)
	dt, w := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96})
	const count = 100
	for i := range count {
		s.put(vp8Packet(i, i == 0))
	}
	seq := w.await(t, count)[0].SequenceNumber
	ask := func(seqs ...uint16) {
		dt.tell(&rtcp.TransportLayerNack{MediaSSRC: 5, Nacks: rtcp.NackPairsFromSequenceNumbers(seqs)})
	}
	resent := func() int { return len(w.snapshot()) - count }

	ask(seq)
	if n := resent(); n != 0 {
		t.Errorf("sent again at once")
	}
	for range 10 {
		clock.Advance(200 * time.Millisecond)
		ask(seq)
		ask(seq)
	}
	if n := resent(); n != maxResends {
		t.Errorf("one packet was sent again %d times", n)
	}
	clock.Advance(10 * time.Second)
	var all []uint16
	for i := range uint16(count) {
		all = append(all, seq+i)
	}
	ask(all...)
	if n := resent() - maxResends; n != resendBurst {
		t.Errorf("%d packets were sent again at once", n)
	}
	ask(seq+count, seq+count+1000, seq-2000)
	if n := resent() - maxResends; n != resendBurst {
		t.Error("something was sent that had not been sent before")
	}
}

// TestMissing: what we lack too is asked of the sender, at once.
func TestMissing(t *testing.T) {
	e := newTestEngine(t, Options{})
	s := newSource(t, e)
	dt, w := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96})
	s.put(vp8Packet(0, true))
	s.put(vp8Packet(2, false))
	packets := w.await(t, 2)
	if d := packets[1].SequenceNumber - packets[0].SequenceNumber; d != 2 {
		t.Fatalf("gap of %d", d)
	}
	track := s.track(0)
	track.up.shard.Call(func() { track.nacks.run() })
	dt.tell(&rtcp.TransportLayerNack{MediaSSRC: 5, Nacks: []rtcp.NackPair{{PacketID: packets[0].SequenceNumber + 1}}})
	var missing []uint64
	dt.down.shard.Call(func() { missing = dt.missing })
	if len(missing) != 1 || missing[0] != firstExt+1 {
		t.Errorf("missing %v", missing)
	}
	if !eventually(func() bool { return track.nacks.sent.Load() > 0 }) {
		t.Error("not asked for")
	}
	s.put(vp8Packet(1, false))
	late := w.await(t, 3)[2]
	if late.SequenceNumber != packets[0].SequenceNumber+1 || number(late) != 1 {
		t.Errorf("late packet %v", late)
	}
	if !eventually(func() bool { return !track.nacks.armed.Load() }) {
		t.Error("still looks for missing packets")
	}
}

// TestFullIntraRequest: a repetition is no new request.
func TestFullIntraRequest(t *testing.T) {
	e := newTestEngine(t, Options{})
	s := newSource(t, e)
	dt, w := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96})
	s.put(vp8Packet(0, true))
	w.await(t, 1)
	for _, seq := range []uint8{0, 0, 0, 1, 1, 255, 0} {
		dt.tell(&rtcp.FullIntraRequest{FIR: []rtcp.FIREntry{{SSRC: 5, SequenceNumber: seq}}})
	}
	var total uint64
	dt.down.shard.Call(func() { total = dt.need.limiter.total })
	if total != 4 {
		t.Errorf("%d requests, want 4", total)
	}
}

// TestSenderReport: the report relates the clocks of the sender, and
// the receiver's answer gives the round-trip time.
func TestSenderReport(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s := newSource(t, e)
	dt, w := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96})
	s.put(vp8Packet(0, true))
	w.await(t, 1)
	const theirs = uint64(77) << 32
	s.up.receiveRTCP(testSSRC, must(rtcp.Marshal([]rtcp.Packet{
		&rtcp.SenderReport{SSRC: testSSRC, NTPTime: theirs, RTPTime: 123456},
		rtcp.NewCNAMESourceDescription(testSSRC, "somebody"),
	})))
	clock.Advance(2 * time.Second)
	var packets []rtcp.Packet
	dt.down.shard.Call(func() {
		packets, _ = dt.senderReport(e.clock.nanos(), &dt.down.sending.clocks)
	})
	if len(packets) != 2 {
		t.Fatalf("report %v", packets)
	}
	report := packets[0].(*rtcp.SenderReport)
	if report.RTPTime != 123456+2*90000 || report.PacketCount != 1 || report.OctetCount != 18 || report.SSRC != 5 {
		t.Errorf("report %+v", report)
	}
	if name := packets[1].(*rtcp.SourceDescription).Chunks[0].Items[0].Text; name != "somebody" {
		t.Errorf("CNAME %q", name)
	}
	clock.Advance(300 * time.Millisecond)
	dt.tell(&rtcp.ReceiverReport{Reports: []rtcp.ReceptionReport{{
		SSRC: 5, LastSenderReport: uint32(report.NTPTime >> 16), Delay: 1 << 16 / 10, FractionLost: 64,
	}}})
	stats := dt.down.Stats()[0]
	if d := stats.RTT - 200*time.Millisecond; d < -time.Millisecond || d > time.Millisecond || stats.Loss != 0.25 {
		t.Errorf("round trip %v, loss %v", stats.RTT, stats.Loss)
	}
	if m := s.track(0).rtt.max(); m != stats.RTT {
		t.Errorf("the sender's track knows of a round trip of %v", m)
	}
}

// TestReplayPace: a replay goes at twice the speed, and live packets follow
//
func TestReplayPace(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s := newSource(t, e)
	const frames = 30
	for i := range frames {
		s.put(vp8Packet(i, i == 0))
		clock.Advance(30 * time.Millisecond)
	}
	dt, w := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96})
	numbers := func(packets []*rtp.Packet) (list []int) {
		for _, p := range packets {
			list = append(list, number(p))
		}
		return list
	}
	state := func() (state feedState) {
		dt.down.shard.Call(func() { state = dt.active.state })
		return state
	}
	if !eventually(func() bool { return state() == feedReplaying }) {
		t.Fatal("no replay")
	}
	for i := range frames {
		if n := len(w.snapshot()); n > i+2 {
			t.Fatalf("%d packets sent after %v", n, time.Duration(i)*15*time.Millisecond)
		}
		if i == 10 { // a live packet does not overtake
			s.put(vp8Packet(frames, false))
		}
		clock.Advance(15 * time.Millisecond)
		if !eventually(func() bool { return len(w.snapshot()) >= min(i+2, frames) }) {
			t.Fatalf("replay stalls at %v", numbers(w.snapshot()))
		}
	}
	clock.Advance(time.Second)
	packets := w.await(t, frames+1)
	for i, n := range numbers(packets) {
		if n != i || packets[i].SequenceNumber != packets[0].SequenceNumber+uint16(i) {
			t.Fatalf("order %v", numbers(packets))
		}
	}
	if !eventually(func() bool { return state() == feedLive }) {
		t.Error("not live after the replay")
	}
}
