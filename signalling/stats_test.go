package signalling_test

import (
	"context"
	"testing"

	"galene/signalling"
)

// TestStats checks that the statistics (S-70, R-2.95) tell who sends and receives what,
// and that they can be had while sessions come and go.
func TestStats(t *testing.T) {
	f := newFixture(t)
	ada, bob, up, down := pair(t, f)
	down.AwaitPackets("video", 10)
	find := func(id string) *signalling.ClientStats {
		for _, c := range f.server.Stats(t.Context()) {
			if c.ID == id {
				return &c
			}
		}
		return nil
	}
	eventually(t, "statistics of both ends", func() bool {
		sender, receiver := find(ada.ID), find(bob.ID)
		if sender == nil || receiver == nil || len(sender.Up) != 1 || len(receiver.Down) != 1 {
			return false
		}
		if sender.Group == "" || sender.Group != receiver.Group || len(sender.Down) != 0 || len(receiver.Up) != 0 {
			t.Fatalf("got %+v, %+v", sender, receiver)
		}
		out, in := sender.Up[0], receiver.Down[0]
		if out.ID != up.ID || in.ID != up.ID || len(out.Tracks) != 2 || len(in.Tracks) != 2 {
			t.Fatalf("got %+v, %+v", out, in)
		}
		if out.SRTPProfile != in.SRTPProfile || out.SRTPProfile != "SRTP_AEAD_AES_128_GCM" {
			t.Fatalf("protected by %q, and by %q", out.SRTPProfile, in.SRTPProfile)
		}
		return out.Tracks[0].Packets > 0 && in.Tracks[0].Packets > 0
	})

	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for range 20 {
			f.server.Stats(t.Context())
		}
	}()
	up.Close()
	bob.Await("close")
	ada.Cut()
	<-stopped
	eventually(t, "the sender to be gone", func() bool { return find(ada.ID) == nil })

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f.server.Stats(ctx) // returns at once
}
