package rtpconn

import (
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"

	"galene/codecs"
)

// TestH264Profiles: baseline is accepted from who has nothing else, and has a
// payload type of its own.
func TestH264Profiles(t *testing.T) {
	e := newTestEngine(t, Options{})
	both := codecs.Lookup("h264")
	for _, test := range []struct {
		name    string
		offered []codecs.Codec
		want    []uint8
	}{
		{"constrained baseline", both[:1], []uint8{108}},
		{"baseline", both[1:], []uint8{102}},
		{"both", []codecs.Codec{both[1], both[0]}, []uint8{108}},
	} {
		media := &webrtc.MediaEngine{}
		for _, c := range test.offered {
			for _, p := range codecParameters(c, incoming) {
				if err := media.RegisterCodec(p, webrtc.RTPCodecTypeVideo); err != nil {
					t.Fatal(err)
				}
			}
		}
		pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(media)).NewPeerConnection(webrtc.Configuration{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = pc.GracefulClose() })
		if _, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo); err != nil {
			t.Fatal(err)
		}
		up, err := e.NewUp(UpParams{ID: "id", Codecs: both})
		if err != nil {
			t.Fatal(err)
		}
		answer, err := up.Offer(must(pc.CreateOffer(nil)).SDP)
		if err != nil {
			t.Fatal(err)
		}
		var types []uint8
		for _, s := range up.sections {
			for _, c := range s.codecs() {
				types = append(types, c.PayloadType)
			}
		}
		if string(types) != string(test.want) {
			t.Errorf("%s: accepted %v, want %v", test.name, types, test.want)
		}
		if n := strings.Count(answer, " H264/"); n != 1 {
			t.Errorf("%s: %d formats in the answer\n%s", test.name, n, answer)
		}
	}
}
