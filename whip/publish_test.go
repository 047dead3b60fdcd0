package whip_test

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/sdp/v3"

	"galene/ice"
	"galene/internal/testclient"
	"galene/rtpconn"
)

var identifier = regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`)

// Acceptance check 2, W-16, W-20 to W-25, W-31, W-32, W-35.
func TestPublishW16W20W21W22W23W24W25W31W32W33W35(t *testing.T) {
	f := newFixture(t, withServers(ice.Server{URLs: []string{"stun:stun.example"}}))
	eve := f.member("open", "eve", "")
	encoder := f.newEncoder()
	r := encoder.start("/group/open/.whip")

	secret, ok := strings.CutPrefix(r.Header.Get("Location"), "/group/open/.whip/")
	if raw, err := base64.RawURLEncoding.DecodeString(secret); !ok || err != nil || len(raw) != 16 {
		t.Errorf("location %q", r.Header.Get("Location"))
	}
	if tag := strings.Trim(r.Header.Get("ETag"), `"`); !identifier.MatchString(tag) {
		t.Errorf("tag %q", r.Header.Get("ETag"))
	}
	if got := r.Header.Values("Link"); !slices.Equal(got, []string{`<stun:stun.example>; rel="ice-server"`}) {
		t.Errorf("links %q", got)
	}
	if got := r.Header.Get("Access-Control-Expose-Headers"); got != "Location, Content-Type, Link, ETag" {
		t.Errorf("exposed: %q", got)
	}
	if got := r.Header.Get("Accept-Patch"); got != "application/trickle-ice-sdpfrag" {
		t.Errorf("Accept-Patch %q", got)
	}
	var d sdp.SessionDescription
	if err := d.UnmarshalString(r.body); err != nil {
		t.Fatal(err)
	}
	for _, m := range d.MediaDescriptions {
		if _, ok := m.Attribute("recvonly"); !ok || m.MediaName.Port.Value == 0 {
			t.Errorf("section %s is not recvonly", m.MediaName)
		}
		if _, ok := m.Attribute("rtcp-mux"); !ok {
			t.Errorf("section %s: no rtcp-mux", m.MediaName)
		}
	}
	for _, want := range []string{"a=candidate:", "a=end-of-candidates", "a=group:BUNDLE 0 1"} {
		if !strings.Contains(r.body, want) {
			t.Errorf("no %s in\n%s", want, r.body)
		}
	}

	for _, line := range strings.Split(r.body, "\r\n") { // W-33, S-32
		if line == "a=ice-lite" || strings.HasPrefix(line, "a=candidate:") && !strings.Contains(line, " udp ") {
			t.Errorf("unexpected %s", line)
		}
	}

	joined := eve.AwaitWhere("encoder", func(m testclient.Message) bool {
		return m.Is("user/add") && m.User() == "whip"
	})
	if !identifier.MatchString(joined.ID) || joined.Data != nil {
		t.Errorf("member %+v", joined)
	}
	if joined.ID == secret {
		t.Error("members know the identifier of the session")
	}
	f.do("DELETE", "/group/open/.whip/"+joined.ID, "").expect(t, http.StatusNotFound) // acceptance check 10

	eve.Request(map[string][]string{"": {"audio", "video"}})
	down := eve.AwaitStream(joined.ID)
	if down.Offer.Label != "" || down.Offer.Source != joined.ID || down.Offer.User() != "whip" {
		t.Errorf("stream %+v", down.Offer)
	}
	encoder.awaitConnected()
	down.AwaitPackets("video", 10)
	down.AwaitPackets("audio", 10)
	if stats := f.streams.Stats(); len(stats) != 1 || stats[0].ID != joined.ID ||
		len(stats[0].Up) != 1 || len(stats[0].Up[0].Tracks) != 2 {
		t.Errorf("statistics %+v", stats)
	}
}

// An encoder that sends its candidates in a PATCH, as RFC 9725, 4.3.1 has it.
func TestTrickleW41W54W71(t *testing.T) {
	f := newFixture(t)
	encoder := f.newEncoder()
	encoder.startWith("/group/open/.whip", encoder.offer(false))
	gathered(t, encoder)
	fragment := encoder.fragment()
	if !strings.Contains(fragment, "a=candidate:") {
		t.Fatalf("no candidates:\n%s", fragment)
	}
	r := encoder.patch(fragment, encoder.tag).expect(t, http.StatusNoContent)
	if r.Header.Get("ETag") != "" || r.body != "" {
		t.Errorf("tag %q, body %q", r.Header.Get("ETag"), r.body)
	}
	encoder.awaitConnected()

	encoder.patch(fragment, "").expect(t, http.StatusNoContent)
	encoder.patch(fragment, "*").expect(t, http.StatusNoContent)
	encoder.patch(fragment, `"other", `+encoder.tag).expect(t, http.StatusNoContent)
	encoder.patch(fragment, `W/`+encoder.tag).expect(t, http.StatusPreconditionFailed)
	if r := encoder.patch(fragment, `"stale"`).expect(t, http.StatusPreconditionFailed); r.body != "" {
		t.Errorf("body %q", r.body)
	}
	f.do("PATCH", encoder.location, fragment, "If-None-Match", "*",
		"Content-Type", "application/trickle-ice-sdpfrag").expect(t, http.StatusPreconditionFailed)
}

