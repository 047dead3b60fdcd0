package rtpconn

import (
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"galene/codecs"
)

// TestCall: one sender, three receivers; everybody gets every packet, in order,
// unchanged.
func TestCall(t *testing.T) {
	e := newTestEngine(t, Options{Shards: 2})
	p := publish(t, e, peerOptions{}, "opus", "vp8").connected()
	if !p.up.Ready() || p.up.Receiving() {
		t.Errorf("ready %v, receiving %v before the first packet", p.up.Ready(), p.up.Receiving())
	}
	tracks := p.up.Tracks()
	if len(tracks) != 2 || tracks[0].Kind() != codecs.Audio || tracks[1].Codec().Name != "vp8" {
		t.Fatalf("tracks: %v", tracks)
	}
	if id, stream := tracks[1].ID(), tracks[1].StreamID(); id != "track-vp8" || stream != "stream-id" {
		t.Errorf("track %q of stream %q", id, stream)
	}

	var viewers []*viewer
	for range 3 {
		viewers = append(viewers, view(t, e, peerOptions{}, p.up))
	}
	for _, v := range viewers {
		v.connected().attached()
	}
	const n = 300
	for i := range n {
		p.send("vp8", vp8Packet(i, i == 0))
		p.send("opus", opusPacket(i))
		time.Sleep(500 * time.Microsecond)
	}
	for _, v := range viewers {
		for _, name := range []string{"opus", "vp8"} {
			track := v.track(name)
			if track.ID() != "track-"+name || track.StreamID() != "stream-id" {
				t.Errorf("track %q of stream %q (STR-16)", track.ID(), track.StreamID())
			}
			packets := read(track)
			var seq uint16
			for i := range n {
				got := wait(t, packets, "packet")
				if i > 0 && got.SequenceNumber != seq+1 {
					t.Fatalf("%s: sequence number %d after %d", name, got.SequenceNumber, seq)
				}
				seq = got.SequenceNumber
				if number(got) != i {
					t.Fatalf("%s: got packet %d, want %d", name, number(got), i)
				}
				want := vp8Packet(i, i == 0)
				if name == "opus" {
					want = opusPacket(i)
				}
				if got.Timestamp != want.Timestamp || got.Marker != want.Marker || string(got.Payload) != string(want.Payload) {
					t.Fatalf("%s: packet %d changed: %v", name, i, got)
				}
			}
		}
	}
	if !p.up.Receiving() {
		t.Error("not receiving")
	}
	for range 1000 { // reading disturbs nothing (S-71)
		p.up.Stats()
		viewers[0].down.Stats()
	}
	stats := p.up.Stats()
	if s := stats.Tracks[1]; s.Packets != n || s.Width != 640 || s.Height != 480 || s.Lost != 0 {
		t.Errorf("statistics of the sender: %+v", s)
	}
	if s := viewers[0].down.Stats(); len(s) != 2 || s[1].Packets != n || !s[1].Live {
		t.Errorf("statistics of a receiver: %+v", s)
	}
}

// TestCipher: AES-128-GCM is chosen, and we are DTLS server for senders (R-1.3,
//
func TestCipher(t *testing.T) {
	e := newTestEngine(t, Options{})
	p := publish(t, e, peerOptions{}, "opus").connected()
	v := view(t, e, peerOptions{}, p.up).connected()
	for _, pc := range []*webrtc.PeerConnection{p.pc, v.pc} {
		var cipher string
		for _, s := range pc.GetStats() {
			if ts, ok := s.(webrtc.TransportStats); ok {
				cipher = ts.SRTPCipher
			}
		}
		if cipher != "SRTP_AEAD_AES_128_GCM" {
			t.Errorf("SRTP cipher %q", cipher)
		}
	}
}

// TestLateJoiner: who comes late gets the last keyframe and what followed,
// without a request for another one, and then what comes, in order.
func TestLateJoiner(t *testing.T) {
	e := newTestEngine(t, Options{})
	p := publish(t, e, peerOptions{}, "vp8").connected()
	requests := p.requests["vp8"]
	n := 0
	p.sendUntil(p.up.Receiving, func(int) { p.send("vp8", vp8Packet(n, n == 0)); n++ })
	key := n
	for range 30 {
		p.send("vp8", vp8Packet(n, n == key))
		n++
	}
	cache := p.up.Tracks()[0].Cache()
	want := firstExt + uint64(n) - 1
	if !eventually(func() bool { head, _ := cache.Head(); return head == want }) {
		t.Fatal("packets not cached")
	}
	v := view(t, e, peerOptions{}, p.up).connected()
	packets := read(v.track("vp8"))
	for i := key; i < key+60; i++ {
		if i >= n {
			p.send("vp8", vp8Packet(n, false))
			n++
		}
		if got := number(wait(t, packets, "packet")); got != i {
			t.Fatalf("got packet %d, want %d", got, i)
		}
	}
	select {
	case <-requests:
		t.Error("a keyframe was requested, with one in the cache")
	default:
	}
}

