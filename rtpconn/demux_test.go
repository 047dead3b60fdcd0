package rtpconn

import (
	"testing"

	"galene/codecs"
)

// After a renegotiation, layers are still told apart, although browsers send
// the header extensions that name them only at the beginning of a stream.
func TestSimulcastAfterRenegotiation(t *testing.T) {
	e := newTestEngine(t, Options{})
	s := newSource(t, e, "h", "l")
	sinks := []*collector{s.collect(t, 0), s.collect(t, 1)}
	put := func(ssrc uint32, rid string, n int) {
		p := vp8Packet(n, true)
		p.SSRC = ssrc
		if rid != "" {
			for id, value := range map[uint8]string{1: "0", 2: rid} {
				if err := p.SetExtension(id, []byte(value)); err != nil {
					t.Fatal(err)
				}
			}
		}
		s.put(p)
	}
	put(0x66, "h", 1)
	put(0x55, "l", 1)
	tracks := s.up.snapshot()

	// The same section again, and a new one for sound.
	video := *s.up.sections[0]
	audio := &section{mid: "1", kind: codecs.Audio, active: true, ssrcs: []uint32{0x77}, midExtension: 1}
	audio.formats[111] = &format{codec: codecs.Lookup("opus")[0]}
	s.up.install([]*section{&video, audio})
	if now := s.up.snapshot(); len(now) != 3 || now[0] != tracks[0] || now[1] != tracks[1] {
		t.Fatalf("the tracks have changed from %v to %v", tracks, now)
	}

	put(0x66, "", 2)
	put(0x55, "", 2)
	put(0x88, "", 3) // a stream that has never said what it is
	for i, sink := range sinks {
		got := sink.await(t, 2)
		if len(got) != 2 || got[0].number != 1 || got[1].number != 2 {
			t.Errorf("layer %d: got %v", i, got)
		}
	}
	if n := s.up.drops[dropUnbound].Load(); n != 1 {
		t.Errorf("%d packets without a track, want 1", n)
	}

	// The layer is no longer offered: what still comes is nobody's.
	less := video
	less.rids = []string{"h"}
	s.up.install([]*section{&less, audio})
	put(0x55, "", 3)
	if n := s.up.drops[dropUnbound].Load(); n != 2 {
		t.Errorf("%d packets without a track, want 2", n)
	}
}
