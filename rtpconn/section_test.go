package rtpconn

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pion/sdp/v3"

	"galene/codecs"
)

func readOffer(t *testing.T, name string) string {
	t.Helper()
	return strings.ReplaceAll(string(must(os.ReadFile("testdata/offers/"+name))), "\n", "\r\n")
}

// TestOffers: what browsers' offers say, and how they are answered.  Tracks are known
// before their first packet.
func TestOffers(t *testing.T) {
	tests := []struct {
		file, setup string
		tracks      []string // id, stream, RID, codec
		vp8         uint8    // payload type
	}{
		{"chromium.sdp", "passive", []string{"0a1b2c3d 5f5a3d1e  opus", "9f8e7d6c 5f5a3d1e  vp8"}, 96},
		{"simulcast.sdp", "passive", []string{"0a1b2c3d 5f5a3d1e  opus", "9f8e7d6c 5f5a3d1e h vp8",
			"9f8e7d6c 5f5a3d1e m vp8", "9f8e7d6c 5f5a3d1e l vp8"}, 96},
		{"passive.sdp", "active", []string{"0a1b2c3d 5f5a3d1e  opus", "9f8e7d6c 5f5a3d1e  vp8"}, 96},
		{"firefox.sdp", "passive", []string{"{t} {s}  vp8"}, 120},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			e := newTestEngine(t, Options{})
			up := must(e.NewUp(UpParams{Codecs: testCodecs()}))
			answer, err := up.Offer(readOffer(t, tt.file))
			if err != nil {
				t.Fatal(err)
			}
			var tracks []string
			for _, tr := range up.Tracks() {
				tracks = append(tracks, strings.Join([]string{tr.ID(), tr.StreamID(), tr.RID(), tr.Codec().Name}, " "))
			}
			if !slices.Equal(tracks, tt.tracks) || !up.Ready() {
				t.Errorf("tracks %q, want %q", tracks, tt.tracks)
			}
			if !strings.Contains(answer, "a=setup:"+tt.setup+"\r\n") {
				t.Errorf("setup is not %s (R-1.3)", tt.setup)
			}
			feedback := strings.Contains(readOffer(t, tt.file), sdp.TransportCCURI)
			if strings.Contains(answer, sdp.TransportCCURI) != feedback {
				t.Errorf("transport-wide feedback, offered: %v (R-1.21)", feedback)
			}
			parts := up.demux.Load().parts
			video := parts[len(parts)-1].section
			f := video.formats[tt.vp8]
			if f == nil || !f.nack || !f.pli || !f.fir || !f.remb {
				t.Fatalf("VP8: %+v", f)
			}
			if r := slices.IndexFunc(video.formats[:], func(f *format) bool { return f != nil && f.repairs }); r < 0 ||
				video.formats[r].media != tt.vp8 {
				t.Errorf("retransmissions are not negotiated: payload type %d", r)
			}
		})
	}
}

// TestSeveralCodecs: with several codecs to choose from, tracks are known by
// their first packet.
func TestSeveralCodecs(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	changed := make(chan struct{}, 10)
	up := must(e.NewUp(UpParams{
		Codecs:   append(codecs.Lookup("vp8"), codecs.Lookup("vp9")...),
		OnTracks: func() { changed <- struct{}{} },
	}))
	if _, err := up.Offer(readOffer(t, "chromium.sdp")); err != nil {
		t.Fatal(err)
	}
	wait(t, changed, "change")
	if len(up.Tracks()) != 0 || up.Ready() {
		t.Errorf("%d tracks, ready: %v", len(up.Tracks()), up.Ready())
	}
	s := &source{up: up, streams: make(map[uint32]*rtpStream)}
	p := vp8Packet(0, true)
	p.SSRC, p.PayloadType = 2002, 98
	s.put(p)
	wait(t, changed, "change")
	if tracks := up.Tracks(); len(tracks) != 1 || tracks[0].Codec().Name != "vp9" || !up.Ready() {
		t.Errorf("tracks %v", tracks)
	}
	p.PayloadType = 96
	s.put(p)
	if n := up.snapshot()[0].drops[dropFormat].Load(); n != 1 {
		t.Errorf("packet of another codec: dropped %d times", n)
	}

	clock.Advance(recastInterval) // a sender that really changes its codec
	old := up.Tracks()[0]
	sink := &collector{}
	if err := old.Subscribe(up.shard, sink); err != nil {
		t.Fatal(err)
	}
	s.put(p)
	wait(t, changed, "change")
	if tracks := up.Tracks(); len(tracks) != 1 || tracks[0] == old || tracks[0].Codec().Name != "vp8" || !up.Ready() {
		t.Errorf("tracks %v", tracks)
	}
	p.SequenceNumber++
	s.put(p)
	if _, ok := up.Tracks()[0].Cache().Head(); !ok {
		t.Error("packets of the new codec are not taken")
	}
	up.shard.Call(func() {
		if !sink.ended {
			t.Error("the old track has not ended")
		}
	})
}

// TestFindCodec: profiles.
func TestFindCodec(t *testing.T) {
	known := append(codecs.Lookup("vp9"), codecs.Lookup("h264")...)
	tests := []struct {
		mime, params string
		want         uint8
	}{
		{"video/VP9", "", 98},
		{"video/vp9", "profile-id=0", 98},
		{"video/VP9", "profile-id=2", 100},
		{"video/H264", "profile-level-id=42E01F;packetization-mode=1", 108},
		{"video/H264", "", 108},
		{"video/AV1", "", 0},
	}
	for _, tt := range tests {
		c, ok := findCodec(known, tt.mime, tt.params)
		if ok != (tt.want != 0) || c.PayloadType != tt.want {
			t.Errorf("%s %s: payload type %d, want %d", tt.mime, tt.params, c.PayloadType, tt.want)
		}
	}
}

func TestSimulcastRIDs(t *testing.T) {
	for value, want := range map[string][]string{
		"send h;m;l":        {"h", "m", "l"},
		"send ~h,x;l;l":     {"h", "l"},
		"recv a;b send c":   {"c"},
		"send":              nil,
		"send ;;":           nil,
		"recv a":            nil,
		"send a recv b;c;d": {"a"},
	} {
		m := &sdp.MediaDescription{Attributes: []sdp.Attribute{{Key: "simulcast", Value: value}}}
		if got := simulcastRIDs(m); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}