func gathered(t *testing.T, p *peer) {
	t.Helper()
	await(t, "candidates", func() bool {
		return p.pc.ICEGatheringState().String() == "complete"
	})
}

// Acceptance check 7; an ICE restart during which media keep flowing.
func TestRestartW50W51W52W54W72W75W76(t *testing.T) {
	for name, shared := range map[string]bool{"ports of their own": false, "one port for all": true} {
		t.Run(name, func(t *testing.T) { testRestart(t, shared) })
	}
}

func testRestart(t *testing.T, shared bool) {
	f := newFixture(t, func(o *setup) { o.media.SharedPort = shared })
	eve := f.member("open", "eve", "")
	eve.Request(map[string][]string{"": {"audio", "video"}})
	encoder := f.newEncoder()
	first := encoder.start("/group/open/.whip")
	encoder.awaitConnected()
	id := eve.AwaitWhere("encoder", func(m testclient.Message) bool {
		return m.Is("user/add") && m.User() == "whip"
	}).ID
	down := eve.AwaitStream(id)
	down.AwaitPackets("video", 5)

	offer, err := encoder.pc.CreateOffer(restartICE)
	if err != nil {
		t.Fatal(err)
	}
	if err := encoder.pc.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	gathered(t, encoder)
	old := encoder.tag
	r := encoder.patch(encoder.fragment(), "*").expect(t, http.StatusOK)
	if got := r.Header.Get("Content-Type"); got != "application/trickle-ice-sdpfrag" {
		t.Errorf("content type %q", got)
	}
	if got := r.Header.Get("Access-Control-Expose-Headers"); got != "ETag" {
		t.Errorf("exposed %q", got)
	}
	encoder.tag = r.Header.Get("ETag")
	if encoder.tag == old || encoder.tag == "" {
		t.Errorf("tag %q as before", encoder.tag)
	}
	if strings.Count(r.body, "m=") != 2 || strings.Count(r.body, "a=ice-ufrag:") != 2 {
		t.Errorf("fragment:\n%s", r.body)
	}
	_, last, _ := strings.Cut(r.body, "a=mid:1")
	if !strings.Contains(r.body, "a=candidate:") || strings.Contains(last, "a=candidate:") {
		t.Errorf("candidates are not in the first section:\n%s", r.body)
	}

	answer := restarted(t, first.body, r.body)
	if answer == first.body {
		t.Fatal("the server has the same pair as before")
	}
	if err := encoder.pc.SetRemoteDescription(answerOf(answer)); err != nil {
		t.Fatal(err)
	}
	encoder.patch(encoder.fragment(), old).expect(t, http.StatusPreconditionFailed)
	encoder.patch(encoder.fragment(), encoder.tag).expect(t, http.StatusNoContent)
	down.AwaitPackets("video", 60)
	if got := encoder.pc.ConnectionState().String(); got != "connected" {
		t.Errorf("connection %s", got)
	}
	for _, m := range eve.Sync() {
		if m.Is("user/delete") || m.Type == "close" {
			t.Errorf("the others noticed: %v", m)
		}
	}
}

// Acceptance check 8.
func TestDeleteW45W46(t *testing.T) {
	f := newFixture(t)
	eve := f.member("open", "eve", "")
	eve.Request(map[string][]string{"": {"audio", "video"}})
	encoder := f.newEncoder()
	encoder.start("/group/open/.whip")
	id := eve.AwaitWhere("encoder", func(m testclient.Message) bool {
		return m.Is("user/add") && m.User() == "whip"
	}).ID
	down := eve.AwaitStream(id)
	f.do("DELETE", encoder.location, "", "If-Match", `"other"`).expect(t, http.StatusPreconditionFailed)
	if r := encoder.delete().expect(t, http.StatusOK); r.body != "" {
		t.Errorf("body %q", r.body)
	}
	if got := f.members("open"); !slices.Equal(got, []string{"eve"}) {
		t.Errorf("members %v", got)
	}
	down.AwaitEnd()
	eve.AwaitWhere("end", func(m testclient.Message) bool { return m.Is("user/delete") && m.ID == id })
	encoder.delete().expect(t, http.StatusNotFound)
	encoder.patch("", "").expect(t, http.StatusNotFound)
	f.do("OPTIONS", encoder.location, "").expect(t, http.StatusNotFound)
}