// TestKeyframeRequest: without a keyframe in the cache one is requested for a
// newcomer, nothing is sent to it before, and requests of receivers are passed
// on, but not too often.
func TestKeyframeRequest(t *testing.T) {
	e := newTestEngine(t, Options{})
	p := publish(t, e, peerOptions{}, "vp8").connected()
	requests := p.requests["vp8"]
	n := 0
	frame := func(key bool) { p.send("vp8", vp8Packet(n, key)); n++ }
	p.sendUntil(p.up.Receiving, func(int) { frame(false) })
	v := view(t, e, peerOptions{}, p.up).connected()
	first := wait(t, requests, "request for a keyframe")
	for range 10 {
		frame(false)
	}
	key := n
	frame(true)
	track := v.track("vp8")
	packets := read(track)
	if got := number(wait(t, packets, "keyframe")); got != key {
		t.Fatalf("first packet is %d, want %d", got, key)
	}
	for range 20 {
		v.requestKeyframe(track)
	}
	second := wait(t, requests, "request for a keyframe")
	if d := second.Sub(first); d < keyframeInterval-50*time.Millisecond {
		t.Errorf("second request after %v", d)
	}
	frame(true)
	if !eventually(func() bool { return !p.up.Tracks()[0].(*upTrack).keyframes.armed.Load() }) {
		t.Error("requests go on after the keyframe")
	}
	if len(requests) > 1 {
		t.Errorf("%d more requests", len(requests))
	}
}

// TestRestart: after a jump of the sender's numbers receivers see the next
// number, beginning with a keyframe (R-2.4, I6).
func TestRestart(t *testing.T) {
	e := newTestEngine(t, Options{})
	p := publish(t, e, peerOptions{}, "vp8").connected()
	n := 0
	p.sendUntil(p.up.Receiving, func(int) { p.send("vp8", vp8Packet(n, n == 0)); n++ })
	v := view(t, e, peerOptions{}, p.up).connected().attached()
	p.send("vp8", vp8Packet(n, true))
	n++
	packets := read(v.track("vp8"))
	last := wait(t, packets, "packet")
	for number(last) != n-1 {
		last = wait(t, packets, "packet")
	}
	const jump = 20000
	for i := range 20 {
		p.send("vp8", vp8Packet(n+jump+i, i >= 10))
	}
	got := wait(t, packets, "packet")
	if number(got) != n+jump+10 {
		t.Errorf("goes on with packet %d, want %d", number(got)-n-jump, 10)
	}
	if got.SequenceNumber != last.SequenceNumber+1 {
		t.Errorf("sequence number %d after %d", got.SequenceNumber, last.SequenceNumber)
	}
	if d := int32(got.Timestamp - last.Timestamp); d <= 0 || d > 90000*10 {
		t.Errorf("timestamp advanced by %d", d)
	}
}

// TestICERestart: media goes on with the same stream and numbers.
func TestICERestart(t *testing.T) {
	e := newTestEngine(t, Options{})
	p := publish(t, e, peerOptions{}, "opus").connected()
	v := view(t, e, peerOptions{}, p.up).connected().attached()
	p.send("opus", opusPacket(0))
	track := v.track("opus")
	packets := read(track)
	first := wait(t, packets, "packet")
	before := p.up.Tracks()[0]

	p.negotiate(&webrtc.OfferOptions{ICERestart: true})
	if p.up.Tracks()[0] != before {
		t.Error("the track was replaced by the restart of the sender")
	}
	v.negotiate(true)
	p.connected()
	v.connected()
	var got uint16
	p.sendUntil(func() bool {
		select {
		case pk := <-packets:
			got = pk.SequenceNumber
			return true
		default:
			return false
		}
	}, func(i int) { p.send("opus", opusPacket(1+i)) })
	if d := got - first.SequenceNumber; d == 0 || d > 1000 {
		t.Errorf("sequence number %d after %d", got, first.SequenceNumber)
	}
	if len(v.tracks) > 0 {
		t.Error("the restart made a new track")
	}
}

// TestRenegotiation: tracks come and go within one connection.
func TestRenegotiation(t *testing.T) {
	e := newTestEngine(t, Options{})
	p := publish(t, e, peerOptions{}, "opus", "vp8").connected()
	v := newViewer(t, e, peerOptions{}, p.up)
	tracks := p.up.Tracks()
	if !v.set(tracks[:1]) {
		t.Error("no need for the first offer")
	}
	v.negotiate(false)
	v.connected().attached()
	if v.set(tracks[:1]) {
		t.Error("need for an offer without a change")
	}
	p.send("opus", opusPacket(0))
	audio := read(v.track("opus"))
	wait(t, audio, "sound")

	for round := range 3 {
		if !v.set(tracks) {
			t.Error("no need for an offer of video")
		}
		offer := v.negotiate(false)
		if n := countLines(offer, "m="); n != 2 {
			t.Errorf("round %d: %d media sections", round, n)
		}
		v.attached()
		p.send("vp8", vp8Packet(round*2, true))
		video := read(v.track("vp8"))
		wait(t, video, "picture")

		if !v.set(tracks[:1]) {
			t.Error("no need for an offer without video")
		}
		v.negotiate(false)
		p.send("vp8", vp8Packet(round*2+1, true))
		p.send("opus", opusPacket(round+1))
		wait(t, audio, "sound")
	}
}

func countLines(s, prefix string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		if (i == 0 || s[i-1] == '\n') && len(s[i:]) >= len(prefix) && s[i:i+len(prefix)] == prefix {
			n++
		}
	}
	return n
}
