package group

import (
	"fmt"
	"sync"
	"testing"

	"galene/group/token"
)

// Somebody changes its data, and is muted, while it leaves or is kicked: nobody hears
// of a change after the delete (USR-4, W-4, checklist 20).
func TestNoChangeAfterDelete_USR4_W4(t *testing.T) {
	h := newHouse(t)
	watcher := newView(&client{id: "watcher"})
	op, err := h.Join(t.Context(), "test", watcher.client, with("op", "op"), nil)
	if err != nil {
		t.Fatal(err)
	}
	watcher.start(op)
	for i := range 1000 {
		id := fmt.Sprint(i)
		_, m := h.ada(id)
		var racing sync.WaitGroup
		racing.Go(func() {
			for j := range 3 {
				_ = m.UserAction("setdata", id, raw(fmt.Sprintf(`{"n": %d}`, j))) // it may have gone
			}
		})
		racing.Go(func() { _ = op.UserAction("shutup", id, nil) })
		racing.Go(func() {
			if i%2 == 0 {
				m.Leave()
			} else {
				_ = op.UserAction("kick", id, nil)
			}
		})
		racing.Wait()
		if err := watcher.catchUp(); err != nil {
			t.Fatal(err)
		}
		if len(watcher.members) != 1 {
			t.Fatalf("the watcher believes in %v", watcher.members)
		}
	}
}

// Several operators edit one token at a time: each edit is made or refused, none is
// lost (STK-9, checklist 24).
func TestConcurrentEdits_STK9(t *testing.T) {
	h := newHouse(t)
	c, op := h.op("op")
	wantError(t, op.GroupAction("maketoken", raw(`{"group": "test", "expires": 1000000}`)), "")
	made := c.reply(t)
	var editors sync.WaitGroup
	clients := make([]*client, 8)
	for i := range clients {
		var m *Membership
		clients[i], m = h.op(fmt.Sprint("op", i))
		name := encode(t, made.Value.(*token.Token).Token)
		editors.Go(func() {
			for j := range 5 {
				err := m.GroupAction("edittoken", raw(fmt.Sprintf(`{"token": %s, "expires": %d}`, name, 1000*(i*5+j))))
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	editors.Wait()
	edited := 0
	for _, c := range clients {
		for _, ev := range c.take() {
			reply, ok := ev.(UserMessage)
			switch {
			case !ok:
			case reply.Error == "":
				edited++
			case reply.Value != "tag mismatch":
				t.Errorf("got %+v", reply)
			}
		}
	}
	if edited == 0 {
		t.Error("nobody succeeded")
	}
	t.Logf("%d of 40 edits were made", edited)
}
