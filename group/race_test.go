package group

import (
	"fmt"
	"sync"
	"testing"
)

// Twenty clients join, chat, act on one another and leave at once (W-4, checklist 32).
func TestConcurrentMembers_W4(t *testing.T) {
	const clients, rounds = 20, 60
	h := newHouse(t)
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			for round := range rounds {
				v := newView(&client{id: fmt.Sprintf("%d-%d", i, round)})
				cred := with("ada", "secret")
				if i%4 == 0 {
					cred = with("op", "op")
				}
				m, err := h.Join(t.Context(), "test", v.client, cred, Data{"round": raw("1")})
				if err != nil {
					t.Errorf("client %d: %v", i, err)
					return
				}
				other := fmt.Sprintf("%d-%d", (i+round)%clients, round)
				stream := fmt.Sprintf("s%d-%d", i, round)
				m.Chat(ChatRequest{Value: raw(fmt.Sprint(round))})
				m.UserAction("setdata", v.client.id, raw(`{"x": 1}`))
				if m.ReserveStream(stream, "") == nil {
					m.Announce(&source{id: stream})
				}
				m.UserAction("unpresent", other, nil)
				m.UserAction("present", other, nil)
				if round%5 == 0 {
					m.UserAction("kick", other, nil)
				}
				m.GroupAction("setdata", raw(fmt.Sprintf(`{"k": %d}`, round)))
				h.Status("test")
				m.Info()
				if i == 0 {
					h.writeAtomically("test", fmt.Sprintf(`{"max-clients": %d, %s`, 100+round, testGroup[1:]))
					h.scan()
				}
				m.Streams()
				m.Leave()
				v.start(m)
				if err := v.catchUp(); err != nil {
					t.Error(err)
				}
				m.Chat(ChatRequest{Value: raw("0")})
				if events := v.client.take(); len(events) != 0 {
					t.Errorf("after leaving: %s", names(events))
				}
			}
		})
	}
	wg.Wait()
	for _, g := range h.loaded() {
		if len(g.members)+len(g.streams) != 0 || g.pins != 0 {
			t.Errorf("%d members, %d streams, %d pins are left", len(g.members), len(g.streams), g.pins)
		}
	}
}
