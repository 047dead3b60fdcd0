package server

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"

	"galene/internal/testclient"
)

// An encoder publishes over HTTP into the whole server, is a member and in the
// statistics like everybody else, and does not keep the server from stopping.
func TestStreamsOverHTTP(t *testing.T) {
	conf := configuration(t, files{"tea.json": open})
	conf.Insecure = true
	s := start(t, conf)
	eve := testclient.Join(t, s.url("ws")+"/ws", "tea", "eve", "")

	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	_, err = pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, webrtc.RTPTransceiverInit{
		Direction: webrtc.RTPTransceiverDirectionSendonly,
	})
	if err != nil {
		t.Fatal(err)
	}
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client().Post(s.url("http")+"/group/tea/.whip", "application/sdp", strings.NewReader(offer.SDP))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatalf("status %d: %s (%v)", resp.StatusCode, answer, err)
	}
	encoder := eve.AwaitWhere("encoder", func(m testclient.Message) bool {
		return m.Is("user/add") && m.User() == "whip"
	})
	found := false
	for _, c := range (statistics{s.sessions, s.streams}).Stats(t.Context()) {
		found = found || c.ID == encoder.ID && c.Group == "tea"
	}
	if !found {
		t.Error("not in the statistics")
	}
	s.stop()
}
