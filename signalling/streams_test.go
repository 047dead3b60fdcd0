package signalling_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"galene/internal/testclient"
)

// everything is what most clients request.
var everything = map[string][]string{"": {"audio", "video"}}

// camera makes the sources of an ordinary stream.
func camera(t *testing.T) []*testclient.Source {
	t.Helper()
	return testclient.Tracks(testclient.NewAudio(t), testclient.NewVideo(t))
}

// pair makes two members: one who publishes a camera and one who receives it.
func pair(t *testing.T, f *fixture) (ada, bob *testclient.Client, up *testclient.Up, down *testclient.Down) {
	t.Helper()
	ada, bob = f.join("ada"), f.join("bob")
	bob.Request(everything)
	ada.Sync()
	bob.Sync()
	up = ada.Publish("camera", camera(t))
	down = bob.AwaitStream(up.ID)
	bob.Expect("offer")
	bob.Sync() // the answer has arrived
	return ada, bob, up, down
}

// TestCall publishes, receives and leaves.
func TestCall(t *testing.T) {
	f := newFixture(t)
	ada, bob, up, down := pair(t, f)
	ada.Expect("answer")
	offer := down.Offer
	if offer.Label != "camera" || offer.Source != ada.ID || offer.User() != "ada" ||
		offer.Replace != "" || offer.Kind != "" {
		t.Errorf("got %v", offer)
	}
	up.AwaitConnected()
	down.AwaitConnected()
	down.AwaitPackets("audio", 10)
	down.AwaitPackets("video", 10)

	// Those who come later get it too, without anything from the sender.
	carl := f.join("carl")
	carl.Request(everything)
	late := carl.AwaitStream(up.ID)
	late.AwaitPackets("audio", 10)
	late.AwaitPackets("video", 10)

	up.Close()
	for _, c := range []*testclient.Client{bob, carl} {
		if m := c.Await("close"); m.ID != up.ID {
			t.Errorf("got %v", m)
		}
	}
}

// TestTrackIDs checks STR-16.
func TestTrackIDs(t *testing.T) {
	f := newFixture(t)
	ada, bob := f.join("ada"), f.join("bob")
	bob.Request(everything)
	video := testclient.NewVideo(t)
	up := ada.Publish("camera", testclient.Tracks(video))
	down := bob.AwaitStream(up.ID)
	down.AwaitPackets("video", 1)
	track := down.Track("video")
	if track.ID() != video.ID() || track.StreamID() != "media" {
		t.Errorf("track %q of stream %q, want %q of %q", track.ID(), track.StreamID(), video.ID(), "media")
	}
}

// TestNothingRequested checks that streams are only for those who want them, and
// that others hear nothing of them, not even their end (W-17).
func TestNothingRequested(t *testing.T) {
	f := newFixture(t)
	ada, bob := f.join("ada"), f.join("bob")
	none, sound := f.join("none"), f.join("sound")
	bob.Request(everything)
	none.Request(map[string][]string{"": {}})
	sound.Request(map[string][]string{"screenshare": {"audio"}})
	none.Sync()
	sound.Sync()
	up := ada.Publish("camera", camera(t))
	bob.AwaitStream(up.ID)
	up.Close()
	bob.Await("close")
	none.ExpectQuiet()
	sound.ExpectQuiet()
}

// TestRequestVariants checks STR-10 to STR-13 (checklist 30).
func TestRequestVariants(t *testing.T) {
	f := newFixture(t)
	ada, bob := f.join("ada"), f.join("bob")
	bob.Sync()
	up := ada.Publish("screenshare", camera(t))
	up.AwaitAnswers(1)
	ada.Sync()

	// kinds returns what the next offer is about.
	kinds := func() string {
		m := bob.Expect("offer")[0]
		if m.ID != up.ID {
			t.Fatalf("offer of %s", m.ID)
		}
		return activeKinds(m.SDP)
	}
	steps := []struct {
		send string
		want string // kinds offered, "close", or nothing
	}{
		{`{"type":"request","request":{"camera":["audio","video"]}}`, ""},
		{`{"type":"request","request":{"":["audio"]}}`, "audio"},
		{`{"type":"request","request":{"":["audio"]}}`, ""},
		{`{"type":"request","request":{"":[],"screenshare":["audio","video"]}}`, "audio video"},
		{`{"type":"request","request":{"":["audio","video-low"]}}`, ""},
		{`{"type":"request","request":{"":["video"],"screenshare":["audio"]}}`, "audio"},
		{`{"type":"request"}`, "close"},
		{`{"type":"request","request":{"":["audio","video"]}}`, "audio video"},
		{`{"type":"requestStream","id":"ID","request":["audio"]}`, "audio"},
		{`{"type":"request","request":{"":["video"]}}`, ""},
		{`{"type":"requestStream","id":"ID","request":null}`, "video"},
		{`{"type":"requestStream","id":"ID","request":[]}`, "close"},
		{`{"type":"requestStream","id":"ID"}`, "video"},
		{`{"type":"requestStream","id":"other","request":["audio"]}`, ""},
	}
	for i, step := range steps {
		bob.SendRaw(strings.ReplaceAll(step.send, "ID", up.ID))
		switch step.want {
		case "":
			bob.ExpectQuiet()
		case "close":
			bob.Expect("close")
		default:
			if got := kinds(); got != step.want {
				t.Errorf("step %d: %s: offered %q, want %q", i, step.send, got, step.want)
			}
			// The answer has been sent before the ping.
			bob.ExpectQuiet()
		}
	}
}

