package whip_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"

	"galene/internal/testclient"
)

// A player watches what an encoder publishes, both with nothing but HTTP (weak
// spot 14).
func TestWatchEncoder(t *testing.T) {
	f := newFixture(t)
	encoder := f.newEncoder()
	encoder.start("/group/open/.whip")
	encoder.awaitConnected()
	ada := f.member("open", "ada", "secret")

	player := f.newPlayer()
	r := player.start("/group/open/.whep")
	if strings.Count(r.body, "a=sendonly") != 2 || !strings.Contains(r.body, "a=end-of-candidates") {
		t.Errorf("answer:\n%s", r.body)
	}
	viewer := ada.AwaitWhere("viewer", func(m testclient.Message) bool {
		return m.Is("user/add") && m.User() == "whep"
	})
	if !identifier.MatchString(viewer.ID) {
		t.Errorf("id %q", viewer.ID)
	}
	player.awaitConnected()
	player.awaitPackets(20)
	stats := f.streams.Stats()
	if !slices.ContainsFunc(stats, func(c statsOfClient) bool {
		return c.ID == viewer.ID && len(c.Down) == 1 && len(c.Down[0].Tracks) == 2
	}) {
		t.Errorf("statistics %+v", stats)
	}

	player.delete().expect(t, http.StatusOK)
	ada.AwaitWhere("end", func(m testclient.Message) bool { return m.Is("user/delete") && m.ID == viewer.ID })
	player.delete().expect(t, http.StatusNotFound)
}

// A player whose candidates come later, and which restarts ICE.
func TestWatchTrickleAndRestart(t *testing.T) {
	f := newFixture(t)
	publisher := f.member("open", "bob", "")
	publisher.Publish("camera", testclient.Tracks(testclient.NewVideo(t), testclient.NewAudio(t)))
	player := f.newPlayer()
	offer := player.offer(false)
	var first response
	await(t, "stream", func() bool {
		first = player.post("/group/open/.whep", offer)
		return first.StatusCode == http.StatusCreated
	})
	player.accept(first)
	gathered(t, player)
	player.patch(player.fragment(), player.tag).expect(t, http.StatusNoContent)
	player.awaitConnected()
	player.awaitPackets(10)

	restart, err := player.pc.CreateOffer(restartICE)
	if err != nil {
		t.Fatal(err)
	}
	if err := player.pc.SetLocalDescription(restart); err != nil {
		t.Fatal(err)
	}
	gathered(t, player)
	r := player.patch(player.fragment(), player.tag).expect(t, http.StatusOK)
	if err := player.pc.SetRemoteDescription(answerOf(restarted(t, first.body, r.body))); err != nil {
		t.Fatal(err)
	}
	player.awaitPackets(100)
	if got := player.pc.ConnectionState().String(); got != "connected" {
		t.Errorf("connection %s", got)
	}
}

// Which stream is shown, and what is said if there is none.
func TestWatchChoice(t *testing.T) {
	f := newFixture(t)
	player := f.newPlayer()
	offer := player.offer(true)
	r := player.post("/group/open/.whep", offer).expect(t, http.StatusConflict)
	if r.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	player.post("/group/open/.whep?stream=none", offer).expect(t, http.StatusNotFound)
	player.post("/group/none/.whep", offer).expect(t, http.StatusNotFound)
	player.post("/group/closed/.whep", offer).expect(t, http.StatusUnauthorized)
	if got := f.members("open"); len(got) != 0 {
		t.Errorf("members %v", got)
	}

	publisher := f.member("open", "bob", "")
	screen := publisher.Publish("screenshare", testclient.Tracks(testclient.NewVideo(t)))
	screen.AwaitConnected()
	camera := publisher.Publish("camera", testclient.Tracks(testclient.NewAudio(t)))
	camera.AwaitConnected()
	shown := func(query string) string {
		t.Helper()
		p := f.newPlayer()
		p.start("/group/open/.whep" + query)
		defer p.delete()
		for _, c := range f.streams.Stats() {
			return c.Down[0].ID
		}
		return ""
	}
	if got := shown(""); got != screen.ID {
		t.Errorf("shown %s, want the screen %s", got, screen.ID)
	}
	if got := shown("?stream=" + camera.ID); got != camera.ID {
		t.Errorf("shown %s, want the camera %s", got, camera.ID)
	}
}

// Observers may watch; a session ends with its stream.
func TestWatchEndsWithStream(t *testing.T) {
	f := newFixture(t)
	encoder := f.newEncoder()
	encoder.start("/group/open/.whip")
	encoder.awaitConnected()
	observing := f.token("observing", map[string]any{"permissions": []string{}, "username": "olga"})
	player := f.newPlayer("Authorization", "Bearer "+observing)
	player.start("/group/open/.whep")
	player.awaitConnected()
	player.awaitPackets(5)
	encoder.delete().expect(t, http.StatusOK)
	await(t, "end of the player's session", func() bool { return len(f.members("open")) == 0 })
}

// A player that wants only sound, or knows only another codec.
func TestWatchPart(t *testing.T) {
	f := newFixture(t)
	encoder := f.newEncoder()
	encoder.start("/group/open/.whip")
	encoder.awaitConnected()
	listener := f.newPeer()
	_, err := listener.pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, webrtc.RTPTransceiverInit{
		Direction: webrtc.RTPTransceiverDirectionRecvonly,
	})
	if err != nil {
		t.Fatal(err)
	}
	listener.start("/group/open/.whep")
	listener.awaitConnected()
	listener.awaitPackets(10)

	sender := f.newEncoder() // offers to send, not to receive
	sender.post("/group/open/.whep", sender.offer(true)).expect(t, http.StatusUnprocessableEntity)
}
