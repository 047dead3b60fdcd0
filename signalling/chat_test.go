package signalling_test

import (
	"fmt"
	"strings"
	"testing"

	"galene/internal/testclient"
)

// TestChat checks CHAT-1 to CHAT-7 as a client sees them (checklist 15, 16).
func TestChat(t *testing.T) {
	f := newFixture(t)
	ada, bob := f.join("ada"), f.join("bob")
	ada.Sync()
	bob.Sync()

	ada.SendRaw(`{"type":"chat","kind":"me","value":"hello <b>"}`)
	for _, c := range []*testclient.Client{ada, bob} {
		m := c.Expect("chat/me")[0]
		// W-16: attributed, though the client did not say who it is.
		if m.Source != ada.ID || m.User() != "ada" || m.Text() != "hello <b>" ||
			!m.Privileged || len(m.ID) != 11 || m.Dest != "" || m.NoEcho {
			t.Errorf("got %s", m.Raw)
		}
		if !strings.Contains(string(m.Raw), "<b>") {
			t.Errorf("needless escapes: %s", m.Raw)
		}
	}

	bob.SendRaw(`{"type":"chat","id":"mine","noecho":true,"value":""}`)
	m := ada.Expect("chat")[0]
	if m.ID != "mine" || m.Privileged || m.Value != "" || string(keys(t, m)["value"]) != `""` {
		t.Errorf("got %s", m.Raw)
	}
	bob.ExpectQuiet()

	bob.SendRaw(`{"type":"chat","dest":"` + ada.ID + `","value":{"any":[1,null,"\u003c"]}}`)
	m = ada.Expect("chat")[0]
	if m.ID != "" || m.Dest != ada.ID || string(keys(t, m)["value"]) != `{"any":[1,null,"\u003c"]}` {
		t.Errorf("got %s", m.Raw)
	}
	bob.ExpectQuiet()

	bob.SendRaw(`{"type":"chat","dest":"nobody","value":"x"}`)
	bob.ExpectError("user unknown")

	// Every value is passed on as it is, null excepted (section 3.1).
	for _, value := range []string{`false`, `0`, `[]`, `{}`, `-1.50e3`, `"\ud83d\ude00"`} {
		bob.SendRaw(`{"type":"usermessage","kind":"any","dest":"` + bob.ID + `","value":` + value + `}`)
		m = bob.Expect("usermessage/any")[0]
		if got := string(keys(t, m)["value"]); got != value {
			t.Errorf("value %s became %s", value, got)
		}
	}
	bob.SendRaw(`{"type":"usermessage","kind":"any","dest":"` + bob.ID + `","value":null}`)
	if _, ok := keys(t, bob.Expect("usermessage/any")[0])["value"]; ok {
		t.Error("null is not absence")
	}

	eve := f.join("eve")
	eve.Chat("x")
	eve.AwaitWhere("the refusal", func(m testclient.Message) bool { return m.Text() == "not authorised" })

	// Private messages and user messages are not kept.
	dora := f.connect()
	dora.SendJoin("test", "dora", "")
	dora.Expect("joined/join", "chathistory/me", "chathistory", "user/add")
}

// TestChatTooLarge checks the limits of W-22.
func TestChatTooLarge(t *testing.T) {
	f := newFixture(t)
	bob := f.join("bob")
	bob.Sync()
	bob.Chat(strings.Repeat("x", 65<<10))
	bob.Expect("usermessage/error")
	bob.Send(testclient.Message{Type: "chat", Dest: bob.ID, Value: strings.Repeat("x", 65<<10)})
	bob.Expect("chat")
	bob.Send(testclient.Message{Type: "chat", Dest: bob.ID, Value: strings.Repeat("x", 300<<10)})
	bob.Expect("usermessage/error")
}

// TestChatOrder checks ORD-1 and ORD-4.
func TestChatOrder(t *testing.T) {
	f := newFixture(t)
	ada, bob := f.join("ada"), f.join("bob")
	ada.Sync()
	bob.Sync()
	for i := range 100 {
		bob.Send(testclient.Message{Type: "usermessage", Kind: "n", Value: fmt.Sprint(i), NoEcho: true})
		bob.Send(testclient.Message{Type: "usermessage", Kind: "n", Value: fmt.Sprint(i), Dest: bob.ID})
	}
	for i := range 100 {
		for _, c := range []*testclient.Client{ada, bob} {
			if m := c.Expect("usermessage/n")[0]; m.Text() != fmt.Sprint(i) {
				t.Fatalf("got %s, want %d", m.Raw, i)
			}
		}
	}
}

// TestFileTransfer checks that what clients send one another to that end arrives
// unchanged (9.2).
func TestFileTransfer(t *testing.T) {
	f := newFixture(t)
	ada, bob := f.join("ada"), f.join("bob")
	ada.Sync()
	bob.Sync()
	value := `{"type":"invite","version":["1"],"id":"t1","name":"a.txt","size":3,"mimetype":"text/plain"}`
	bob.SendRaw(`{"type":"usermessage","kind":"filetransfer","source":"` + bob.ID +
		`","dest":"` + ada.ID + `","username":"bob","value":` + value + `}`)
	m := ada.Expect("usermessage/filetransfer")[0]
	if m.Source != bob.ID || m.User() != "bob" || m.Dest != ada.ID || string(keys(t, m)["value"]) != value {
		t.Errorf("got %s", m.Raw)
	}
}