// activeKinds returns the kinds of the sections of a description that send.
func activeKinds(sdp string) string {
	var kinds []string
	for _, section := range strings.Split(sdp, "\r\nm=")[1:] {
		kind, _, _ := strings.Cut(section, " ")
		if strings.Contains(section, "a=sendonly") || strings.Contains(section, "a=sendrecv") {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	return strings.Join(kinds, " ")
}

// TestReplace checks STR-7, STR-14, W-34 and: receivers get the new stream in the
// place of the old one, and others nothing.
func TestReplace(t *testing.T) {
	f := newFixture(t)
	ada, bob, old, oldDown := pair(t, f)
	carl := f.join("carl")
	carl.Sync()
	oldDown.AwaitPackets("video", 1)
	bob.SendRaw(`{"type":"requestStream","id":"` + old.ID + `","request":["audio"]}`)
	bob.Expect("user/add", "offer")

	ada.Sync()
	next := ada.Publish("camera", camera(t), testclient.Replacing(old))
	m := bob.Expect("offer")[0]
	if m.ID != next.ID || m.Replace != old.ID || m.Source != ada.ID {
		t.Errorf("got %v", m)
	}
	if kinds := activeKinds(m.SDP); kinds != "audio" {
		t.Errorf("the override is lost: offered %s", kinds)
	}
	oldDown.AwaitEnd()
	bob.AwaitStream(next.ID).AwaitPackets("audio", 5)

	// The old one is unknown by now.
	ada.Send(testclient.Message{Type: "close", ID: old.ID})
	ada.Sync()
	bob.ExpectQuiet()

	bob.SendRaw(`{"type":"requestStream","id":"` + next.ID + `"}`)
	if kinds := activeKinds(bob.Expect("offer")[0].SDP); kinds != "audio video" {
		t.Errorf("offered %s", kinds)
	}
	next.Close()
	bob.Expect("close")
	carl.ExpectQuiet()
}

// TestReplacementThatNeverComes checks that receivers lose a stream that has been
// replaced by one that is closed before it was seen.
func TestReplacementThatNeverComes(t *testing.T) {
	f := newFixture(t)
	ada, bob, old, _ := pair(t, f)
	next := ada.Publish("camera", silence(t), testclient.Replacing(old))
	ada.Sync()
	bob.ExpectQuiet()
	next.Close()
	if m := bob.Expect("close")[0]; m.ID != old.ID {
		t.Errorf("got %v", m)
	}
	bob.ExpectQuiet()
}

// silence makes sources that never send anything.
func silence(t *testing.T) []*testclient.Source {
	t.Helper()
	return testclient.Tracks(testclient.NewSilence(t))
}

// TestReplacementWithoutMedia checks that a stream that sends nothing replaces
// another one after two seconds (W-34).
func TestReplacementWithoutMedia(t *testing.T) {
	f := newFixture(t)
	ada, bob, old, _ := pair(t, f)
	start := time.Now()
	next := ada.Publish("camera", silence(t), testclient.Replacing(old))
	if m := bob.Expect("offer")[0]; m.ID != next.ID || m.Replace != old.ID {
		t.Errorf("got %v", m)
	}
	if d := time.Since(start); d < 2*time.Second {
		t.Errorf("replaced after %v", d)
	}
}

// TestAbort checks STR-24.
func TestAbort(t *testing.T) {
	f := newFixture(t)
	_, bob, up, _ := pair(t, f)
	bob.Send(testclient.Message{Type: "abort", ID: up.ID})
	bob.Expect("close")
	bob.ExpectQuiet()
	bob.Request(everything)
	bob.Expect("offer")
}

// TestStrayAnswer checks STR-17.
func TestStrayAnswer(t *testing.T) {
	f := newFixture(t)
	ada, bob := f.join("ada"), f.join("bob")
	bob.Manual()
	bob.Request(everything)
	ada.Sync()
	bob.Sync()
	up := ada.Publish("camera", camera(t))
	bob.Expect("offer")
	bob.Send(testclient.Message{Type: "answer", ID: up.ID, SDP: "nonsense"})
	if m := bob.Expect("close", "usermessage/error"); m[0].ID != up.ID || m[1].Text() == "" {
		t.Errorf("got %v", m)
	}
	bob.Send(testclient.Message{Type: "answer", ID: up.ID, SDP: "nonsense"})
	bob.Expect("close")
	bob.ExpectQuiet()
}

// TestOneOfferAtATime checks STR-15 and.
func TestOneOfferAtATime(t *testing.T) {
	f := newFixture(t)
	ada, bob := f.join("ada"), f.join("bob")
	bob.Manual()
	bob.Request(everything)
	ada.Sync()
	bob.Sync()
	up := ada.Publish("camera", testclient.Tracks(testclient.NewAudio(t)))
	first := bob.Expect("offer")[0]

	up.AwaitAnswers(1)
	up.AddSource(testclient.NewVideo(t))
	up.Renegotiate(false)
	up.AwaitAnswers(2)
	ada.Sync()
	bob.Send(testclient.Message{Type: "renegotiate", ID: up.ID})
	bob.Send(testclient.Message{Type: "renegotiate", ID: up.ID})
	bob.ExpectQuiet()

	d := bob.Answer(first)
	second := bob.Expect("offer")[0]
	if kinds := activeKinds(second.SDP); kinds != "audio video" {
		t.Errorf("offered %s", kinds)
	}
	if ufrag(first.SDP) == ufrag(second.SDP) {
		t.Error("no ICE restart")
	}
	bob.ExpectQuiet()
	if bob.Answer(second) != d {
		t.Error("another stream")
	}
	d.AwaitPackets("audio", 1)
	d.AwaitPackets("video", 1)
	bob.ExpectQuiet()
}

// ufrag returns the ICE user fragment of a description.
func ufrag(sdp string) string {
	_, rest, _ := strings.Cut(sdp, "a=ice-ufrag:")
	value, _, _ := strings.Cut(rest, "\r\n")
	return value
}

// TestRenegotiate checks STR-21 and: an ICE restart, after which media
// goes on.
func TestRenegotiate(t *testing.T) {
	f := newFixture(t)
	ada, bob, up, down := pair(t, f)
	down.AwaitPackets("video", 5)
	bob.Send(testclient.Message{Type: "renegotiate", ID: up.ID})
	m := bob.Expect("offer")[0]
	if m.ID != up.ID || ufrag(m.SDP) == ufrag(down.Offer.SDP) {
		t.Errorf("got %v", m)
	}
	down.AwaitOffers(2)
	down.AwaitPackets("video", 20)
	track := down.Track("video")

	// And in the other direction, started by the sender (STR-5).
	up.Renegotiate(true)
	up.AwaitAnswers(2)
	down.AwaitPackets("video", 20)
	if down.Track("video") != track {
		t.Error("the receiver got another track")
	}
	ada.Sync()
	bob.ExpectQuiet() // nothing has changed for the receiver
}

// TestForeignIDs checks W-5 (checklist 29).
func TestForeignIDs(t *testing.T) {
	f := newFixture(t)
	_, bob, up, down := pair(t, f)
	mallory := f.join("mallory")
	bob.Expect("user/add")
	mallory.Sync()
	mallory.Send(testclient.Message{Type: "offer", ID: up.ID, SDP: up.PC.LocalDescription().SDP})
	if m := mallory.Expect("abort")[0]; m.ID != up.ID {
		t.Errorf("got %v", m)
	}
	mallory.ExpectError("stream id already in use")
	mallory.Send(testclient.Message{Type: "close", ID: up.ID})
	other := mallory.Publish("camera", camera(t), testclient.Replacing(up))
	if m := bob.Expect("offer")[0]; m.ID != other.ID || m.Replace != "" {
		t.Errorf("got %v", m)
	}
	down.AwaitPackets("video", 5)

	// Nor may a client offer what it receives (STR-6).
	bob.Send(testclient.Message{Type: "offer", ID: up.ID, SDP: up.PC.LocalDescription().SDP})
	bob.Expect("abort", "usermessage/error")
	down.AwaitPackets("video", 5)
}

// TestUnpresent checks PERM-8 (checklist 14).
func TestUnpresent(t *testing.T) {
	f := newFixture(t)
	ada, bob := f.join("ada"), f.join("bob")
	ada.Request(everything)
	ada.Sync()
	bob.Sync()
	first, second := bob.Publish("camera", camera(t)), bob.Publish("screenshare", camera(t))
	bob.Expect("answer", "answer")
	ada.AwaitStream(first.ID)
	ada.AwaitStream(second.ID)
	ada.Sync()
	ada.Act("unpresent", bob.ID, nil)
	got := bob.Expect("joined/change", "abort", "usermessage/error", "abort", "usermessage/error", "user/change")
	if got[1].ID != first.ID || got[3].ID != second.ID || got[2].Text() != "permission denied" {
		t.Errorf("got %v", got)
	}
	if slices.Contains(got[0].Permissions, "present") || slices.Contains(got[5].Permissions, "present") {
		t.Errorf("got %v", got)
	}
	ada.Expect("close", "close", "user/change")
	first.Close() // as the browser does, STR-25
	bob.Send(testclient.Message{Type: "offer", ID: "x", SDP: "v=0"})
	bob.Expect("abort")
	bob.ExpectError("not authorised")
	ada.ExpectQuiet()
}

// TestLeavingWithStreams checks JOIN-17, STR-27 and ORD-3.
func TestLeavingWithStreams(t *testing.T) {
	f := newFixture(t)
	ada, bob, _, _ := pair(t, f)
	ada.Expect("answer")
	ada.Leave()
	bob.Expect("close", "user/delete")
	bob.ExpectQuiet()

	ada.Join("test", "ada", "secret")
	bob.Expect("user/add")
	up := ada.Publish("camera", camera(t))
	bob.Expect("offer")
	bob.Sync()
	ada.Cut()
	if m := bob.Expect("close", "user/delete"); m[0].ID != up.ID {
		t.Errorf("got %v", m)
	}

	// A receiver that leaves gets nothing about what it received.
	carl := f.join("carl")
	bob.Await("user/add")
	carl.Publish("camera", camera(t))
	bob.Await("offer")
	bob.Send(testclient.Message{Type: "join", Kind: "leave", Group: "test"})
	bob.Expect("joined/leave")
	bob.ExpectQuiet()
}

// TestBadOffers checks that offers that cannot be used are refused, and harm
// nobody (STR-8).
func TestBadOffers(t *testing.T) {
	f := newFixture(t)
	ada, bob := f.join("ada"), f.join("bob")
	bob.Request(everything)
	ada.Sync()
	bob.Sync()
	for _, sdp := range []string{
		"", "v=0", "nonsense", strings.Repeat("a", 300<<10),
		"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n",
		"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n",
	} {
		ada.Send(testclient.Message{Type: "offer", ID: "bad", Label: "camera", SDP: sdp})
		if m := ada.Expect("abort", "usermessage/error"); m[0].ID != "bad" || m[1].Text() == "" {
			t.Errorf("got %v", m)
		}
	}
	bob.ExpectQuiet()
	up := ada.Publish("camera", camera(t), testclient.WithID("bad"))
	bob.AwaitStream(up.ID).AwaitPackets("video", 1)
}

// TestTooManyStreams checks.
func TestTooManyStreams(t *testing.T) {
	f := newFixture(t)
	ada := f.join("ada")
	ada.Sync()
	for range 16 {
		ada.Publish("", testclient.Tracks(testclient.NewSilence(t)))
		ada.Expect("answer")
	}
	ada.Publish("", testclient.Tracks(testclient.NewSilence(t)))
	ada.Expect("abort", "usermessage/error")
}

// TestEarlyCandidates checks that candidates may come before the offer (STR-19,
// checklist 31).
func TestEarlyCandidates(t *testing.T) {
	f := newFixture(t)
	ada, bob := f.join("ada"), f.join("bob")
	bob.Request(everything)
	up := ada.Publish("camera", camera(t), testclient.CandidatesFirst())
	bob.AwaitStream(up.ID).AwaitPackets("video", 5)
}
