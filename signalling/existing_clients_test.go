package signalling_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"

	"galene/internal/testclient"
	"galene/signalling"
)

// What the clients that exist send and rely on (section 20), as sessions: join, chat,
// send, receive, lose a permission, leave.

// configured is a fixture whose clients get an ICE configuration.
func configured(t *testing.T) *fixture {
	return newFixture(t, func(o *signalling.Options) {
		o.RTCConfiguration = func() any {
			return map[string]any{"iceServers": []map[string]any{{
				"urls": []string{"turn:turn.example.org"}, "credentialType": "password",
				"username": "u", "credential": "c",
			}}}
		}
	})
}

// The browser sends nulls for absent fields, expects the handshake first and itself
// among the members, and answers abort with close (checklist 35).
func TestSessionOfABrowser(t *testing.T) {
	f := configured(t)
	operator := f.join("ada")
	operator.Sync()
	c := testclient.Dial(t, f.url)
	send := func(format string, args ...any) {
		c.SendRaw(fmt.Sprintf(format, args...))
	}
	send(`{"type":"handshake","version":["2"],"id":%q}`, c.ID)
	if m := c.Expect("handshake")[0]; fmt.Sprint(m.Version) != "[2]" {
		t.Errorf("got %s", m.Raw)
	}
	send(`{"type":"ping","username":null}`)
	c.Expect("pong")
	send(`{"type":"join","kind":"join","group":"test","username":"bob","password":"","data":{}}`)
	joined := c.Expect("joined/join", "user/add", "user/add")
	if joined[1].ID != c.ID {
		t.Errorf("got %v", joined)
	}
	send(`{"type":"request","request":{"":["audio","video"]}}`)
	send(`{"type":"chat","id":null,"source":%q,"dest":null,"username":"bob","kind":"","value":"hello","noecho":null}`, c.ID)
	c.Expect("chat")
	send(`{"type":"chat","kind":"me","source":%q,"dest":%q,"username":"bob","value":"waves"}`, c.ID, operator.ID)
	send(`{"type":"useraction","kind":"setdata","source":%q,"username":"bob","dest":%q,"value":{"raisehand":true}}`, c.ID, c.ID)
	if m := c.Expect("user/change")[0]; m.Data["raisehand"] != true {
		t.Errorf("got %s", m.Raw)
	}
	operator.Expect("user/add", "chat", "chat/me", "user/change")

	up := c.Publish("camera", camera(t))
	c.Expect("answer")
	operator.Request(everything)
	operator.AwaitStream(up.ID).AwaitPackets("video", 1)
	theirs := operator.Publish("screenshare", camera(t))
	if m := c.Expect("offer")[0]; m.Label != "screenshare" || m.User() != "ada" || m.Source != operator.ID {
		t.Errorf("got %v", m)
	}
	send(`{"type":"requestStream","id":%q,"request":["audio"]}`, theirs.ID)
	c.Expect("offer")
	send(`{"type":"request","request":{"":[]}}`)
	send(`{"type":"requestStream","id":%q,"request":null}`, theirs.ID)
	c.Expect("close")

	operator.Act("unpresent", c.ID, nil)
	got := c.Expect("joined/change", "abort", "usermessage/error", "user/change")
	if got[0].RTCConfiguration == nil || got[1].ID != up.ID || got[2].Text() != "permission denied" {
		t.Errorf("got %v", got)
	}
	send(`{"type":"close","id":%q}`, up.ID)
	send(`{"type":"ice","id":%q,"candidate":{"candidate":"candidate:1 1 udp 1 127.0.0.1 9 typ host","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":null}}`, up.ID)
	c.ExpectQuiet()
	c.SendClose(1000, "") // it never leaves
	c.ExpectClose(1000, "")
	operator.AwaitWhere("the end", func(m testclient.Message) bool { return m.Is("user/delete") && m.ID == c.ID })
}

