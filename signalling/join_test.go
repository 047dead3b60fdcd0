package signalling_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"galene/internal/testclient"
	"galene/signalling"
)

// keys returns the keys of a message as it came.
func keys(t *testing.T, m testclient.Message) map[string]json.RawMessage {
	t.Helper()
	var object map[string]json.RawMessage
	if err := json.Unmarshal(m.Raw, &object); err != nil {
		t.Fatal(err)
	}
	return object
}

// TestJoinMessages checks what a newcomer and the others get (6.4 to 6.6,
// checklist 8 to 10).
func TestJoinMessages(t *testing.T) {
	type configuration struct {
		ICEServers []string `json:"iceServers"`
	}
	f := newFixture(t, func(o *signalling.Options) {
		o.RTCConfiguration = func() any { return configuration{[]string{"x"}} }
	})
	ada := f.join("ada")
	ada.Sync()
	for i := range 3 {
		ada.Chat(fmt.Sprint(i))
	}
	ada.ActOnGroup("setdata", map[string]any{"topic": "rings"})
	ada.Sync()

	eve := f.connect()
	username := "eve"
	eve.Send(testclient.Message{
		Type: "join", Kind: "join", Group: "test", Username: &username, Password: "secret",
		Data: map[string]any{"raisehand": true},
	})
	got := eve.Expect("joined/join", "chathistory", "chathistory", "chathistory", "user/add", "user/add")
	eve.ExpectQuiet()

	joined := got[0]
	if joined.Group != "test" || joined.User() != "eve" || joined.Permissions != nil ||
		joined.Data["topic"] != "rings" || joined.Status["displayName"] != "Test" ||
		joined.Status["clientCount"] != 2.0 ||
		string(keys(t, joined)["rtcConfiguration"]) != `{"iceServers":["x"]}` {
		t.Errorf("joined: %s", joined.Raw)
	}
	for _, key := range []string{"location", "endpoint"} { // JOIN-12
		if _, ok := joined.Status[key]; ok {
			t.Errorf("status has %s", key)
		}
	}
	for i, m := range got[1:4] {
		if m.Text() != fmt.Sprint(i) || m.Source != ada.ID || m.User() != "ada" || m.ID == "" ||
			m.Time == nil || m.Dest != "" || m.Privileged {
			t.Errorf("history: %s", m.Raw)
		}
	}
	self := got[4]
	if self.ID != eve.ID || self.User() != "eve" || self.Data["raisehand"] != true {
		t.Errorf("user: %s", self.Raw)
	}
	if _, ok := keys(t, self)["permissions"]; ok { // MSG-2
		t.Errorf("user: %s", self.Raw)
	}
	if got[5].ID != ada.ID || len(got[5].Permissions) == 0 {
		t.Errorf("user: %s", got[5].Raw)
	}

	add := ada.Expect("user/add")[0]
	if add.ID != eve.ID || add.User() != "eve" || add.Data["raisehand"] != true {
		t.Errorf("user: %s", add.Raw)
	}

	eve.Leave()
	ada.Expect("user/delete")
	ada.ActOnGroup("lock", nil)
	change := ada.Expect("joined/change")[0]
	if change.Status["locked"] != true || change.Data["topic"] != "rings" || // W-15
		string(keys(t, change)["rtcConfiguration"]) != `{"iceServers":["x"]}` {
		t.Errorf("joined: %s", change.Raw)
	}
}

// TestEmptyConfiguration checks that rtcConfiguration is always there (JOIN-9),
// and that an empty username is (USR-2).
func TestEmptyConfiguration(t *testing.T) {
	f := newFixture(t)
	c := f.connect()
	c.SendJoin("test", "", "")
	m := c.Expect("joined/join")[0]
	if got := string(keys(t, m)["rtcConfiguration"]); got != "{}" {
		t.Errorf("rtcConfiguration %s", got)
	}
	if got := string(keys(t, m)["username"]); got != `""` {
		t.Errorf("username %s", got)
	}
	user := c.Expect("user/add")[0]
	if got := string(keys(t, user)["username"]); got != `""` {
		t.Errorf("username %s", got)
	}
	c.Send(testclient.Message{Type: "join", Kind: "leave", Group: "test"})
	left := c.Expect("joined/leave")[0]
	if got := string(keys(t, left)["rtcConfiguration"]); got != "{}" {
		t.Errorf("rtcConfiguration %s", got)
	}
	if left.Status == nil || left.Permissions != nil || left.User() != "" {
		t.Errorf("got %s", left.Raw)
	}
}

