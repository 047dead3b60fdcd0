package layers

import (
	"math/rand/v2"
	"testing"

	"galene/codecs"
)

// picture is one picture of a stream whose structure is known, so that a test
// can tell whether what is forwarded can be decoded.
type picture struct {
	tid     uint8
	key     bool
	tidSync bool
	layers  []layer
}

type layer struct {
	nonRef bool // not used for the layer above
	inter  bool // predicted from an earlier picture
}

func vp9() codecs.Codec { return codecs.Lookup("vp9")[0] }
func vp8() codecs.Codec { return codecs.Lookup("vp8")[0] }

// svc returns the n-th picture of a stream with three spatial and three temporal
// layers; with K only its keyframes use prediction between spatial layers.
func svc(n int, key, k bool) picture {
	p := picture{key: key, tid: [...]uint8{0, 2, 1, 2}[n%4]}
	p.tidSync = n%4 != 3
	for range 3 {
		p.layers = append(p.layers, layer{nonRef: k && !key, inter: !key})
	}
	return p
}

// send passes a picture through the selector, one packet for each layer frame,
// and returns the layers forwarded and the one that had the marker, -1 is none.
func send(s *Selector, n int, p picture) (forwarded []bool, marked int) {
	marked = -1
	for sid, l := range p.layers {
		info := codecs.Info{
			Known: true, Start: true, End: true,
			SID: uint8(sid), TID: p.tid, NonRef: l.nonRef,
			TIDSync: p.tidSync || p.key, SIDSync: !l.inter,
		}
		if p.key && sid == 0 {
			info.Keyframe = codecs.KeyframeYes
		}
		forward, marker := s.Select(info, uint32(n*3000), sid == len(p.layers)-1)
		forwarded = append(forwarded, forward)
		if forward && marker {
			if marked >= 0 {
				panic("two markers in a picture")
			}
			marked = sid
		}
	}
	return forwarded, marked
}

// TestSelectorDecodable: whatever is chosen when, each picture forwarded can be
// decoded from what was forwarded before, has one marker, on its last packet, and
// the choice is followed as soon as it can be.
func TestSelectorDecodable(t *testing.T) {
	for _, k := range []bool{false, true} {
		r := rand.New(rand.NewPCG(6, 6))
		s := NewSelector(vp9())
		var have [3]int // the last picture that each layer was forwarded of
		lastKey := 0
		for n := range 20000 {
			key := n == 0 || r.IntN(40) == 0
			if n%4 != 0 && key {
				key = false
			}
			p := svc(n, key, k)
			if r.IntN(15) == 0 {
				s.SetTarget(uint8(r.IntN(4)), uint8(r.IntN(4)))
			}
			forwarded, marked := send(&s, n, p)
			top := -1
			for sid, f := range forwarded {
				if !f {
					continue
				}
				top = sid
				if p.key {
					lastKey = n
				} else if p.tid == 0 && have[sid] < lastKey {
					t.Fatalf("picture %d: layer %d without its keyframe %d", n, sid, lastKey)
				} else if p.tid == 0 && have[sid] < n-4 && have[sid] != lastKey {
					t.Fatalf("picture %d: layer %d after %d", n, sid, have[sid])
				}
				if p.tid == 0 {
					have[sid] = n
				}
				if sid > 0 && !p.layers[sid-1].nonRef && !forwarded[sid-1] {
					t.Fatalf("picture %d: layer %d without the one below", n, sid)
				}
			}
			if top != marked {
				t.Fatalf("picture %d: the top layer is %d, the marker on %d", n, top, marked)
			}
			if p.tid == 0 && top < 0 {
				t.Fatalf("picture %d of the lowest layer is not forwarded", n)
			}
			if p.key && uint8(top) != min(s.targetSID, 2) {
				t.Fatalf("keyframe %d: layer %d, want %d", n, top, s.targetSID)
			}
			if top > int(s.targetSID) || top >= 0 && p.tid > s.targetTID {
				t.Fatalf("picture %d: more than was asked for", n)
			}
		}
	}
}

