package group

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Every row of the table of 6.3, with its delay (AUTH-5, checklist 7).
func TestJoinFailures_JOIN5_W14(t *testing.T) {
	future := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).Format(time.RFC3339)
	past := "1999-01-01T00:00:00Z"
	options := func(s string) string { return `{` + s + `,` + testGroup[1:] }
	tests := []struct {
		name, group string
		cred        Credentials
		id, errID   string
		text        string
		delayed     bool
		before      func(h *house)
	}{
		{name: "1 bad name", group: "../etc", cred: with("ada", "secret"), id: "x", errID: "illegal-group-name", text: "illegal group name"},
		{name: "1 hidden", group: ".git", cred: with("ada", "secret"), id: "x", errID: "illegal-group-name", text: "illegal group name"},
		{name: "1 empty", group: "", cred: with("ada", "secret"), id: "x", errID: "illegal-group-name", text: "illegal group name"},
		{name: "2 no group", group: "none", cred: with("ada", "secret"), id: "x", errID: "no-such-group", text: "group does not exist"},
		{name: "2 no automatic subgroup", group: "test/none", cred: with("ada", "secret"), id: "x", errID: "no-such-group", text: "group does not exist"},
		{name: "2 malformed", group: "broken", cred: with("ada", "secret"), id: "x", errID: "internal", text: "internal server error"},
		{name: "4 nothing given", group: "test", id: "x", errID: "need-username", text: "username required"},
		{name: "4 bad token", group: "test", cred: Credentials{Token: "nonesuch"}, id: "x", errID: "not-authorised", text: "not authorised", delayed: true},
		{name: "4 wrong password", group: "test", cred: with("ada", "wrong"), id: "x", errID: "not-authorised", text: "not authorised", delayed: true},
		{name: "4 no password in entry", group: "test", cred: with("nopass", ""), id: "x", errID: "not-authorised", text: "not authorised", delayed: true},
		{name: "4 unusable entry", group: "test", cred: with("bad", "x"), id: "x", errID: "internal", text: "internal server error"},
		{name: "4 unknown user", group: "closed", cred: with("eve", "x"), id: "x", errID: "not-authorised", text: "not authorised", delayed: true},
		{name: "4 unusable wildcard", group: "badwild", cred: with("eve", "x"), id: "x", errID: "not-authorised", text: "not authorised", delayed: true},
		{name: "5 bad username", group: "test", cred: with("/eve", "x"), id: "x", errID: "not-authorised", text: "not authorised", delayed: true},
		{name: "6a locked", group: "test", cred: with("ada", "secret"), id: "x", errID: "locked", text: "this group is locked", before: lockTest(``)},
		{name: "6a locked with text", group: "test", cred: with("ada", "secret"), id: "x", errID: "locked", text: "gone fishing", before: lockTest(`"gone fishing"`)},
		{name: "6b too early", group: "early", cred: with("ada", "secret"), id: "x", errID: "not-open-yet", text: "this group is not open yet"},
		{name: "6c too late", group: "late", cred: with("ada", "secret"), id: "x", errID: "closed", text: "this group is closed"},
		{name: "6d autokick", group: "autokick", cred: with("ada", "secret"), id: "x", errID: "no-operators", text: "there are no operators in this group"},
		{name: "6e full", group: "small", cred: with("ada", "secret"), id: "x", errID: "full", text: "too many users", before: func(h *house) {
			h.join("small", "first", with("ada", "secret"))
		}},
		{name: "7 no id", group: "test", cred: with("ada", "secret"), errID: "empty-id", text: "empty client id"},
		{name: "7 long id", group: "test", cred: with("ada", "secret"), id: strings.Repeat("x", 257), errID: "bad-id", text: "client id too long"},
		{name: "8 duplicate id", group: "test", cred: with("ada", "secret"), id: "first", errID: "duplicate-id", text: "duplicate client id", before: func(h *house) {
			h.join("test", "first", with("op", "op"))
		}},
		{name: "8 before 6: locked wins", group: "test", cred: with("ada", "secret"), errID: "locked", text: "this group is locked", before: lockTest(``)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t)
				h.write("broken", `{"users": `)
				h.write("closed", `{"users": {"ada": {"password": "secret"}}}`)
				h.write("badwild", `{"wildcard-user": {"password": {"type": "bcrypt", "key": "x"}}}`)
				h.write("early", options(`"not-before": "`+future+`"`))
				h.write("late", options(`"expires": "`+past+`"`))
				h.write("autokick", options(`"autokick": true`))
				h.write("small", options(`"max-clients": 1`))
				if test.before != nil {
					test.before(h)
				}
				start := time.Now()
				c, m, err := h.try(test.group, test.id, test.cred)
				var e *Error
				if !errors.As(err, &e) || e.Text != test.text || e.ID != test.errID || e.Fatal || m != nil {
					t.Fatalf("got %#v, want %q %q", err, test.errID, test.text)
				}
				want := time.Duration(0)
				if test.delayed {
					want = 200 * time.Millisecond
				}
				if d := time.Since(start); d != want {
					t.Errorf("JOIN-6: answered after %v, want %v", d, want)
				}
				if events := c.take(); len(events) != 0 {
					t.Errorf("refused, but told %s", names(events))
				}
				// Operators pass step 6.
				if strings.HasPrefix(test.name, "6") {
					h.join(test.group, "operator", with("op", "op"))
				}
			})
		})
	}
}