// TestRefusedJoin checks the answer to a refused join, and that it leaves nothing
// behind (JOIN-5, JOIN-8, W-1, checklist 7).
func TestRefusedJoin(t *testing.T) {
	f := newFixture(t)
	f.group("moved", `{"redirect": "https://elsewhere.example/"}`)
	f.group("small", `{"max-clients": 1, "wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"}}`)
	testclient.Join(t, f.url, "small", "first", "")
	tests := []struct {
		name, text, kind, err, value string
	}{
		{"name", `"group":"../x","username":"bob"`, "fail", "", "illegal group name"},
		{"unknown", `"group":"nowhere","username":"bob"`, "fail", "", "group does not exist"},
		{"password", `"group":"test","username":"ada","password":"wrong"`, "fail", "", "not authorised"},
		{"nobody", `"group":"test"`, "fail", "need-username", "username required"},
		{"token", `"group":"test","token":"x","password":"secret","username":"ada"`, "fail", "", "not authorised"},
		{"full", `"group":"small","username":"bob"`, "fail", "", "too many users"},
		{"redirect", `"group":"moved"`, "redirect", "", "https://elsewhere.example/"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := f.connect()
			c.SendRaw(`{"type":"join","kind":"join",` + test.text + `}`)
			m := c.Expect("joined/" + test.kind)[0]
			if m.Text() != test.value || m.User() != "" || m.Group == "" ||
				test.err != "" && m.Error != test.err {
				t.Errorf("got %s", m.Raw)
			}
			for _, key := range []string{"permissions", "status", "data", "rtcConfiguration"} {
				if _, ok := keys(t, m)[key]; ok {
					t.Errorf("got %s", m.Raw)
				}
			}
			c.Send(testclient.Message{Type: "offer", ID: "x", SDP: "v=0"})
			c.Expect("abort", "usermessage/error")
			none := ""
			c.Send(testclient.Message{Type: "ping", Username: &none})
			c.Expect("pong")
			c.Join("test", "bob", "")
			c.Cut()
		})
	}
}

// TestIDs checks empty and duplicate ids (W-14, checklist 28).
func TestIDs(t *testing.T) {
	f := newFixture(t)
	bob := f.join("bob")
	other := testclient.Dial(t, f.url)
	other.ID = bob.ID
	other.Handshake()
	other.SendJoin("test", "carl", "")
	if m := other.Expect("joined/fail")[0]; m.Error != "duplicate-id" || m.Text() != "duplicate client id" {
		t.Errorf("got %s", m.Raw)
	}
	bob.ExpectQuiet()

	nobody := testclient.Dial(t, f.url)
	nobody.ID = ""
	nobody.Handshake()
	nobody.SendJoin("test", "dora", "")
	if m := nobody.Expect("joined/fail")[0]; m.Text() != "empty client id" {
		t.Errorf("got %s", m.Raw)
	}
	nobody.Chat("x")
	m := nobody.Expect("usermessage/error")[0]
	if _, ok := keys(t, m)["dest"]; ok {
		t.Errorf("got %s", m.Raw)
	}
}

// TestTooManyFailedJoins checks W-22.
func TestTooManyFailedJoins(t *testing.T) {
	f := newFixture(t)
	c := f.connect()
	for range 10 {
		c.SendJoin("nowhere", "bob", "")
		c.Expect("joined/fail")
	}
	c.ExpectError("too many failed joins")
	c.ExpectClose(1000, "too many failed joins")
}

// TestUsernameAfterLeaving checks the last sentence of MSG-4.
func TestUsernameAfterLeaving(t *testing.T) {
	f := newFixture(t)
	c := f.join("bob")
	c.Leave()
	bob, none := "bob", ""
	c.SendJoin("nowhere", "carl", "")
	c.Expect("joined/fail")
	c.Send(testclient.Message{Type: "ping", Username: &bob})
	c.Expect("pong")
	c.Send(testclient.Message{Type: "ping", Username: &none})
	c.ExpectError("spoofed username")
}

