package rtpconn

import (
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"galene/conn"
	"galene/internal/testclient"
)

// TestClose closes connections at every stage; newTestEngine checks that no
// goroutine and no packet is left.
func TestClose(t *testing.T) {
	stages := map[string]func(t *testing.T, e *Engine){
		"up unused": func(t *testing.T, e *Engine) {
			up := must(e.NewUp(UpParams{Codecs: testCodecs()}))
			up.Close()
			up.Close()
		},
		"up connecting": func(t *testing.T, e *Engine) {
			p := publish(t, e, peerOptions{}, "opus", "vp8")
			p.up.Close()
			if len(p.up.Tracks()) != 0 {
				t.Error("tracks after the end")
			}
		},
		"up connected": func(t *testing.T, e *Engine) {
			p := publish(t, e, peerOptions{}, "opus", "vp8").connected()
			p.up.Close()
		},
		"up receiving": func(t *testing.T, e *Engine) {
			p := publish(t, e, peerOptions{}, "vp8").connected()
			p.sendUntil(p.up.Receiving, func(i int) { p.send("vp8", vp8Packet(i, true)) })
			p.up.Close()
		},
		"sender vanishes": func(t *testing.T, e *Engine) {
			p := publish(t, e, peerOptions{}, "vp8").connected()
			p.sendUntil(p.up.Receiving, func(i int) { p.send("vp8", vp8Packet(i, true)) })
			_ = p.pc.Close()
			p.up.Close()
		},
		"down unused": func(t *testing.T, e *Engine) {
			p := publish(t, e, peerOptions{}, "vp8")
			v := newViewer(t, e, peerOptions{}, p.up)
			v.set(p.up.Tracks())
			v.down.Close()
			v.down.Close()
			if _, err := v.down.Offer(false); err != ErrClosed {
				t.Errorf("offer: %v", err)
			}
		},
		"down offered": func(t *testing.T, e *Engine) {
			p := publish(t, e, peerOptions{}, "vp8")
			v := newViewer(t, e, peerOptions{}, p.up)
			v.set(p.up.Tracks())
			must(v.down.Offer(false))
			v.down.Close()
		},
		"down connecting": func(t *testing.T, e *Engine) {
			p := publish(t, e, peerOptions{}, "vp8")
			view(t, e, peerOptions{}, p.up).down.Close()
		},
		"receiver while sending": func(t *testing.T, e *Engine) {
			p, v := flowing(t, e)
			v.receiver.Close()
			p.send("vp8", vp8Packet(1, true))
			if _, err := v.receiver.NewDown(p.up, DownParams{}); err != ErrClosed {
				t.Errorf("new connection: %v", err)
			}
		},
		"up while sending": func(t *testing.T, e *Engine) {
			p, v := flowing(t, e)
			p.up.Close()
			if _, err := v.down.SetTracks(nil, false); err != nil {
				t.Error(err)
			}
			v.down.Close()
		},
		"engine while sending": func(t *testing.T, e *Engine) {
			flowing(t, e)
			e.Close()
			if _, err := e.NewUp(UpParams{}); err != ErrClosed {
				t.Errorf("new up connection: %v", err)
			}
			if _, err := e.NewReceiver().NewDown(&Up{}, DownParams{}); err != ErrClosed {
				t.Errorf("new down connection: %v", err)
			}
		},
		"all at once": func(t *testing.T, e *Engine) {
			p, v := flowing(t, e)
			var group sync.WaitGroup
			for _, f := range []func(){p.up.Close, v.down.Close, v.receiver.Close, e.Close, p.up.Close, v.down.Close} {
				group.Go(f)
			}
			group.Wait()
		},
	}
	for name, f := range stages {
		t.Run(name, func(t *testing.T) {
			f(t, newTestEngine(t, Options{Shards: 2}))
		})
	}
}

// flowing returns a sender and a receiver between which packets flow.
func flowing(t *testing.T, e *Engine) (*publisher, *viewer) {
	t.Helper()
	p := publish(t, e, peerOptions{}, "opus", "vp8").connected()
	v := view(t, e, peerOptions{}, p.up).connected().attached()
	p.send("vp8", vp8Packet(0, true))
	wait(t, read(v.track("vp8")), "packet")
	return p, v
}

// TestCloseWhileGathering: closing a stream does not wait for an ICE server
// that never answers.
func TestCloseWhileGathering(t *testing.T) {
	silent, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	e := newTestEngine(t, Options{})
	up := must(e.NewUp(UpParams{
		Codecs: testCodecs(),
		Configuration: webrtc.Configuration{ICEServers: []webrtc.ICEServer{{
			URLs: []string{"turn:" + silent.LocalAddr().String()}, Username: "ada", Credential: "secret",
		}}},
	}))
	if _, err := up.Offer(readOffer(t, "chromium.sdp")); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	up.Close()
	if d := time.Since(start); d > time.Second {
		t.Errorf("closing took %v", d)
	}
}

