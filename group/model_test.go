package group

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// model is a random history of several groups, whose members' views must at any
// time be consistent, and converge.  It predicts which actions are refused and which
// chat messages come to whom.
type model struct {
	*house
	rand      *rand.Rand
	clock     *clock
	views     []*view
	ids       int
	messages  int
	histories map[*Group][]modelMessage
	log       strings.Builder // of everything that happened
}

type modelMessage struct{ source, value string }

// Random interleavings of everything that members can do, with fixed seeds and a new
// one (section 19: ORD-2, ORD-3, ORD-4, ORD-6, ORD-7; USR-3, USR-4, PERM-6, W-4).
func TestModel(t *testing.T) {
	for _, seed := range []uint64{1, 2, uint64(time.Now().UnixNano())} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Logf("seed %d", seed)
			newModel(t, seed).run(3000)
		})
	}
}

// The same inputs give the same events, down to the last byte.
func TestDeterminism(t *testing.T) {
	first, second := newModel(t, 3), newModel(t, 3)
	first.run(1500)
	second.run(1500)
	a, b := strings.Split(first.log.String(), "\n"), strings.Split(second.log.String(), "\n")
	if len(a) < 3000 {
		t.Errorf("only %d events", len(a))
	}
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Fatalf("line %d differs:\n%s\n%s", i, a[i], b[i])
		}
	}
	if len(a) != len(b) {
		t.Errorf("%d and %d lines", len(a), len(b))
	}
}

func newModel(t *testing.T, seed uint64) *model {
	at := &clock{now: time.Date(2026, 7, 29, 12, 0, 0, 0, time.UTC)}
	m := &model{
		rand:      rand.New(rand.NewPCG(seed, 0)),
		clock:     at,
		histories: make(map[*Group][]modelMessage),
	}
	secrets := rand.NewChaCha8([32]byte{byte(seed)})
	m.house = newHouse(t, func(o *Options) {
		o.Now = at.Now
		o.Rand = func(b []byte) { secrets.Read(b) }
	})
	m.write("test", `{"auto-subgroups": true, `+testGroup[1:])
	m.write("lock", `{"autolock": true, `+testGroup[1:])
	m.write("kick", `{"autokick": true, `+testGroup[1:])
	for range 12 {
		m.views = append(m.views, newView(&client{}))
	}
	return m
}

// run makes steps, and checks after each that all views are right.
func (m *model) run(steps int) {
	m.t.Helper()
	for step := range steps {
		action, err := m.step()
		if err != nil {
			m.t.Fatalf("step %d, %s: %v", step, action, err)
		}
		fmt.Fprintf(&m.log, "%s\n", action)
		for _, v := range m.views {
			m.record(v)
			if err := v.catchUp(); err != nil {
				m.t.Fatalf("step %d, %s: %v", step, action, err)
			}
			if v.membership == nil {
				continue
			}
			if err := v.compare(); err != nil {
				m.t.Fatalf("step %d, %s: %v", step, action, err)
			}
			if v.current() != nil && len(v.expected) > 0 {
				m.t.Fatalf("step %d, %s: %s has not got %v", step, action, v.client.id, v.expected)
			}
		}
	}
	m.finish()
}

// record logs what a client is about to read.
func (m *model) record(v *view) {
	v.client.mu.Lock()
	defer v.client.mu.Unlock()
	for _, ev := range v.client.events {
		fmt.Fprintf(&m.log, "  %s: %T %s %s\n", v.client.id, ev, names([]Event{ev}), encode(m.t, ev))
	}
}

// current returns the membership of a view, unless it has ended.
func (v *view) current() *Membership {
	if v.membership == nil || v.kicked {
		return nil
	}
	return v.membership
}

// may says whether the client believes that it holds a permission.
func (v *view) may(permission string) bool { return v.joined.Permissions.Has(permission) }

// predict returns an error unless an action was refused exactly if it had to be.
func predict(err error, allowed bool) error {
	if (err == nil) != allowed {
		return fmt.Errorf("allowed is %v, but the outcome is %v", allowed, err)
	}
	return nil
}

