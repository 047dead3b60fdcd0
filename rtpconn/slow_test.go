package rtpconn

import (
	"testing"
	"time"
)

// TestSlowReceiver_V9: a receiver whose path is too narrow gets the lower temporal
// layers, which fit; the others get everything, and their sender is not slowed
// down.
func TestSlowReceiver_V9(t *testing.T) {
	n := newNetwork(t)
	e := newTestEngine(t, Options{Net: n.server})
	p := publish(t, e, peerOptions{net: n.sender, interceptor: true}, "vp8").connected()
	next := 0
	send := func() {
		packet := layeredPacket(next, next == 0)
		packet.Timestamp = uint32(next) * 900
		packet.Payload = append(packet.Payload, make([]byte, 400)...)
		p.send("vp8", packet)
		next++
		time.Sleep(10 * time.Millisecond)
	}
	p.sendUntil(p.up.Receiving, func(int) { send() })
	slow := view(t, e, peerOptions{net: n.receiver, interceptor: true}, p.up).connected().attached()
	fast := view(t, e, peerOptions{net: n.other, interceptor: true}, p.up).connected().attached()
	stats := func(v *viewer) DownTrackStats { return v.down.Stats()[0] }
	for range 100 {
		send()
	}
	go func() {
		for range read(slow.track("vp8")) {
		}
	}()
	go func() {
		for range read(fast.track("vp8")) {
		}
	}()
	for range 100 {
		send()
	}
	if s := stats(slow); s.TID != 2 || s.Target == 0 {
		t.Fatalf("before there is a limit: %+v", s)
	}
	// All layers take about 40 kB/s, the two lower ones half of that.
	n.capacity.Store(30_000)
	deadline := time.Now().Add(patience)
	for stats(slow).TID == 2 {
		if time.Now().After(deadline) {
			t.Fatalf("still everything is sent: %+v", stats(slow))
		}
		send()
	}
	if s := stats(slow); s.Capacity == 0 || s.Capacity > 330_000 {
		t.Errorf("capacity %d", s.Capacity)
	}
	before := n.lost[1].Load()
	sent := stats(fast).Packets
	for range 200 {
		send()
	}
	// A switch may be under way at the beginning.
	if lost := n.lost[1].Load() - before; lost > 20 {
		t.Errorf("%d packets lost although only what fits is sent", lost)
	}
	f := stats(fast)
	if f.TID != 2 || f.Filtered != 0 || f.Capacity != 0 || f.Packets-sent < 190 {
		t.Errorf("the other receiver: %+v, %d packets", f, f.Packets-sent)
	}
	if limit := senderLimit(videos(p.up.snapshot())[0], e.clock.nanos()); limit != videoLimit {
		t.Errorf("the sender may send %d", limit)
	}
}
