package signalling_test

import (
	"fmt"
	"testing"
	"time"

	"galene/group/token"
	"galene/internal/testclient"
)

// A token decides on the username, whatever the client asks for; going on under the
// other one is fatal (JOIN-10, MSG-4, checklist 11).
func TestTokenFixesUsername_JOIN10(t *testing.T) {
	f := newFixture(t)
	expires, fixed := time.Now().Add(time.Hour), "carl"
	err := f.registry.Tokens().Add(&token.Token{
		Token: "t", Group: "test", Username: &fixed, Permissions: []string{"message"}, Expires: &expires,
	})
	if err != nil {
		t.Fatal(err)
	}
	join := func() *testclient.Client {
		c := f.connect()
		c.SendRaw(`{"type":"join","kind":"join","group":"test","username":"bob","token":"t"}`)
		got := c.Expect("joined/join", "user/add")
		if got[0].User() != "carl" || got[1].User() != "carl" || len(got[0].Permissions) != 1 {
			t.Errorf("got %v", got)
		}
		return c
	}
	c := join()
	c.SendRaw(`{"type":"chat","username":"carl","value":"x"}`)
	if m := c.Expect("chat")[0]; m.User() != "carl" {
		t.Errorf("got %s", m.Raw)
	}
	c.SendRaw(`{"type":"chat","username":"bob","value":"x"}`)
	c.ExpectError("spoofed username")
	c.ExpectClose(1002, "spoofed username")
}

// A token is made, shows up, admits, is revoked and admits no more; the browser joins
// twice with it (TOK-1 to TOK-8, AUTH-9, checklist 23 and 24).
func TestLifeOfAToken_TOK6_AUTH9(t *testing.T) {
	f := newFixture(t)
	ada := f.join("ada")
	ada.Sync()
	ada.ActOnGroup("maketoken", map[string]any{
		"group": "test", "expires": 3600000, "permissions": []string{"present"},
	})
	made, _ := ada.Expect("usermessage/token")[0].Value.(map[string]any)
	secret, _ := made["token"].(string)
	if len(secret) != 11 || made["issuedBy"] != "ada" || made["group"] != "test" {
		t.Fatalf("got %v", made)
	}
	for range 2 {
		probe := f.connect()
		probe.SendRaw(`{"type":"join","kind":"join","group":"test","token":"` + secret + `"}`)
		if m := probe.Expect("joined/fail")[0]; m.Error != "need-username" {
			t.Errorf("got %s", m.Raw)
		}
		probe.Cut()
		taken := f.connect()
		taken.SendRaw(`{"type":"join","kind":"join","group":"test","username":"ada","token":"` + secret + `"}`)
		if m := taken.Expect("joined/fail")[0]; m.Error != "duplicate-username" || m.Text() != "this username is taken" {
			t.Errorf("got %s", m.Raw)
		}
		c := f.connect()
		c.SendRaw(`{"type":"join","kind":"join","group":"test","username":"guest","token":"` + secret + `"}`)
		if m := c.Expect("joined/join")[0]; fmt.Sprint(m.Permissions) != "[present]" {
			t.Errorf("got %s", m.Raw)
		}
		c.Cut()
	}
	ada.ActOnGroup("edittoken", map[string]any{"token": secret, "expires": -1000})
	ada.AwaitWhere("the answer", func(m testclient.Message) bool { return m.Is("usermessage/token") && m.Error == "" })
	late := f.connect()
	late.SendRaw(`{"type":"join","kind":"join","group":"test","username":"guest","token":"` + secret + `"}`)
	if m := late.Expect("joined/fail")[0]; m.Text() != "not authorised" {
		t.Errorf("got %s", m.Raw)
	}
	ada.ActOnGroup("listtokens", nil)
	list, _ := ada.Await("usermessage/tokenlist").Value.([]any)
	if len(list) != 1 {
		t.Errorf("got %v", list)
	}
}

// Leaving forgets permissions, data and what was requested, and says nothing about the
// others (JOIN-17, JOIN-18, STATE-2).
func TestLeavingForgets_JOIN18(t *testing.T) {
	f := newFixture(t)
	ada, bob := f.join("ada"), f.join("bob")
	bob.Request(everything)
	bob.Act("setdata", bob.ID, map[string]any{"raisehand": true})
	bob.Sync()
	bob.Send(testclient.Message{Type: "join", Kind: "leave", Group: "test"})
	left := bob.Expect("joined/leave")[0]
	if left.Permissions != nil || left.Status["clientCount"] != 1.0 {
		t.Errorf("got %s", left.Raw)
	}
	bob.SendRaw(offerWithoutGroup)
	bob.Expect("abort", "usermessage/error")
	bob.ExpectQuiet()
	bob.SendJoin("test", "bob", "")
	got := bob.Expect("joined/join", "user/add", "user/add")
	if got[1].Data != nil {
		t.Errorf("got %s", got[1].Raw)
	}
	up := ada.Publish("camera", camera(t))
	up.AwaitAnswers(1)
	up.AwaitConnected()
	ada.Chat("now")
	ada.Await("chat")
	for _, m := range bob.Sync() {
		if m.Is("offer") {
			t.Error("the request was not forgotten")
		}
	}
}

// An id is whatever the client says, taken or not, until it joins (WS-16, JOIN-5,
// checklist 28).
func TestAnyID_WS16(t *testing.T) {
	f := newFixture(t)
	for _, id := range []string{"x", "ä \u0001/..", string(make([]byte, 200))} {
		first, second := testclient.Dial(t, f.url), testclient.Dial(t, f.url)
		first.ID, second.ID = id, id
		first.Handshake()
		second.Handshake()
		first.Join("test", "bob", "")
		second.SendJoin("test", "carl", "")
		if m := second.Expect("joined/fail")[0]; m.Error != "duplicate-id" || m.Text() != "duplicate client id" {
			t.Errorf("got %s", m.Raw)
		}
		first.Chat("undisturbed")
		first.Await("chat")
		first.Cut()
		second.Cut()
	}
}
