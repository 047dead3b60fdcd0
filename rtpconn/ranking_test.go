package rtpconn

import (
	"testing"

	"github.com/pion/rtp"
)

// sized makes a keyframe with a width, in pixels.
func sized(n int, width uint16) *rtp.Packet {
	p := vp8Packet(n, true)
	i := len(p.Payload) - 8 // before the height and the number
	p.Payload[i], p.Payload[i+1] = byte(width), byte(width>>8)
	return p
}

// TestRanking: layers are ordered by the size of their pictures, whatever order
// they were described in, and packets still go where they belong.
func TestRanking(t *testing.T) {
	e := newTestEngine(t, Options{})
	s := newSource(t, e, "q", "f", "h")
	put := func(rid string, p *rtp.Packet) {
		t.Helper()
		p.SSRC = 0x7000 + uint32(rid[0])
		for id, value := range map[uint8]string{1: "0", 2: rid} {
			if err := p.SetExtension(id, []byte(value)); err != nil {
				t.Fatal(err)
			}
		}
		s.put(p)
	}
	order := func() (rids string) {
		for _, track := range s.up.Tracks() {
			rids += track.RID()
		}
		return rids
	}
	put("f", sized(0, 1280))
	put("q", sized(0, 320))
	if got := order(); got != "qfh" {
		t.Errorf("order %s before all sizes are known", got)
	}
	put("h", sized(0, 640))
	if got := order(); got != "fhq" {
		t.Errorf("order %s", got)
	}
	// Layers of the same size stay as they are.
	put("f", sized(1, 640))
	if got := order(); got != "fhq" {
		t.Errorf("order %s", got)
	}
	put("f", sized(2, 1280))
	// A renegotiation changes nothing.
	s.up.install(s.up.sections)
	if got := order(); got != "fhq" {
		t.Errorf("order %s after a renegotiation", got)
	}
	put("q", vp8Packet(1, false))
	for _, track := range s.up.snapshot() {
		want := uint64(1)
		switch track.rid {
		case "q":
			want = 2
		case "f":
			want = 3
		}
		if got := track.reception.packets.Load(); got != want {
			t.Errorf("layer %s has %d packets, want %d", track.rid, got, want)
		}
	}
}
