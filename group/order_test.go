package group

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
)

// Newcomers under chat load get each message exactly once, first as history, then
// live, in order and without a gap (ORD-2, ORD-4, ORD-7, W-18, checklist 8).
func TestOrderUnderLoad_W18(t *testing.T) {
	h := newHouse(t)
	_, op := h.op("op")
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if err := op.Chat(ChatRequest{Value: raw(strconv.Itoa(i))}); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	live := 0
	for i := range 1000 {
		c, m := h.join("test", strconv.Itoa(i), with("ada", "secret"))
		m.Leave()
		events := c.take()
		if got := names(events[:1]); got != "joined/join" {
			t.Fatalf("first comes %s", got)
		}
		var chats []Chat
		var users []string
		for _, ev := range events[1:] {
			switch ev := ev.(type) {
			case Chat:
				if ev.History && len(users) > 0 {
					t.Fatalf("history comes after users: %s", names(events))
				}
				if !ev.History {
					live++
					if len(users) != 2 {
						t.Fatalf("live chat comes before users: %s", names(events))
					}
				}
				chats = append(chats, ev)
			case User:
				users = append(users, ev.ID)
			}
		}
		if want := strconv.Itoa(i) + " op"; strings.Join(users, " ") != want {
			t.Fatalf("users are %v, want %s", users, want)
		}
		for j := 1; j < len(chats); j++ {
			if number(t, chats[j]) != number(t, chats[j-1])+1 {
				t.Fatalf("a gap or repetition: %s", names(events))
			}
		}
	}
	close(stop)
	<-done
	t.Logf("%d messages came live", live)
}

// number is the value of a message.
func number(t *testing.T, c Chat) int {
	t.Helper()
	n, err := strconv.Atoi(string(c.Value.(json.RawMessage)))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
