package signalling_test

import (
	"slices"
	"testing"

	"galene/internal/testclient"
)

// An offer without the permission is refused by an abort and an error, whatever it
// replaces, and once the permission is there it is not (STR-4, STR-8, MSG-8, PERM-6).
func TestOfferWithoutPermission_STR4(t *testing.T) {
	f := newFixture(t)
	ada, eve := f.join("ada"), f.join("eve")
	ada.Request(everything)
	ada.Sync()
	eve.Sync()
	up := ada.Publish("camera", camera(t))
	up.AwaitAnswers(1)
	ada.Sync()
	for _, replace := range []string{"", "unknown", up.ID, "x"} {
		eve.Send(testclient.Message{Type: "offer", ID: "x", Label: "camera", Replace: replace, SDP: up.PC.LocalDescription().SDP})
		if m := eve.Expect("abort")[0]; m.ID != "x" {
			t.Errorf("got %s", m.Raw)
		}
		eve.ExpectError("not authorised")
	}
	ada.ExpectQuiet()
	ada.Act("present", eve.ID, nil)
	if m := eve.Expect("joined/change", "user/change")[0]; !slices.Contains(m.Permissions, "present") {
		t.Errorf("got %s", m.Raw)
	}
	theirs := eve.Publish("camera", camera(t), testclient.WithID("x"))
	ada.AwaitStream(theirs.ID).AwaitPackets("video", 1)
}
