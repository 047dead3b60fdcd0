package group

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// model is a random history of several groups, whose members' views must at any
// time be consistent, and converge.
type model struct {
	*house
	rand  *rand.Rand
	clock *clock
	views []*view
	ids   int
}

// Random interleavings of everything that members can do, with a fixed seed and a
// new one.
func TestModel(t *testing.T) {
	for _, seed := range []uint64{1, 2, uint64(time.Now().UnixNano())} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Logf("seed %d", seed)
			m := newModel(t, seed)
			for step := range 3000 {
				action := m.step()
				for _, v := range m.views {
					if err := v.catchUp(); err != nil {
						t.Fatalf("seed %d, step %d, %s: %v", seed, step, action, err)
					}
					if v.membership == nil {
						continue
					}
					if err := v.compare(); err != nil {
						t.Fatalf("seed %d, step %d, %s: %v", seed, step, action, err)
					}
				}
			}
			m.finish(seed)
		})
	}
}

func newModel(t *testing.T, seed uint64) *model {
	at := &clock{now: time.Date(2026, 7, 29, 12, 0, 0, 0, time.UTC)}
	m := &model{
		rand:  rand.New(rand.NewPCG(seed, 0)),
		clock: at,
	}
	m.house = newHouse(t, func(o *Options) { o.Now = at.Now })
	m.write("test", `{"auto-subgroups": true, `+testGroup[1:])
	m.write("lock", `{"autolock": true, `+testGroup[1:])
	m.write("kick", `{"autokick": true, `+testGroup[1:])
	for range 12 {
		m.views = append(m.views, newView(&client{}))
	}
	return m
}

// current returns the membership of a view, unless it has ended.
func (v *view) current() *Membership {
	if v.membership == nil || v.kicked {
		return nil
	}
	return v.membership
}

// step lets a random client do a random thing, and says what.
func (m *model) step() string {
	m.clock.add(time.Duration(m.rand.IntN(1000)) * time.Millisecond)
	v := m.views[m.rand.IntN(len(m.views))]
	membership := v.current()
	if membership == nil {
		return m.joinOne(v)
	}
	other := m.views[m.rand.IntN(len(m.views))].client.id
	stream := fmt.Sprint("s", m.rand.IntN(8))
	switch m.rand.IntN(16) {
	case 0, 1:
		membership.Leave()
		v.membership = nil
		return "leave " + v.client.id
	case 2:
		membership.UserAction("kick", other, nil)
		return "kick " + other
	case 3, 4:
		kinds := []string{"op", "unop", "present", "unpresent", "shutup", "unshutup"}
		kind := kinds[m.rand.IntN(len(kinds))]
		membership.UserAction(kind, other, nil)
		return kind + " " + other
	case 5:
		kind := []string{"lock", "unlock"}[m.rand.IntN(2)]
		membership.GroupAction(kind, nil)
		return kind
	case 6, 7, 8:
		membership.Chat(ChatRequest{Value: raw("1"), NoEcho: m.rand.IntN(2) == 0})
		return "chat of " + v.client.id
	case 9:
		membership.UserAction("setdata", v.client.id, raw(fmt.Sprintf(`{"k%d": 1}`, m.rand.IntN(4))))
		return "setdata of " + v.client.id
	case 10, 11, 12:
		replace := fmt.Sprint("s", m.rand.IntN(8))
		membership.ReserveStream(stream, replace)
		return fmt.Sprintf("%s reserves %s for %s", v.client.id, stream, replace)
	case 13, 14:
		membership.Announce(&source{id: stream})
		return fmt.Sprintf("%s announces %s", v.client.id, stream)
	default:
		membership.Withdraw(stream)
		return fmt.Sprintf("%s withdraws %s", v.client.id, stream)
	}
}

// joinOne lets a client try to join some group.
func (m *model) joinOne(v *view) string {
	groups := []string{"test", "test/sub", "lock", "kick"}
	users := []Credentials{with("op", "op"), with("ada", "secret"), with("eve", "")}
	m.ids++
	v.client = &client{id: fmt.Sprint("c", m.ids)}
	group, cred := groups[m.rand.IntN(len(groups))], users[m.rand.IntN(len(users))]
	membership, err := m.Join(m.t.Context(), group, v.client, cred, nil)
	v.membership = nil
	if err == nil {
		v.start(membership)
		for _, s := range membership.Streams() {
			v.streams[s.ID()] = ownerOf(membership.Group(), s.ID())
		}
	}
	return fmt.Sprintf("%s joins %s: %v", v.client.id, group, err)
}

// ownerOf returns the member who owns a stream.
func ownerOf(g *Group, id string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.streams[id].owner.id
}

// finish lets everybody leave, after which nothing may be left.
func (m *model) finish(seed uint64) {
	for _, v := range m.views {
		if membership := v.current(); membership != nil {
			membership.Leave()
			v.membership = nil
		}
	}
	for _, v := range m.views {
		v.client.take()
	}
	for _, g := range m.loaded() {
		if len(g.members)+len(g.byID)+len(g.streams) != 0 || g.pins != 0 {
			m.t.Errorf("seed %d: something is left of %s", seed, g.name)
		}
		if strings.Contains(g.name, "/") && g.history.empty(m.clock.Now(), DefaultHistoryAge) {
			m.t.Errorf("seed %d: W-25: %s is still loaded", seed, g.name)
		}
	}
}