// Programs built on gclient, such as galene-sip, need a configuration that pion
// understands, say who they are, and renegotiate without a label (checklist 35).
func TestSessionOfGclient(t *testing.T) {
	f := configured(t)
	ada := f.join("ada")
	ada.Request(everything)
	ada.Sync()
	c := f.connect()
	for _, m := range []testclient.Message{c.Join("test", "bridge", "x")} {
		b, err := json.Marshal(m.RTCConfiguration)
		if err != nil {
			t.Fatal(err)
		}
		var configuration webrtc.Configuration
		if err := json.Unmarshal(b, &configuration); err != nil || len(configuration.ICEServers) != 1 ||
			configuration.ICEServers[0].CredentialType != webrtc.ICECredentialTypePassword {
			t.Errorf("%s: %v", b, err)
		}
	}
	c.Sync()
	c.Request(map[string][]string{"": {"audio"}})
	up := c.Publish("", testclient.Tracks(testclient.NewAudio(t))) // SIP sends sound only
	c.Expect("answer")
	down := ada.AwaitStream(up.ID)
	down.AwaitPackets("audio", 1)
	if down.Offer.Label != "" || down.Offer.Source != c.ID || down.Offer.User() != "bridge" {
		t.Errorf("got %v", down.Offer)
	}
	up.Renegotiate(false)
	up.AwaitAnswers(2)
	c.SendRaw(`{"type":"usermessage","kind":"warning","source":"` + c.ID + `","dest":"` + ada.ID + `","value":"x"}`)
	if m := ada.Await("usermessage/warning"); m.Source != c.ID || m.User() != "bridge" || m.Privileged {
		t.Errorf("got %s", m.Raw)
	}
	ada.Act("shutup", c.ID, nil)
	if m := c.Await("joined/change"); m.RTCConfiguration == nil { // JOIN-9
		t.Errorf("got %s", m.Raw)
	}
	c.Send(testclient.Message{Type: "join", Kind: "leave", Group: "test"})
	c.Await("joined/leave")
}

// galene-stt may hold nothing but caption, and listens to whoever speaks (W-27,
// checklist 35).
func TestSessionOfSpeechToText(t *testing.T) {
	f := configured(t)
	ada := f.join("ada")
	up := ada.Publish("camera", camera(t))
	up.AwaitConnected()
	c := f.connect()
	c.Join("test", "cap", "secret")
	c.Request(map[string][]string{"": {"audio"}})
	down := c.AwaitStream(up.ID)
	down.AwaitPackets("audio", 5)
	if down.Packets("video") > 0 {
		t.Error("there is video")
	}
	c.SendRaw(`{"type":"chat","kind":"caption","source":"` + c.ID + `","username":"cap","value":"what was said"}`)
	if m := ada.Await("chat/caption"); m.Text() != "what was said" || m.User() != "cap" {
		t.Errorf("got %s", m.Raw)
	}
	c.SendRaw(`{"type":"chat","value":"x"}`)
	c.AwaitWhere("the refusal", func(m testclient.Message) bool { return m.Text() == "not authorised" })
	late := f.connect() // W-27
	late.SendJoin("test", "late", "")
	for _, m := range late.Sync() {
		if m.Is("chathistory") {
			t.Errorf("a caption was kept: %s", m.Raw)
		}
	}
}

// galene-bot speaks version 1: it sends no version, takes any message for the answer to
// its handshake, reads the kind of every user and usermessage, stops on errors, and
// expects times in milliseconds (W-28, checklist 35).
func TestSessionOfABot_W28(t *testing.T) {
	f := configured(t)
	ada := f.join("ada")
	ada.Chat("before")
	ada.Sync()
	c := testclient.Dial(t, f.url)
	c.SendRaw(`{"type":"handshake","id":"` + c.ID + `"}`)
	c.SendRaw(`{"type":"join","kind":"join","group":"test","username":"bot","password":null}`)
	got := c.Expect("handshake", "usermessage/warning", "joined/join", "chathistory", "user/add", "user/add")
	if _, ok := got[3].Time.(float64); !ok {
		t.Errorf("got %s", got[3].Raw)
	}
	ada.Sync()
	ada.Chat("!help")
	m := c.Expect("chat")[0]
	milliseconds, ok := m.Time.(float64)
	if !ok || milliseconds < 1e12 {
		t.Errorf("got %s", m.Raw)
	}
	c.SendRaw(`{"type":"chat","source":"` + c.ID + `","username":"bot","value":"I cannot help you."}`)
	m = ada.AwaitWhere("the answer", func(m testclient.Message) bool { return strings.HasPrefix(m.Text(), "I cannot") })
	if !isTime(m.Time) {
		t.Errorf("others get %s", m.Raw)
	}
	for _, m := range c.Sync() {
		if m.Is("user") && m.Kind == "" || m.Is("usermessage/error") || m.Is("joined/change") {
			t.Errorf("got %s", m.Raw)
		}
	}
}