// step lets a random client do a random thing, and says what.
func (m *model) step() (string, error) {
	m.clock.add(time.Duration(m.rand.IntN(1000)) * time.Millisecond)
	v := m.views[m.rand.IntN(len(m.views))]
	membership := v.current()
	if membership == nil {
		return m.joinOne(v)
	}
	other := m.views[m.rand.IntN(len(m.views))].client.id
	_, present := v.members[other]
	stream := fmt.Sprint("s", m.rand.IntN(8))
	switch m.rand.IntN(18) {
	case 0, 1:
		membership.Leave()
		v.membership = nil
		return "leave " + v.client.id, nil
	case 2:
		err := membership.UserAction("kick", other, nil)
		return "kick " + other, predict(err, v.may("op") && present)
	case 3, 4:
		kinds := []string{"op", "unop", "present", "unpresent", "shutup", "unshutup"}
		kind := kinds[m.rand.IntN(len(kinds))]
		err := membership.UserAction(kind, other, nil)
		return kind + " " + other, predict(err, v.may("op") && present)
	case 5:
		kind := []string{"lock", "unlock"}[m.rand.IntN(2)]
		return kind, predict(membership.GroupAction(kind, nil), v.may("op"))
	case 6, 7, 8:
		return m.chat(v, "")
	case 9:
		err := membership.UserAction("setdata", v.client.id, raw(fmt.Sprintf(`{"k%d": 1}`, m.rand.IntN(4))))
		return "setdata of " + v.client.id, predict(err, true)
	case 10, 11, 12:
		replace := fmt.Sprint("s", m.rand.IntN(8))
		err := membership.ReserveStream(stream, replace)
		if !v.may("present") {
			err = predict(err, false)
		} else {
			err = nil // whether the identifier is free is checked by the view
		}
		return fmt.Sprintf("%s reserves %s for %s", v.client.id, stream, replace), err
	case 13, 14:
		membership.Announce(&source{id: stream})
		return fmt.Sprintf("%s announces %s", v.client.id, stream), nil
	case 15:
		return m.clear(v, other)
	case 16:
		return m.chat(v, other)
	default:
		membership.Withdraw(stream)
		return fmt.Sprintf("%s withdraws %s", v.client.id, stream), nil
	}
}

// chat sends a message to everybody, or to one member.
func (m *model) chat(v *view, dest string) (string, error) {
	m.messages++
	g, value := v.membership.Group(), fmt.Sprint(m.messages)
	noEcho := m.rand.IntN(2) == 0
	_, present := v.members[dest]
	err := v.membership.Chat(ChatRequest{ID: "m" + value, Value: raw(value), NoEcho: noEcho, Dest: dest})
	if err == nil && dest == "" {
		history := append(m.histories[g], modelMessage{v.client.id, value})
		m.histories[g] = history[max(0, len(history)-maxHistory):]
	}
	for _, to := range m.views {
		switch {
		case err != nil || to.current() == nil || to.membership.Group() != g:
		case dest == "" && !(noEcho && to == v), dest != "" && to.client.id == dest:
			to.expected = append(to.expected, value)
		}
	}
	return fmt.Sprintf("chat of %s to %q", v.client.id, dest),
		predict(err, v.may("message") && (dest == "" || present))
}

// clear deletes the messages of one member, or all.
func (m *model) clear(v *view, source string) (string, error) {
	g := v.membership.Group()
	var value string
	if m.rand.IntN(3) > 0 {
		value = fmt.Sprintf(`{"userId": %q}`, source)
	}
	err := v.membership.GroupAction("clearchat", raw(value))
	if err == nil {
		m.histories[g] = slices.DeleteFunc(m.histories[g], func(message modelMessage) bool {
			return value == "" || source == "" || message.source == source
		})
	}
	return "clear messages " + value, predict(err, v.may("op"))
}

// joinOne lets a client try to join some group.
func (m *model) joinOne(v *view) (string, error) {
	groups := []string{"test", "test/sub", "lock", "kick"}
	users := []Credentials{with("op", "op"), with("ada", "secret"), with("eve", "")}
	m.ids++
	v.client = &client{id: fmt.Sprint("c", m.ids)}
	group, user := groups[m.rand.IntN(len(groups))], m.rand.IntN(len(users))
	locked, known := m.locked(group)
	membership, err := m.Join(m.t.Context(), group, v.client, users[user], nil)
	v.membership = nil
	if err == nil {
		v.start(membership)
		v.expected = []string{}
		for _, message := range m.histories[membership.Group()] {
			v.expected = append(v.expected, message.value)
		}
		for _, s := range membership.Streams() {
			v.streams[s.ID()] = ownerOf(membership.Group(), s.ID())
		}
	}
	action := fmt.Sprintf("%s joins %s: %v", v.client.id, group, err)
	switch {
	case user == 0:
		return action, predict(err, true)
	case known:
		return action, predict(err, !locked)
	}
	return action, nil
}

// locked says whether the members of a group believe that it is locked, if there
// are any.
func (m *model) locked(group string) (locked, known bool) {
	for _, v := range m.views {
		if v.current() != nil && v.membership.Group().Name() == group {
			return v.joined.Status.Locked, true
		}
	}
	return false, false
}

// ownerOf returns the member who owns a stream.
func ownerOf(g *Group, id string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.streams[id].owner.id
}

// finish lets everybody leave, after which nothing may be left.
func (m *model) finish() {
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
			m.t.Errorf("something is left of %s", g.name)
		}
		if strings.Contains(g.name, "/") && g.history.empty(m.clock.Now(), DefaultHistoryAge) {
			m.t.Errorf("W-25: %s is still loaded", g.name)
		}
	}
}
