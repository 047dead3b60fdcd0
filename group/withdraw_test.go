package group

import (
	"testing"
	"time"

	"galene/group/token"
)

// A member whose entry goes away keeps its rights (PERM-2), unless the server is
// told to withdraw them (W-30).
func TestWithdrawnRights_W30(t *testing.T) {
	const (
		withoutAda      = `{"users": {"op": {"password": "op", "permissions": "op"}}, "wildcard-user": {"password": "x", "permissions": "message"}}`
		withoutWildcard = `{"users": {"op": {"password": "op", "permissions": "observe"}, "ada": {"permissions": "observe"}}}`
	)
	for _, withdraw := range []bool{false, true} {
		h := newHouse(t, func(o *Options) { o.WithdrawRights = withdraw })
		expires := time.Now().Add(time.Hour)
		err := h.Tokens().Add(&token.Token{Token: "t", Group: "test", Permissions: []string{"message"}, Expires: &expires})
		if err != nil {
			t.Fatal(err)
		}
		op, _ := h.op("op")
		ada, adam := h.ada("ada")
		eve, evem := h.join("test", "eve", with("eve", ""))
		bob, bobm := h.join("test", "bob", Credentials{Token: "t", Username: with("bob", "").Username})
		wantError(t, adam.ReserveStream("s", ""), "")
		adam.Announce(&source{id: "s"})
		clients := []*client{op, ada, eve, bob}
		forget := func() {
			for _, c := range clients {
				c.take()
			}
		}
		reload := func(content string) {
			t.Helper()
			forget()
			h.write("test", content)
			if _, err := h.Status("test"); err != nil {
				t.Fatal(err)
			}
		}
		reload(withoutAda)
		if !withdraw {
			for _, c := range clients {
				c.want(t, "joined/change")
			}
			if permissionsOf(adam) != "message present" {
				t.Errorf("ada has %s", permissionsOf(adam))
			}
			continue
		}
		ada.want(t, "joined/change revoked:s user/change:ada")
		op.want(t, "joined/change closed:s user/change:ada")
		if permissionsOf(adam) != "" || permissionsOf(evem) != "message" {
			t.Errorf("ada has %s, eve has %s", permissionsOf(adam), permissionsOf(evem))
		}
		reload(withoutWildcard)
		eve.want(t, "joined/change user/change:eve")
		if permissionsOf(evem) != "" || permissionsOf(bobm) != "message" {
			t.Errorf("eve has %s, bob has %s", permissionsOf(evem), permissionsOf(bobm))
		}
		// An entry that changes is none that goes (PERM-2).
		op.take()
		reload(`{"displayName": "x", ` + withoutWildcard[1:])
		op.want(t, "joined/change")
	}
}