func lockTest(value string) func(h *house) {
	return func(h *house) {
		_, m := h.op("locker")
		wantError(h.t, m.GroupAction("lock", raw(value)), "")
	}
}

// Order of 6.4 and 6.5.
func TestJoinOrder_ORD2(t *testing.T) {
	h := newHouse(t)
	first, m := h.op("1")
	for i := range 3 {
		wantError(t, m.Chat(ChatRequest{Value: raw(fmt.Sprint(i))}), "")
	}
	first.take()
	second, _ := h.join("test", "2", with("ada", "secret"))
	events := second.take()
	if got, want := names(events), `joined/join history:0 history:1 history:2 user/add:2 user/add:1`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	first.want(t, "user/add:2")
	joined := find[Joined](t, events)
	if joined.Group != "test" || joined.Username != "ada" || sorted(joined.Permissions) != "message present" ||
		joined.Status.Name != "test" || joined.Status.DisplayName != "Test" || *joined.Status.ClientCount != 2 {
		t.Errorf("joined is %+v", joined)
	}
}

func TestJoinData_JOIN2_W22(t *testing.T) {
	h := newHouse(t)
	c := &client{id: "1"}
	data := Data{"n": raw("12345678901234567890"), "deep": raw(`{"a":[null]}`)}
	if _, err := h.Join(t.Context(), "test", c, with("ada", "secret"), data); err != nil {
		t.Fatal(err)
	}
	if user := find[User](t, c.take()); string(user.Data["n"]) != "12345678901234567890" {
		t.Errorf("data is %s", user.Data)
	}
	big := Data{"x": raw(`"` + strings.Repeat("x", 16<<10) + `"`)}
	_, err := h.Join(t.Context(), "test", &client{id: "2"}, with("ada", "secret"), big)
	wantError(t, err, "data too large")
}

// The client is told where to go, and never becomes a member.
func TestRedirect_JOIN15_W2(t *testing.T) {
	h := newHouse(t)
	h.write("moved", `{"redirect": "https://example.org/group/x/"}`)
	c, m, err := h.try("moved", "1", Credentials{})
	var redirect *Redirect
	if !errors.As(err, &redirect) || redirect.URL != "https://example.org/group/x/" || m != nil {
		t.Errorf("got %v", err)
	}
	c.want(t, "")
	if len(h.loaded()) != 0 {
		t.Error("the group stays loaded")
	}
}

