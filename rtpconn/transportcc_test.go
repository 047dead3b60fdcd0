package rtpconn

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"galene/codecs"
)

// arrivals reads what feedback says: for each sequence number that has come its
// time in units of 250 µs.
func arrivals(packets []rtcp.Packet) map[uint16]int64 {
	times := make(map[uint16]int64)
	for _, packet := range packets {
		p := packet.(*rtcp.TransportLayerCC)
		at := int64(p.ReferenceTime) * 256
		seq := p.BaseSequenceNumber
		deltas := p.RecvDeltas
		one := func(symbol uint16) {
			if symbol == rtcp.TypeTCCPacketReceivedSmallDelta || symbol == rtcp.TypeTCCPacketReceivedLargeDelta {
				at += deltas[0].Delta / rtcp.TypeTCCDeltaScaleFactor
				deltas = deltas[1:]
				times[seq] = at
			}
			seq++
		}
		left := int(p.PacketStatusCount)
		for _, c := range p.PacketChunks {
			switch c := c.(type) {
			case *rtcp.RunLengthChunk:
				for range min(int(c.RunLength), left) {
					one(c.PacketStatusSymbol)
					left--
				}
			case *rtcp.StatusVectorChunk:
				for _, symbol := range c.SymbolList[:min(len(c.SymbolList), left)] {
					one(symbol)
					left--
				}
			}
		}
	}
	return times
}

// TestTransportFeedback: feedback tells when each packet has come, also those that
// are only padding or probes, and none that has not.
func TestTransportFeedback(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s := newSource(t, e)
	f := &s.up.feedback
	f.negotiated(5)
	var sent []rtcp.Packet
	s.up.shard.Call(func() { f.send = func(p ...rtcp.Packet) { sent = append(sent, p...) } })
	r := rand.New(rand.NewPCG(1, 1))
	want := make(map[uint16]int64)
	for n := range 1000 {
		clock.Advance(time.Duration(r.IntN(20)) * time.Millisecond)
		seq := uint16(65000 + n)
		if r.IntN(10) == 0 {
			continue // lost
		}
		p := vp8Packet(n, n == 0)
		switch r.IntN(4) {
		case 0:
			p.Payload = nil
			p.Padding, p.PaddingSize = true, 100
		case 1:
			p = vp8Packet(n, false)
			p.SSRC = testRTXSSRC
			p.PayloadType = 97
		}
		if err := p.SetExtension(5, binary.BigEndian.AppendUint16(nil, seq)); err != nil {
			t.Fatal(err)
		}
		s.put(p)
		want[seq] = e.clock.nanos() / 250_000
		if n%20 == 0 {
			s.up.shard.Call(f.tick)
		}
	}
	s.up.shard.Call(f.tick)
	var got map[uint16]int64
	s.up.shard.Call(func() { got = arrivals(sent) })
	var origin int64
	for seq, at := range want {
		told, ok := got[seq]
		if !ok {
			t.Fatalf("packet %d is missing in the feedback", seq)
		}
		if origin == 0 {
			origin = told - at
		}
		if d := told - at - origin; d < -2 || d > 2 {
			t.Errorf("packet %d: %d, want %d", seq, told, at+origin)
		}
	}
	for seq := range got {
		if _, ok := want[seq]; !ok {
			t.Errorf("packet %d has not come", seq)
		}
	}
}

// TestTransportNegotiation: transport-wide feedback is negotiated with senders,
// unless they have no retransmissions for pictures, and not with
// receivers; audio levels are negotiated with senders.
func TestTransportNegotiation(t *testing.T) {
	e := newTestEngine(t, Options{})
	offered := func(rtx bool) string {
		media := &webrtc.MediaEngine{}
		for _, c := range testCodecs() {
			for i, p := range codecParameters(c, incoming) {
				if i == 0 || rtx {
					if err := media.RegisterCodec(p, codecType(c.Kind)); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		for _, uri := range []string{sdp.TransportCCURI, sdp.AudioLevelURI} {
			for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
				err := media.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: uri}, kind)
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(media)).NewPeerConnection(webrtc.Configuration{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = pc.GracefulClose() })
		for _, kind := range []codecs.Kind{codecs.Audio, codecs.Video} {
			if _, err := pc.AddTransceiverFromKind(codecType(kind)); err != nil {
				t.Fatal(err)
			}
		}
		return must(pc.CreateOffer(nil)).SDP
	}
	for _, rtx := range []bool{true, false} {
		up, err := e.NewUp(UpParams{ID: "id", Codecs: testCodecs()})
		if err != nil {
			t.Fatal(err)
		}
		answer, err := up.Offer(offered(rtx))
		if err != nil {
			t.Fatal(err)
		}
		sections := strings.Split(answer, "\nm=")[1:]
		for _, m := range sections {
			if got := strings.Contains(m, sdp.TransportCCURI); got != rtx {
				t.Errorf("retransmissions %v: feedback %v\n%s", rtx, got, m)
			}
			if got := strings.Contains(m, "transport-cc\r"); got != rtx {
				t.Errorf("retransmissions %v: feedback in the answer %v\n%s", rtx, got, m)
			}
			if got, want := strings.Contains(m, sdp.AudioLevelURI), strings.HasPrefix(m, "audio"); got != want {
				t.Errorf("audio level %v in %s", got, m)
			}
		}
		if got := up.feedback.extension.Load() != 0; got != rtx {
			t.Errorf("retransmissions %v: extension %v", rtx, got)
		}
	}
	p := publish(t, e, peerOptions{}, "vp8", "opus")
	v := newViewer(t, e, peerOptions{}, p.up)
	v.set(p.up.Tracks())
	if offer := v.negotiate(false); strings.Contains(offer, "transport") && strings.Contains(offer, "wide-cc") {
		t.Error("offered to a receiver")
	}
}
