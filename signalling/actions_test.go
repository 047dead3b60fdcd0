package signalling_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"galene/internal/testclient"
)

// TestKick checks UA-7, UA-8, WS-26 to WS-28 and W-13 (checklist 18).
func TestKick(t *testing.T) {
	f := newFixture(t)
	ada := f.join("ada")
	ada.Sync()
	long := strings.Repeat("ä", 100)
	tests := []struct {
		name, value, text, reason string
	}{
		{"no message", ``, "you have been kicked out", "kicked out by ada"},
		{"number", `,"value":7`, "you have been kicked out", "kicked out by ada"},
		{"message", `,"value":"spam"`, "spam", "kicked out (spam) by ada"},
		{"200 bytes", `,"value":"` + long + `"`, long, ("kicked out (" + long)[:122]},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bob := f.join("bob")
			bob.Sync()
			ada.Expect("user/add")
			// W-16: attributed, though the request does not say who it is.
			ada.SendRaw(`{"type":"useraction","kind":"kick","dest":"` + bob.ID + `"` + test.value + `}`)
			m := bob.Expect("usermessage/kicked")[0]
			if m.Text() != test.text || m.ID != ada.ID || m.User() != "ada" || m.Dest != bob.ID ||
				!m.Privileged || m.Source != "" {
				t.Errorf("got %s", m.Raw)
			}
			if !utf8.ValidString(test.reason) || len(test.reason) > 123 {
				t.Fatalf("bad test: %q", test.reason)
			}
			bob.ExpectClose(1000, test.reason)
			if m := ada.Expect("user/delete")[0]; m.ID != bob.ID {
				t.Errorf("got %s", m.Raw)
			}
		})
	}
}

// TestKickOneself checks that the order is right for the kicker too.
func TestKickOneself(t *testing.T) {
	f := newFixture(t)
	ada := f.join("ada")
	ada.Sync()
	ada.Act("kick", ada.ID, nil)
	ada.Expect("usermessage/kicked")
	ada.ExpectClose(1000, "kicked out by ada")
}

// TestAutokick checks a kick by the server (GRP-13).
func TestAutokick(t *testing.T) {
	f := newFixture(t)
	f.group("auto", `{"autokick": true,
		"users": {"ada": {"password": "secret", "permissions": "op"}},
		"wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"}}`)
	ada := testclient.Join(t, f.url, "auto", "ada", "secret")
	bob := testclient.Join(t, f.url, "auto", "bob", "")
	bob.Sync()
	ada.Cut()
	const text = "there are no operators in this group"
	m := bob.AwaitWhere("kicked", func(m testclient.Message) bool { return m.Is("usermessage/kicked") })
	if m.Text() != text || m.ID != "" || m.Username != nil {
		t.Errorf("got %s", m.Raw)
	}
	bob.ExpectClose(1000, "kicked out ("+text+")")
}

// TestPermissions checks that what is not permitted is refused (8.3,
// checklist 12).
func TestPermissions(t *testing.T) {
	f := newFixture(t)
	eve, ada := f.join("eve"), f.join("ada")
	eve.Sync()
	ada.Sync()
	for _, kind := range []string{"op", "unop", "present", "unpresent", "shutup", "unshutup", "identify", "kick"} {
		eve.Act(kind, ada.ID, nil)
		eve.ExpectError("not authorised")
	}
	for _, kind := range []string{"clearchat", "lock", "unlock", "subgroups", "setdata", "record", "unrecord"} {
		eve.ActOnGroup(kind, map[string]any{})
		eve.ExpectError("not authorised")
	}
	for _, text := range []string{`{"type":"chat"}`, `{"type":"chat","kind":"caption"}`, `{"type":"usermessage"}`} {
		eve.SendRaw(text)
		eve.ExpectError("not authorised")
	}
	eve.Act("setdata", ada.ID, map[string]any{})
	eve.ExpectError("not authorised")
	ada.ExpectQuiet()
}

// TestChangingPermissions checks PERM-8 without streams, and that the new
// permissions count at once.
func TestChangingPermissions(t *testing.T) {
	f := newFixture(t)
	ada, bob := f.join("ada"), f.join("bob")
	ada.Sync()
	bob.Sync()
	ada.Act("shutup", bob.ID, nil)
	got := bob.Expect("joined/change", "user/change")
	if slices.Contains(got[0].Permissions, "message") || slices.Contains(got[1].Permissions, "message") ||
		got[1].ID != bob.ID || got[0].RTCConfiguration == nil {
		t.Errorf("got %v", got)
	}
	ada.Expect("user/change")
	bob.Chat("x")
	bob.ExpectError("not authorised")
	ada.Act("unshutup", bob.ID, nil)
	bob.Expect("joined/change", "user/change")
	bob.Chat("x")
	bob.Expect("chat")
	ada.Act("op", "nobody", nil)
	ada.Await("chat")
	ada.ExpectError("no such user")
}

// TestIdentify checks UA-5 and UA-6 (checklist 19).
func TestIdentify(t *testing.T) {
	f := newFixture(t)
	ada, bob := f.join("ada"), f.join("bob")
	ada.Sync()
	bob.Sync()
	ada.Act("identify", bob.ID, nil)
	m := bob.Expect("usermessage/warning")[0]
	if m.Text() != "Your IP address has been communicated to user ada." || m.Dest != bob.ID || !m.Privileged {
		t.Errorf("got %s", m.Raw)
	}
	m = ada.Expect("usermessage/userinfo")[0]
	info, _ := m.Value.(map[string]any)
	if info["id"] != bob.ID || info["username"] != "bob" || m.Dest != "" || !m.Privileged ||
		info["address"] != bob.Socket().LocalAddr().String() {
		t.Errorf("got %s", m.Raw)
	}
}

// TestLock checks GA-5 and that permissions shape what a refused client learns
// (checklist 21).
func TestLock(t *testing.T) {
	f := newFixture(t)
	ada := f.join("ada")
	ada.Sync()
	ada.ActOnGroup("lock", "come back later")
	ada.Expect("joined/change")
	bob := f.connect()
	bob.SendJoin("test", "bob", "")
	if m := bob.Expect("joined/fail")[0]; m.Text() != "come back later" {
		t.Errorf("got %s", m.Raw)
	}
	other := f.join("ada")
	other.Cut()
	ada.ActOnGroup("unlock", nil)
	ada.AwaitWhere("unlocked", func(m testclient.Message) bool {
		return m.Is("joined/change") && m.Status["locked"] == nil
	})
	bob.Join("test", "bob", "")
}

// TestClearChat checks what goes out (GA-4), and wrong values.
func TestClearChat(t *testing.T) {
	f := newFixture(t)
	ada := f.join("ada")
	ada.Sync()
	ada.ActOnGroup("clearchat", nil)
	m := ada.Expect("usermessage/clearchat")[0]
	if _, ok := keys(t, m)["value"]; ok || !m.Privileged || m.Source != "" || m.Time != nil {
		t.Errorf("got %s", m.Raw)
	}
	ada.ActOnGroup("clearchat", map[string]any{"id": "x"})
	ada.ExpectError("bad value in clearchat")
}
