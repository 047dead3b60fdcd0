package rtpconn

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"galene/codecs"
	"galene/layers"
	"galene/packetcache"
)

// TestSharedParts: connections share what is expensive to make, the media engine of a
// list of codecs and the certificate, unless the server is plain.
func TestSharedParts(t *testing.T) {
	fingerprint := func(e *Engine) string {
		answer := must(must(e.NewUp(UpParams{Codecs: testCodecs()})).Offer(readOffer(t, "chromium.sdp")))
		_, rest, _ := strings.Cut(answer, "a=fingerprint:")
		line, _, _ := strings.Cut(rest, "\r\n")
		return line
	}
	for _, plain := range []bool{false, true} {
		t.Run(fmt.Sprintf("plain %v", plain), func(t *testing.T) {
			e := newTestEngine(t, Options{Plain: plain})
			first, second := fingerprint(e), fingerprint(e)
			if first == "" || (first == second) == plain {
				t.Errorf("certificates %q and %q", first, second)
			}
			engine := must(e.mediaEngine(testCodecs(), incoming))
			if again := must(e.mediaEngine(testCodecs(), incoming)); (engine == again) == plain {
				t.Errorf("the media engine is shared: %v", plain)
			}
			for _, other := range []direction{incomingPlain, outgoing} {
				if must(e.mediaEngine(testCodecs(), other)) == engine {
					t.Error("one media engine for two directions")
				}
			}
		})
	}
}

// TestOwnFeedback: receivers are offered the feedback of our own table, whatever the
// sender has offered.
func TestOwnFeedback(t *testing.T) {
	e := newTestEngine(t, Options{})
	up := must(e.NewUp(UpParams{Codecs: testCodecs()}))
	var lines []string
	for line := range strings.SplitSeq(readOffer(t, "chromium.sdp"), "\r\n") {
		if !strings.HasPrefix(line, "a=rtcp-fb:") {
			lines = append(lines, line)
		}
	}
	_ = must(up.Offer(strings.Join(lines, "\r\n")))
	r := e.NewReceiver()
	defer r.Close()
	down := must(r.NewDown(up, DownParams{}))
	_ = must(down.SetTracks(up.Tracks(), false))
	offer := must(down.Offer(false))
	var feedback []string
	for line := range strings.SplitSeq(offer, "\r\n") {
		if f, ok := strings.CutPrefix(line, "a=rtcp-fb:96 "); ok {
			feedback = append(feedback, strings.TrimSpace(f))
		}
	}
	slices.Sort(feedback)
	if want := []string{"ccm fir", "goog-remb", "nack", "nack pli"}; !slices.Equal(feedback, want) {
		t.Errorf("feedback %q, want %q", feedback, want)
	}
}

// TestKeyframeCannotTell: a frame of which nobody can tell whether it is a keyframe
// ends a pending request that has been sent, but does not count as one; it is
// forwarded as one of the base layer.
func TestKeyframeCannotTell(t *testing.T) {
	e := newTestEngine(t, Options{})
	s := newSource(t, e)
	track := s.track(0)
	s.put(vp8Packet(0, false))
	for i, test := range []struct {
		payload       []byte
		sent, pending bool
	}{
		{vp8Packet(1, false).Payload, true, true},
		{[]byte{0x90}, false, true},
		{[]byte{0x90}, true, false},
	} {
		track.RequestKeyframe()
		if test.sent { // as if there were a connection
			track.keyframes.fresh.Store(false)
		}
		p := vp8Packet(i+1, false)
		p.Payload = test.payload
		s.put(p)
		if got := track.keyframes.wanted.Load(); got != test.pending {
			t.Errorf("payload %x, sent: %v: a keyframe is wanted: %v", test.payload, test.sent, got)
		}
	}
	if _, ok := track.cache.Keyframe(); ok || track.keyframeExt.Load() != 0 {
		t.Error("it counts as a keyframe")
	}
	head, _ := track.cache.Head()
	p := track.cache.Acquire(head)
	defer p.Release()
	if p.Info.Known || p.Info.SID != 0 || p.Info.TID != 0 || p.Info.Keyframe != codecs.KeyframeUnknown {
		t.Errorf("taken for %+v", p.Info)
	}
}

// TestCachedPacketsAreNotWritten: what a receiver gets with other numbers is a copy
//
func TestCachedPacketsAreNotWritten(t *testing.T) {
	for _, name := range []string{"vp8-l1t3", "vp9-l3t3-key", "av1-l3t3"} {
		t.Run(name, func(t *testing.T) {
			e := newTestEngine(t, Options{})
			g := trace(t, name)
			s, packets := golden(t, e, g)
			out := replay(t, e, s, packets, func(i int) (uint8, uint8) {
				if i%16 < 8 {
					return 0, 0
				}
				return layers.Top, layers.Top
			})
			changed := 0
			for i, in := range g.load(t) {
				if string(packets[i].Payload()) != string(in.Payload) {
					t.Errorf("%s: packet %d has changed in the cache", name, i)
				}
			}
			for _, p := range out {
				same := func(q *packetcache.Packet) bool { return string(q.Payload()) == string(p.Payload) }
				if !slices.ContainsFunc(packets, same) {
					changed++
				}
			}
			if (changed > 0) != (g.codec == "vp8") {
				t.Errorf("%s: %d payloads rewritten", name, changed)
			}
		})
	}
}

// TestRestartResetsTheEstimate: after an ICE restart the path may be another one, and
// what was known of the old one is forgotten.
func TestRestartResetsTheEstimate(t *testing.T) {
	e := newTestEngine(t, Options{})
	p := publish(t, e, peerOptions{}, "opus").connected()
	v := view(t, e, peerOptions{}, p.up).connected()
	control := &v.down.receiver.bandwidth.control
	v.down.shard.Call(func() {
		control.Update(layers.Report{Bound: 300_000, Sent: 400_000}, e.clock.nanos())
		if control.Capacity() == layers.Unlimited {
			t.Error("there is no limit to be forgotten")
		}
	})
	v.negotiate(true)
	v.down.shard.Call(func() {
		if got := control.Capacity(); got != layers.Unlimited {
			t.Errorf("the estimate is %d bit/s", got)
		}
	})
}

// TestNackOfSoundIsNegotiated: who offers to send lost sound again is answered that it
// may be asked to, and nobody else is.
func TestNackOfSoundIsNegotiated(t *testing.T) {
	const line = "a=rtcp-fb:111 nack"
	e := newTestEngine(t, Options{})
	for _, offered := range []bool{false, true} {
		up := must(e.NewUp(UpParams{Codecs: testCodecs()}))
		offer := readOffer(t, "chromium.sdp")
		const before = "a=rtcp-fb:111 transport-cc"
		if !strings.Contains(offer, before) || strings.Contains(offer, line) {
			t.Fatal("another offer than expected")
		}
		if offered {
			offer = strings.ReplaceAll(offer, before, line+"\r\n"+before)
		}
		answer := must(up.Offer(offer))
		if got := strings.Contains(answer, line); got != offered {
			t.Errorf("offered %v, answered %v", offered, got)
		}
		for _, s := range up.sections {
			if f := s.formats[111]; f != nil && f.nack != offered {
				t.Errorf("offered %v, used %v", offered, f.nack)
			}
		}
	}
}