// TestSelectorTemporal: down at the next frame, up where the codec says so
//
func TestSelectorTemporal(t *testing.T) {
	s := NewSelector(vp8())
	n := 0
	next := func(tid uint8, sync, key bool) bool {
		info := codecs.Info{Known: true, Start: true, End: true, TID: tid, TIDSync: sync || key}
		if key {
			info.Keyframe = codecs.KeyframeYes
		}
		n++
		forward, marker := s.Select(info, uint32(n*3000), true)
		if !marker {
			t.Error("a marker is taken away")
		}
		return forward
	}
	for i, test := range []struct {
		target    int // -1 is no change
		tid       uint8
		sync, key bool
		want      bool
	}{
		{-1, 0, false, true, true},
		{-1, 2, true, false, true},
		{0, 1, true, false, false},
		{-1, 0, false, false, true},
		{2, 2, true, false, false}, // the layer below is missing
		{-1, 1, true, false, true},
		{-1, 2, false, false, false},
		{-1, 0, false, false, true},
		{-1, 2, true, false, true},
		{-1, 1, false, false, true},
		{-1, 2, false, false, true},
		{1, 2, false, false, false},
		{7, 0, false, true, true},
		{-1, 2, false, false, true},
	} {
		if test.target >= 0 {
			s.SetTarget(Top, uint8(test.target))
		}
		if got := next(test.tid, test.sync, test.key); got != test.want {
			t.Errorf("%d: forwarded %v", i, got)
		}
	}
}

// TestSelectorSpatial: down at the next picture without a keyframe, up with one
//
func TestSelectorSpatial(t *testing.T) {
	s := NewSelector(vp9())
	n := 0
	top := func(key bool) int {
		_, marked := send(&s, n, svc(4*n, key, false))
		n++
		return marked
	}
	if got := top(true); got != 2 {
		t.Fatalf("layer %d", got)
	}
	s.SetTarget(0, Top)
	if got := top(false); got != 0 || s.NeedsKeyframe() {
		t.Errorf("layer %d after a step down", got)
	}
	s.SetTarget(Top, Top)
	if got := top(false); got != 0 || !s.NeedsKeyframe() {
		t.Errorf("layer %d without a keyframe", got)
	}
	if got := top(true); got != 2 || s.NeedsKeyframe() {
		t.Errorf("layer %d at a keyframe", got)
	}
}

// TestSelectorGone: when the sender gives up its highest layer, the one below is
// the highest.
func TestSelectorGone(t *testing.T) {
	s := NewSelector(vp9())
	send(&s, 0, svc(0, true, true))
	lost := 0
	for n := 1; n < 100; n++ {
		p := svc(4*n, false, true)
		p.layers = p.layers[:2]
		if _, marked := send(&s, n, p); marked != 1 {
			lost++
		}
	}
	if lost > 2*seenWindow {
		t.Errorf("%d pictures lost", lost)
	}
}

// TestSelectorWholeFrames: a change in the middle of a frame waits for the next
// one, and late packets change nothing.
func TestSelectorWholeFrames(t *testing.T) {
	s := NewSelector(vp8())
	part := func(n int, start, end bool, tid uint8) bool {
		forward, _ := s.Select(codecs.Info{Known: true, Start: start, End: end, TID: tid}, uint32(n*3000), end)
		return forward
	}
	if !part(1, true, false, 1) {
		t.Fatal("not forwarded")
	}
	s.SetTarget(0, 0)
	if !part(1, false, false, 1) || !part(1, false, true, 1) {
		t.Error("the rest of a frame is dropped")
	}
	if part(2, true, false, 1) {
		t.Error("the next frame is not dropped")
	}
	if !part(1, false, true, 1) {
		t.Error("a late packet is dropped")
	}
	s.SetTarget(Top, Top)
	if part(2, false, true, 1) {
		t.Error("the rest of a dropped frame is forwarded")
	}
	if forward, _ := s.Select(codecs.Info{TID: 3}, 9000, false); !forward {
		t.Error("what is not understood is dropped (R-3.4)")
	}
}