// TestCloseWhileLookingUp: nor does the end of the engine wait for a name server that never
// answers.
func TestCloseWhileLookingUp(t *testing.T) {
	e := newTestEngine(t, Options{})
	asked := testclient.SilentNames(t)
	up := must(e.NewUp(UpParams{
		Codecs: testCodecs(),
		Configuration: webrtc.Configuration{ICEServers: []webrtc.ICEServer{{
			URLs: []string{"turn:turn.example.org"}, Username: "ada", Credential: "secret",
		}}},
	}))
	if _, err := up.Offer(readOffer(t, "chromium.sdp")); err != nil {
		t.Fatal(err)
	}
	asked()
	start := time.Now()
	e.Close()
	if d := time.Since(start); d > time.Second {
		t.Errorf("closing took %v", d)
	}
}

// TestChurn: many connections come and go while packets flow.
func TestChurn(t *testing.T) {
	e := newTestEngine(t, Options{Shards: 2})
	p := publish(t, e, peerOptions{}, "vp8").connected()
	stop := make(chan struct{})
	var sender, viewers sync.WaitGroup
	sender.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				_ = p.tracks["vp8"].WriteRTP(vp8Packet(i, i%50 == 0))
				time.Sleep(time.Millisecond)
			}
		}
	})
	for range 4 {
		viewers.Go(func() {
			for range 3 {
				v := view(t, e, peerOptions{}, p.up)
				wait(t, read(v.track("vp8")), "packet")
				v.receiver.Close()
				_ = v.pc.Close()
			}
		})
	}
	viewers.Wait()
	close(stop)
	sender.Wait()
	track := p.up.Tracks()[0].(*upTrack)
	if n := len(*track.outlets.Load()); n != 0 {
		t.Errorf("%d shards are still subscribed", n)
	}
}

// TestFailure: the session is told when ICE fails, and a restart repairs the
// connection (STR-22).
func TestFailure(t *testing.T) {
	n := newNetwork(t)
	e := newTestEngine(t, Options{
		Net:             n.server,
		ICEDisconnected: 300 * time.Millisecond,
		ICEFailed:       300 * time.Millisecond,
		ICEKeepalive:    50 * time.Millisecond,
	})
	p := publish(t, e, peerOptions{net: n.sender}, "opus").connected()
	v := view(t, e, peerOptions{net: n.receiver}, p.up).connected().attached()
	p.send("opus", opusPacket(0))
	packets := read(v.track("opus"))
	wait(t, packets, "packet")
	n.cut.Store(true)
	wait(t, p.failed, "failure of the sender's connection")
	wait(t, v.failed, "failure of the receiver's connection")
	n.cut.Store(false)
	p.negotiate(&webrtc.OfferOptions{ICERestart: true})
	v.negotiate(true)
	p.sendUntil(func() bool { return len(packets) > 0 }, func(i int) { p.send("opus", opusPacket(1+i)) })
}

// TestHostileDescriptions: what cannot be used is refused with an error, and
// nothing is left of it.
func TestHostileDescriptions(t *testing.T) {
	e := newTestEngine(t, Options{MaxTracks: 3})
	pc := newPeer(t, peerOptions{})
	for range 4 {
		must(pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo))
	}
	many := must(pc.CreateOffer(nil)).SDP
	valid := publish(t, e, peerOptions{}, "vp8").pc.LocalDescription().SDP
	tests := []struct {
		name, sdp string
		want      error
	}{
		{"empty", "", ErrNoMedia},
		{"nonsense", "hello", ErrBadDescription},
		{"too large", valid + strings.Repeat("a=x\r\n", maxDescription/5), ErrDescriptionTooLarge},
		{"too many tracks", many, ErrTooManyTracks},
		{"no media", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n", ErrNoMedia},
		{"no mid", strings.ReplaceAll(valid, "a=mid:", "a=mud:"), ErrBadDescription},
		{"no fingerprint", strings.ReplaceAll(valid, "a=fingerprint:", "a=handprint:"), ErrBadDescription},
		{"no ufrag", strings.ReplaceAll(valid, "a=ice-ufrag:", "a=ice-rag:"), ErrBadDescription},
		{"truncated", valid[:len(valid)/2], ErrBadDescription},
		{"receives only", strings.ReplaceAll(valid, "a=sendrecv", "a=recvonly"), ErrNoMedia},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			up := must(e.NewUp(UpParams{Codecs: testCodecs()}))
			defer up.Close()
			if _, err := up.Offer(tt.sdp); !errors.Is(err, tt.want) {
				t.Errorf("offer: %v, want %v", err, tt.want)
			}
			if len(up.Tracks()) != 0 {
				t.Error("has tracks")
			}
		})
		t.Run("answer "+tt.name, func(t *testing.T) {
			p := publish(t, e, peerOptions{}, "vp8")
			v := newViewer(t, e, peerOptions{}, p.up)
			v.set(p.up.Tracks())
			if err := v.down.Answer(tt.sdp); err != ErrNoOffer {
				t.Errorf("answer without an offer: %v", err)
			}
			must(v.down.Offer(false))
			if err := v.down.Answer(tt.sdp); err == nil && tt.name != "receives only" && tt.name != "too many tracks" {
				t.Error("bad answer accepted")
			}
		})
	}
}