// TestDisconnection checks that others see a member go, however it goes (6.10).
func TestDisconnection(t *testing.T) {
	f := newFixture(t)
	ada := f.join("ada")
	for name, end := range map[string]func(*testclient.Client){
		"leave":     func(c *testclient.Client) { c.Leave() },
		"close":     func(c *testclient.Client) { c.SendClose(1000, "") },
		"cut":       func(c *testclient.Client) { c.Cut() },
		"violation": func(c *testclient.Client) { c.SendRaw("{}") },
		"malformed": func(c *testclient.Client) { c.SendRaw("{") },
	} {
		t.Run(name, func(t *testing.T) {
			c := f.join("bob")
			end(c)
			m := ada.Await("user/delete")
			if m.ID != c.ID || m.User() != "bob" || m.Permissions != nil || m.Data != nil {
				t.Errorf("got %s", m.Raw)
			}
		})
	}
	ada.ExpectQuiet()
}

// TestOrderUnderLoad checks ORD-2 for newcomers while others chat, and that no
// message is seen twice or missed (checklist 8).
func TestOrderUnderLoad(t *testing.T) {
	f := newFixture(t, limits(func(l *signalling.Limits) {
		l.Chat = signalling.Rate{PerSecond: 1e6, Burst: 1e6}
		l.Messages = l.Chat
	}))
	stop := make(chan struct{})
	var talking sync.WaitGroup
	for range 2 {
		c := f.join("talker")
		talking.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				case <-c.Ended():
					t.Error("a talker has been dropped")
					return
				default:
				}
				c.Chat(fmt.Sprint(i))
				c.Sync()
			}
		})
	}
	for range 100 {
		c := f.connect()
		c.SendJoin("test", "bob", "")
		state, last := "joined/join", map[string]int{}
		live := 0
		for live < 4 {
			m := c.Next()
			switch {
			case m.Is("joined/join") && state == "joined/join":
				state = "chathistory"
				continue
			case m.Is("user/add") && m.ID == c.ID && state == "chathistory":
				state = "user/add"
				continue
			case m.Is("user") && m.ID != c.ID && state == "user/add":
				continue
			case m.Is("chathistory") && state == "chathistory":
			case m.Is("chat") && state == "user/add":
				live++
			default:
				t.Fatalf("%s while %s", m.Raw, state)
			}
			var n int
			fmt.Sscan(m.Text(), &n)
			if previous, ok := last[m.Source]; ok && n != previous+1 {
				t.Fatalf("message %d after %d", n, previous)
			}
			last[m.Source] = n
		}
		c.Cut()
	}
	close(stop)
	talking.Wait()
}

// TestJoiningAndLeaving has 20 clients join and leave at once (checklist 32).
func TestJoiningAndLeaving(t *testing.T) {
	f := newFixture(t)
	witness := f.join("witness")
	var clients sync.WaitGroup
	for i := range 20 {
		c := f.connect()
		clients.Go(func() {
			for range 10 {
				c.SendJoin("test", fmt.Sprint("client", i), "")
				c.Send(testclient.Message{Type: "request", Request: map[string][]string{"": {"audio"}}})
				c.Act("setdata", c.ID, map[string]any{"x": i})
				c.Send(testclient.Message{Type: "join", Kind: "leave", Group: "test"})
			}
			for range 10 {
				c.Await("joined/join")
				c.Await("joined/leave")
			}
			c.Join("test", fmt.Sprint("client", i), "")
			c.Cut()
		})
	}
	clients.Wait()
	// USR-4: every member is added, then perhaps changed, then deleted.
	present := make(map[string]bool)
	for deletions := 0; deletions < 20*11; {
		m := witness.Await("user")
		switch m.Kind {
		case "add":
			if present[m.ID] {
				t.Fatalf("added twice: %s", m.Raw)
			}
			present[m.ID] = true
		case "change":
			if !present[m.ID] {
				t.Fatalf("change of an absent member: %s", m.Raw)
			}
		case "delete":
			if !present[m.ID] {
				t.Fatalf("deletion of an absent member: %s", m.Raw)
			}
			delete(present, m.ID)
			deletions++
		}
	}
	witness.ExpectQuiet()
}
