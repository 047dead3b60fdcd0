package group

import (
	"fmt"
	"testing"
)

// What the named sets stand for, with the additions that options make, and that
// lists are taken verbatim (8.2, PERM-1, PERM-3, PERM-5).
func TestPermissionSets_PERM1_PERM3(t *testing.T) {
	const recording, tokens = `"allow-recording": true,`, `"unrestricted-tokens": true,`
	tests := []struct{ options, permissions, want string }{
		{``, `"op"`, "caption message op present token"},
		{recording, `"op"`, "caption message op present record token"},
		{tokens, `"op"`, "caption message op present token"},
		{``, `"present"`, "message present"},
		{recording, `"present"`, "message present"},
		{tokens, `"present"`, "message present token"},
		{recording + tokens, `"message"`, "message"},
		{recording + tokens, `"observe"`, ""},
		{recording + tokens, `"caption"`, "caption"},
		{``, `"admin"`, "admin"},
		{``, `null`, ""},
		{``, `[]`, ""},
		{recording + tokens, `["op"]`, "op"},
		{recording + tokens, `["present", "x y", "op"]`, "op present x y"},
	}
	for _, test := range tests {
		t.Run(test.options+test.permissions, func(t *testing.T) {
			h := newHouse(t)
			h.write("g", fmt.Sprintf(`{%s "wildcard-user": {"password": {"type": "wildcard"}, "permissions": %s}}`,
				test.options, test.permissions))
			_, m := h.join("g", "1", with("eve", ""))
			if got := permissionsOf(m); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// Permissions are expanded when a member joins; an edit of the description does not
// touch those present (PERM-2), and counts for those who come later.
func TestPermissionsStay_PERM2(t *testing.T) {
	h := newHouse(t)
	_, before := h.ada("1")
	h.write("test", `{"unrestricted-tokens": true, `+testGroup[1:])
	_, after := h.ada("2")
	if permissionsOf(before) != "message present" || permissionsOf(after) != "message present token" {
		t.Errorf("%s, then %s", permissionsOf(before), permissionsOf(after))
	}
}

// Operators may act on themselves (UA-3), and what they then may not do is refused
// at once (PERM-6).
func TestActingOnOneself_UA3_PERM6(t *testing.T) {
	h := newHouse(t)
	c, op := h.op("op")
	wantError(t, op.UserAction("shutup", "op", nil), "")
	c.want(t, "joined/change user/change:op")
	wantError(t, op.Chat(ChatRequest{}), "not authorised")
	wantError(t, op.UserAction("unshutup", "op", nil), "")
	wantError(t, op.Chat(ChatRequest{Value: raw("1")}), "")
	wantError(t, op.UserAction("identify", "op", nil), "")
	c.want(t, "joined/change user/change:op chat:1 message/warning message/userinfo")
	wantError(t, op.UserAction("unop", "op", nil), "")
	wantError(t, op.UserAction("op", "op", nil), "not authorised")
	c.want(t, "joined/change user/change:op")
}