func TestLeave_JOIN17(t *testing.T) {
	h := newHouse(t)
	op, _ := h.op("1")
	ada, m := h.ada("2")
	for _, id := range []string{"a", "b", "silent"} {
		wantError(t, m.ReserveStream(id, ""), "")
	}
	m.Announce(&source{id: "a"})
	m.Announce(&source{id: "b"})
	op.take()
	farewell, ok := m.Leave()
	if !ok || farewell.Kind != JoinedLeave || farewell.Username != "ada" || !farewell.Permissions.Empty() ||
		*farewell.Status.ClientCount != 1 {
		t.Errorf("farewell is %+v", farewell)
	}
	ada.want(t, "")
	op.want(t, "closed:a closed:b user/delete:2")
	if _, ok := m.Leave(); ok {
		t.Error("left twice")
	}
	for name, err := range map[string]error{
		"chat":        m.Chat(ChatRequest{}),
		"usermessage": m.UserMessage(ChatRequest{}),
		"useraction":  m.UserAction("nonesuch", "", nil),
		"groupaction": m.GroupAction("nonesuch", nil),
		"stream":      m.ReserveStream("x", ""),
	} {
		if !errors.Is(err, ErrNotMember) {
			t.Errorf("%s after leaving: %v", name, err)
		}
		wantError(t, err, "join a group first")
	}
	m.Announce(&source{id: "a"})
	m.Withdraw("a")
	if m.Streams() != nil || !m.Permissions().Empty() {
		t.Error("there are streams or permissions after leaving")
	}
	op.want(t, "")
}

func TestReservedID_W32(t *testing.T) {
	c := &clock{now: time.Now()}
	h := newHouse(t, func(o *Options) { o.Now = c.Now })
	h.op("op")
	join := func(username, password, address string) error {
		m, err := h.Join(t.Context(), "test", &client{id: "1", address: address}, with(username, password), nil)
		if m != nil {
			m.Leave()
		}
		return err
	}
	wantError(t, join("ada", "secret", "192.0.2.1:1"), "")
	wantError(t, join("eve", "", "192.0.2.1:2"), "duplicate client id")
	wantError(t, join("eve", "", ""), "duplicate client id")
	wantError(t, join("ada", "secret", "192.0.2.2:1"), "") // the same username may
	wantError(t, join("eve", "", "192.0.2.2:1"), "")       // the same connection, too
	wantError(t, join("ada", "secret", "192.0.2.3:1"), "duplicate client id")
	c.add(formerAge + time.Second)
	wantError(t, join("ada", "secret", "192.0.2.3:1"), "")
}

func TestFormerIDsAreBounded_W32(t *testing.T) {
	var f formerIDs
	now := time.Now()
	for i := range 3 * maxFormer {
		f.add(fmt.Sprint(i), "x", "", now)
	}
	if len(f.byID) != maxFormer || len(f.order) != maxFormer {
		t.Errorf("%d and %d remembered", len(f.byID), len(f.order))
	}
	for range 3 * maxFormer {
		f.add("same", "x", "", now)
	}
	if !f.reserved("same", "y", "", now) || len(f.byID) != 1 {
		t.Errorf("%d remembered", len(f.byID))
	}
}

func TestJoinIsCancelled(t *testing.T) {
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := h.Join(ctx, "test", &client{id: "1"}, with("ada", "wrong"), nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if len(h.loaded()) != 0 {
		t.Error("the group stays loaded")
	}
}

func TestMaxClientsDoesNotCountRecorders_W31(t *testing.T) {
	h := newHouse(t)
	h.write("small", `{"max-clients": 2, `+testGroup[1:])
	_, m := h.join("small", "1", with("ada", "secret"))
	if _, err := m.Group().JoinSystem(&client{id: "rec", kind: System}, "RECORDING"); err != nil {
		t.Fatal(err)
	}
	c, _ := h.join("small", "2", with("ada", "secret"))
	if joined := find[Joined](t, c.take()); *joined.Status.ClientCount != 3 {
		t.Errorf("clientCount is %d", *joined.Status.ClientCount)
	}
}
