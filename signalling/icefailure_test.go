package signalling_test

import (
	"testing"
	"time"

	"galene/rtpconn"
)

// TestICEFailure checks STR-22: the server repairs what has failed.
func TestICEFailure(t *testing.T) {
	f := newFixtureWith(t, rtpconn.Options{
		ICEDisconnected: 500 * time.Millisecond,
		ICEFailed:       500 * time.Millisecond,
		ICEKeepalive:    100 * time.Millisecond,
	})
	ada, bob, up, down := pair(t, f)
	up.AwaitConnected()
	down.AwaitConnected()
	ada.Sync()
	bob.Manual()

	// The network of the receiver goes: it is offered an ICE restart.
	down.CutNetwork()
	m := bob.Expect("offer")[0]
	if m.ID != up.ID || m.Replace != "" || ufrag(m.SDP) == ufrag(down.Offer.SDP) {
		t.Errorf("got %v", m)
	}
	// The network of the sender goes: it is asked for one.
	up.CutNetwork()
	if m := ada.Expect("renegotiate")[0]; m.ID != up.ID {
		t.Errorf("got %v", m)
	}
	bob.ExpectQuiet()
}