// TestCandidates: candidates may precede the description, and nonsense does no
// harm (STR-18, STR-19).
func TestCandidates(t *testing.T) {
	e := newTestEngine(t, Options{})
	up := must(e.NewUp(UpParams{Codecs: testCodecs()}))
	for _, c := range []string{"", "candidate:", "nonsense", "candidate:1 1 udp 1 127.0.0.1 9 typ host",
		"candidate:1 1 udp 1 nowhere.local 9 typ host", "candidate:1 1 tcp 1 127.0.0.1 9 typ host tcptype active"} {
		if err := up.AddCandidate(webrtc.ICECandidateInit{Candidate: c}); err != nil {
			t.Errorf("%q: %v", c, err)
		}
	}
	if err := up.AddCandidate(webrtc.ICECandidateInit{Candidate: strings.Repeat("x", 2000)}); err == nil {
		t.Error("a huge candidate was accepted")
	}
	var err error
	for range maxCandidates {
		err = up.AddCandidate(webrtc.ICECandidateInit{Candidate: "candidate:1 1 udp 1 127.0.0.1 9 typ host"})
	}
	if !errors.Is(err, ErrTooManyCandidates) {
		t.Errorf("after many candidates: %v", err)
	}
	pc := newPeer(t, peerOptions{})
	must(pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo))
	if _, err := up.Offer(must(pc.CreateOffer(nil)).SDP); err != nil {
		t.Fatal(err)
	}
	if err := up.AddCandidate(webrtc.ICECandidateInit{Candidate: "nonsense"}); err == nil {
		t.Error("nonsense was accepted")
	}
}

// TestSwitch: another track with the same codec is sent without an offer, from
// a keyframe on, with continuous numbers and timestamps.
func TestSwitch(t *testing.T) {
	e := newTestEngine(t, Options{})
	low, high := newSource(t, e), newSource(t, e)
	r := e.NewReceiver()
	d := must(r.NewDown(low.up, DownParams{}))
	if negotiate, err := d.SetTracks(low.up.Tracks(), false); !negotiate || err != nil {
		t.Fatalf("negotiate %v, %v", negotiate, err)
	}
	dt := d.tracks[0]
	d.assignTracks() // as if it had been offered
	w := &recordingWriter{}
	d.shard.Call(func() {
		d.sending.connected = true
		d.sending.add(d, dt, &output{writer: w, ssrc: 1, payloadType: 96})
	})
	low.put(vp8Packet(100, true))
	low.put(vp8Packet(101, false))
	w.await(t, 2)
	if negotiate, err := d.SetTracks(high.up.Tracks(), false); negotiate || err != nil {
		t.Fatalf("negotiate %v, %v", negotiate, err)
	}
	d.shard.Call(func() {})
	high.put(vp8Packet(5000, false))
	low.put(vp8Packet(102, false))
	w.await(t, 3)
	high.put(vp8Packet(5001, true))
	w.await(t, 4)
	low.put(vp8Packet(103, false))
	high.put(vp8Packet(5002, false))
	packets := w.await(t, 5)
	for i, want := range []int{100, 101, 102, 5001, 5002} {
		if number(packets[i]) != want {
			t.Errorf("packet %d is %d, want %d", i, number(packets[i]), want)
		}
		if packets[i].SequenceNumber != packets[0].SequenceNumber+uint16(i) {
			t.Errorf("packet %d has number %d", i, packets[i].SequenceNumber)
		}
		if i > 0 {
			if step := packets[i].Timestamp - packets[i-1].Timestamp; step == 0 || step > 90000 {
				t.Errorf("timestamp of packet %d advances by %d", i, int32(step))
			}
		}
	}
	if negotiate, err := d.SetTracks([]conn.Track{}, false); !negotiate || err != nil {
		t.Errorf("without tracks: negotiate %v, %v", negotiate, err)
	}
}
