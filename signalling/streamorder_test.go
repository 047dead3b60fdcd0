package signalling_test

import (
	"testing"

	"galene/internal/testclient"
)

// A stream keeps its id and label on its way, and is offered once its tracks are known;
// nobody gets a candidate before the description that it belongs to, which the test
// client checks of every candidate (STR-1, STR-2, STR-9, STR-20, ORD-5, checklist 31).
func TestStreamOnItsWay_STR20_ORD5(t *testing.T) {
	f := newFixture(t)
	ada, bob := f.join("ada"), f.join("bob")
	bob.Request(everything)
	bob.Sync()
	ada.Sync()
	for _, label := range []string{"camera", "screenshare", "", "anything / at all"} {
		up := ada.Publish(label, camera(t))
		ada.Expect("answer")
		offer := bob.Expect("offer")[0]
		if offer.ID != up.ID || offer.Label != label || offer.Source != ada.ID {
			t.Errorf("%q became %v", label, offer)
		}
		if kinds := activeKinds(offer.SDP); kinds != "audio video" { // not one after the other
			t.Errorf("%q: offered %s", label, kinds)
		}
		bob.AwaitStream(up.ID).AwaitPackets("video", 1)
		up.AwaitConnected()
		bob.Sync()
		ada.Sync()
	}
}

// A stream that its sender closes ends for those who receive it, and only for those
// (STR-23, STR-26, W-17); closing it again, or another one, does nothing.
func TestCloseFromClient_STR23_STR26(t *testing.T) {
	f := newFixture(t)
	ada, bob := f.join("ada"), f.join("bob")
	sound, none := f.join("sound"), f.join("none")
	bob.Request(everything)
	sound.Request(map[string][]string{"": {"audio"}})
	for _, c := range []*testclient.Client{ada, bob, sound, none} {
		c.Sync()
	}
	up := ada.Publish("camera", camera(t))
	for _, c := range []*testclient.Client{bob, sound} {
		c.Expect("offer")
		c.Sync()
	}
	bob.Send(testclient.Message{Type: "close", ID: up.ID}) // not its own
	bob.ExpectQuiet()
	for range 2 {
		ada.Send(testclient.Message{Type: "close", ID: up.ID})
	}
	ada.Send(testclient.Message{Type: "close", ID: "unknown"})
	ada.Sync()
	for _, c := range []*testclient.Client{bob, sound} {
		if m := c.Expect("close")[0]; m.ID != up.ID {
			t.Errorf("got %v", m)
		}
		c.ExpectQuiet()
	}
	none.ExpectQuiet()
	// The id is free again.
	again := ada.Publish("camera", camera(t), testclient.WithID(up.ID))
	bob.AwaitStream(again.ID)
	bob.Expect("offer")
}