// An operator ends a session.
func TestKickW16(t *testing.T) {
	f := newFixture(t)
	ada := f.member("open", "ada", "secret")
	encoder := f.newEncoder()
	encoder.start("/group/open/.whip")
	id := ada.AwaitWhere("encoder", func(m testclient.Message) bool {
		return m.Is("user/add") && m.User() == "whip"
	}).ID
	ada.Act("kick", id, "")
	ada.AwaitWhere("end", func(m testclient.Message) bool { return m.Is("user/delete") && m.ID == id })
	await(t, "end of the session", func() bool {
		return f.do("OPTIONS", encoder.location, "").StatusCode == http.StatusNotFound
	})
}

// A session ends when the group takes its right to present away (PERM-8).
func TestRevokedSessionEnds(t *testing.T) {
	f := newFixture(t)
	encoder := f.newEncoder()
	encoder.start("/group/open/.whip")
	f.rewrite("open", groups["closed"])
	await(t, "end of the session", func() bool { return len(f.members("open")) == 0 })
	encoder.delete().expect(t, http.StatusNotFound)
}

// Acceptance check 9, with shorter times: a peer that never connects, and one that
// falls silent.
func TestLostSessionsEnd45(t *testing.T) {
	f := newFixture(t, func(o *setup) {
		o.media = rtpconn.Options{
			Loopback: true, ICEDisconnected: 300 * time.Millisecond,
			ICEFailed: 300 * time.Millisecond, ICEKeepalive: 100 * time.Millisecond,
		}
	})
	never := f.newEncoder()
	never.post("/group/open/.whip", never.offer(false)).expect(t, http.StatusCreated)
	await(t, "end of the session that never connected", func() bool { return len(f.members("open")) == 0 })

	silent := f.newEncoder()
	silent.start("/group/open/.whip")
	silent.awaitConnected()
	if err := silent.pc.SCTP().Transport().ICETransport().Stop(); err != nil {
		t.Fatal(err)
	}
	await(t, "end of the session that fell silent", func() bool { return len(f.members("open")) == 0 })
	if len(f.streams.Stats()) != 0 {
		t.Error("still in the statistics")
	}
}

// A peer that takes part in ICE, but never in DTLS.
func TestSessionsThatNeverConnectEnd45(t *testing.T) {
	f := newFixture(t, func(o *setup) { o.Limits.ConnectTimeout = 500 * time.Millisecond })
	encoder := f.newEncoder()
	offer := regexp.MustCompile("a=fingerprint:.*\r\n").ReplaceAllString(encoder.offer(true),
		"a=fingerprint:sha-256 "+strings.Repeat("00:", 31)+"00\r\n")
	encoder.accept(encoder.post("/group/open/.whip", offer).expect(t, http.StatusCreated))
	await(t, "end of the session", func() bool { return len(f.members("open")) == 0 })
}

// What the server does not know is rejected, the rest proceeds; a section for data is
// ignored.
func TestCodecsW30W34(t *testing.T) {
	f := newFixture(t)
	encoder := f.newEncoder()
	if _, err := encoder.pc.CreateDataChannel("data", nil); err != nil {
		t.Fatal(err)
	}
	r := encoder.post("/group/h264/.whip", onlyVP8(encoder.offer(true))).expect(t, http.StatusCreated)
	var d sdp.SessionDescription
	if err := d.UnmarshalString(r.body); err != nil {
		t.Fatal(err)
	}
	ports := make(map[string]bool)
	for _, m := range d.MediaDescriptions {
		ports[m.MediaName.Media] = m.MediaName.Port.Value != 0
	}
	if !ports["audio"] || ports["video"] {
		t.Errorf("answer:\n%s", r.body)
	}

	video := f.newPeer()
	video.send("video/VP8", 90000, 0, vp8Keyframe)
	offer := onlyVP8(video.offer(true))
	refused := video.post("/group/h264/.whip", offer).expect(t, http.StatusUnprocessableEntity)
	if !strings.Contains(refused.body, "codecs") {
		t.Errorf("body %q", refused.body)
	}
}

// Simulcast layers are ranked as everywhere: the first is the highest.
func TestSimulcastR180(t *testing.T) {
	f := newFixture(t)
	eve := f.member("open", "eve", "")
	encoder := f.newEncoder()
	offer := encoder.offer(true) + "a=rid:f send\r\na=rid:h send\r\na=rid:q send\r\n" +
		"a=simulcast:send f;h;q\r\n"
	encoder.post("/group/open/.whip", offer).expect(t, http.StatusCreated)
	id := eve.AwaitWhere("encoder", func(m testclient.Message) bool {
		return m.Is("user/add") && m.User() == "whip"
	}).ID
	var rids []string
	await(t, "layers", func() bool {
		rids = nil
		for _, c := range f.streams.Stats() {
			for _, track := range c.Up[0].Tracks {
				if c.ID == id && track.RID != "" {
					rids = append(rids, track.RID)
				}
			}
		}
		return len(rids) > 0
	})
	if !slices.Equal(rids, []string{"f", "h", "q"}) {
		t.Errorf("layers %v", rids)
	}
}
