package rtpconn

import (
	"testing"
	"time"

	"github.com/pion/rtp"

	"galene/conn"
)

// TestLowestLayerSent: who wants only the lowest layer gets the lowest one that is
// sent.  Browsers send no other than the first one described if the
// picture is small, be it that they have made it so for lack of processing power.
func TestLowestLayerSent(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s, put := simulcastSource(t, e)
	n := 0
	send := func(seconds float64, keyframes bool, rids ...string) func(*Down) {
		return func(d *Down) {
			t.Helper()
			settle(t, clock, d, seconds, func() {
				for _, rid := range rids {
					put(rid, vp8Packet(n, keyframes && n%15 == 0))
				}
				n++
			})
		}
	}
	// Nobody looks yet.
	for range 150 {
		clock.Advance(time.Second / 30)
		put("h", vp8Packet(n, n == 145))
		n++
	}
	dt, w := newLowDown(t, e, s)
	send(0.5, false, "h")(dt.down)
	packets := w.snapshot()
	if len(packets) < 15 {
		t.Fatalf("%d packets although there is a keyframe to begin with", len(packets))
	}
	if got := number(packets[0]); got != 145 {
		t.Errorf("begins with packet %d", got)
	}
	rid := func(want string) {
		t.Helper()
		var got string
		dt.down.shard.Call(func() { got = dt.active.source.RID() })
		if got != want {
			t.Errorf("layer %q, want %q", got, want)
		}
	}
	rid("h")
	send(1, true, "h", "l")(dt.down)
	rid("l") // now that there is one
	send(0.9, true, "h")(dt.down)
	rid("l")
	send(1.5, true, "h")(dt.down)
	rid("h")
	before := len(w.snapshot())
	send(1, true, "h")(dt.down)
	if got := len(w.snapshot()) - before; got < 25 {
		t.Errorf("%d packets in a second", got)
	}
	// One whose keyframe does not come does not take the place of what is seen, and is
	// given up for a while.
	send(4, false, "h", "l")(dt.down)
	rid("h")
	dt.down.shard.Call(func() {
		dt.tick(e.clock.nanos())
		if dt.next != nil {
			t.Error("a keyframe is waited for too long")
		}
	})
	send(4, true, "h", "l")(dt.down)
	rid("h")
	send(5, true, "h", "l")(dt.down)
	rid("l")

	// What is wanted now is what is sent at most, and a request needs no offer.
	tracks := s.up.Tracks()
	dt.down.tracks = []*downTrack{dt}
	for _, want := range []string{"h", "l", "h"} {
		i := 0
		if want == "l" {
			i = 1
		}
		dt.section = nil
		if _, err := dt.down.SetTracks(tracks[i:i+1], false); err != nil {
			t.Fatal(err)
		}
		send(1, true, "h", "l")(dt.down)
		rid(want)
	}
}

// newLowDown returns a track that sends the lowest layer of src to a recorder.
func newLowDown(t *testing.T, e *Engine, src *source) (*downTrack, *recordingWriter) {
	t.Helper()
	d, err := e.NewReceiver().NewDown(src.up, DownParams{})
	if err != nil {
		t.Fatal(err)
	}
	tracks := src.up.Tracks()
	if _, err := d.SetTracks(tracks[len(tracks)-1:], false); err != nil {
		t.Fatal(err)
	}
	w := &recordingWriter{}
	d.shard.Call(func() {
		d.sending.connected = true
		d.receiver.bandwidth.join(d)
		d.sending.add(d, d.tracks[0], &output{ssrc: 5, payloadType: 96, writer: w})
	})
	return d.tracks[0], w
}

// TestLayerInPlaceOfAnother: as long as nothing was shown, another layer than the one
// that the receiver was to get begins with its last keyframe, as any stream does
// (spec media.md 5.6).
func TestLayerInPlaceOfAnother(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s, put := simulcastSource(t, e)
	var sent []*rtp.Packet
	for n := range 150 {
		clock.Advance(time.Second / 30)
		p := vp8Packet(n, n == 120)
		put("l", p)
		sent = append(sent, p)
	}
	dt, w := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96})
	dt.down.shard.Call(func() {
		dt.setChoice([]conn.Track{s.up.Tracks()[0], s.up.Tracks()[1]}, false, false)
		dt.down.receiver.bandwidth.join(dt.down)
	})
	settle(t, clock, dt.down, 1, func() {
		p := vp8Packet(len(sent), false)
		put("l", p)
		sent = append(sent, p)
	})
	packets := w.snapshot()
	if len(packets) == 0 || number(packets[0]) != 120 {
		t.Errorf("%d packets, which do not begin with the last keyframe", len(packets))
	}
}

// TestSimulcastChoice: what the track chosen stands for.
func TestSimulcastChoice(t *testing.T) {
	e := newTestEngine(t, Options{})
	s := newSource(t, e, "h", "m", "l")
	tracks := s.up.Tracks()
	for i, want := range []struct {
		layers int
		lowest bool
	}{{3, false}, {2, false}, {3, true}} {
		list, lowest := simulcast(tracks[i], tracks)
		if len(list) != want.layers || lowest != want.lowest || list[len(list)-1] != tracks[2] {
			t.Errorf("layer %d: %d layers, lowest %v", i, len(list), lowest)
		}
	}
	if list, lowest := simulcast(tracks[2], tracks[2:]); len(list) != 1 || lowest {
		t.Error("the only layer of several")
	}
	if list, _ := simulcast(tracks[2], nil); len(list) != 1 || list[0] != tracks[2] {
		t.Error("a track that has ended stands for others")
	}
}
