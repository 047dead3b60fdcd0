package group

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// permissionsOf tells which permissions a member has.
func permissionsOf(m *Membership) string { return sorted(m.Permissions()) }

// The table of 8.3 (UA-1, GA-1, checklist 12).
func TestActionsNeedPermissions_Section83(t *testing.T) {
	h := newHouse(t)
	h.write("test", `{"allow-recording": true, `+testGroup[1:])
	watcher, op := h.op("op")
	_, ada := h.ada("ada")
	watcher.take()
	for _, kind := range []string{"op", "unop", "present", "unpresent", "shutup", "unshutup", "identify", "kick"} {
		t.Run("useraction "+kind, func(t *testing.T) {
			wantError(t, ada.UserAction(kind, "nobody", nil), "not authorised") // UA-1: before dest
		})
	}
	for _, kind := range []string{"clearchat", "lock", "unlock", "subgroups", "setdata", "record", "unrecord"} {
		t.Run("groupaction "+kind, func(t *testing.T) {
			wantError(t, ada.GroupAction(kind, raw(`{}`)), "not authorised")
		})
	}
	wantError(t, ada.UserAction("setdata", "op", raw(`{}`)), "not authorised")
	wantError(t, op.UserAction("setdata", "ada", raw(`{}`)), "not authorised") // UA-10
	for name, err := range map[string]error{
		"unknown user action":  op.UserAction("explode", "", nil),
		"unknown group action": ada.GroupAction("explode", nil),
	} {
		var e *Error
		if !errors.As(err, &e) || !e.Fatal || e.Text != name {
			t.Errorf("got %#v, want fatal %q", err, name)
		}
	}
	watcher.want(t, "")
}

// The table of 8.4, and that nobody else is affected (PERM-4, PERM-7, PERM-8, W-3,
// checklist 13).
func TestPermissionChanges_Section84_PERM7(t *testing.T) {
	tests := []struct {
		kind, user, password, before, after string
		options                             string
	}{
		{"op", "ada", "secret", "message present", "message op present", ``},
		{"op", "ada", "secret", "message present", "message op present record", `"allow-recording": true,`},
		{"unop", "op", "op", "caption message op present token", "caption message present token", ``},
		{"unop", "op", "op", "caption message op present record token", "caption message present token", `"allow-recording": true,`},
		{"unop", "ada", "secret", "message present", "message present", ``},
		{"present", "eve", "", "message", "message present", ``},
		{"present", "ada", "secret", "message present", "message present", ``},
		{"unpresent", "ada", "secret", "message present", "message", ``},
		{"unpresent", "ada", "secret", "message present token", "message token", `"unrestricted-tokens": true,`},
		{"shutup", "ada", "secret", "message present", "present", ``},
		{"unshutup", "scribe", "x", "caption", "caption message", ``},
	}
	for _, test := range tests {
		t.Run(test.kind+" "+test.user+" "+test.options, func(t *testing.T) {
			h := newHouse(t)
			h.write("test", `{`+test.options+testGroup[1:])
			c, op := h.op("op")
			target, m := h.join("test", "1", with(test.user, test.password))
			_, twin := h.join("test", "2", with(test.user, test.password))
			c.take()
			target.take()
			if got := permissionsOf(m); got != test.before {
				t.Errorf("before: %s, want %s", got, test.before)
			}
			wantError(t, op.UserAction(test.kind, "1", nil), "")
			if got := permissionsOf(m); got != test.after {
				t.Errorf("after: %s, want %s", got, test.after)
			}
			events := target.take()
			if got := names(events); got != "joined/change user/change:1" { // PERM-8, also if nothing changed
				t.Errorf("told %s", got)
			}
			if got := sorted(find[Joined](t, events).Permissions); got != test.after {
				t.Errorf("joined says %s", got)
			}
			if got := sorted(find[User](t, c.take()).Permissions); got != test.after {
				t.Errorf("user says %s", got)
			}
			// W-3, PERM-4
			_, later := h.join("test", "3", with(test.user, test.password))
			for _, other := range []*Membership{twin, later} {
				if got := permissionsOf(other); got != test.before {
					t.Errorf("W-3: somebody else has %s, want %s", got, test.before)
				}
			}
		})
	}
}

// Publishers over HTTP are no real users, but can be identified and kicked (UA-2, UA-4,
// UA-7, UA-9).
func TestActionTargets_UA2_UA4_UA7(t *testing.T) {
	h := newHouse(t)
	_, op := h.op("op")
	whip := &client{id: "whip", kind: WHIP}
	if _, err := h.Join(t.Context(), "test", whip, with("ada", "secret"), nil); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"op", "unop", "present", "unpresent", "shutup", "unshutup"} {
		wantError(t, op.UserAction(kind, "nobody", nil), "no such user")
		wantError(t, op.UserAction(kind, "whip", nil), "this is not a real user")
	}
	wantError(t, op.UserAction("identify", "nobody", nil), "client not found")
	wantError(t, op.UserAction("kick", "nobody", nil), "no such user")
	wantError(t, op.UserAction("identify", "whip", nil), "")
	wantError(t, op.UserAction("kick", "whip", nil), "")
}

func TestIdentify_UA5_UA6(t *testing.T) {
	h := newHouse(t)
	op, m := h.op("op")
	ada, _ := h.ada("ada")
	op.take()
	wantError(t, m.UserAction("identify", "ada", nil), "")
	if w := find[UserMessage](t, ada.take()); w.Kind != "warning" || w.Dest != "ada" || !w.Privileged ||
		w.Value != "Your IP address has been communicated to user op." {
		t.Errorf("got %+v", w)
	}
	if i := find[UserMessage](t, op.take()); i.Kind != "userinfo" || i.Dest != "" || !i.Privileged ||
		i.Value != (UserInfo{"ada", "ada", "192.0.2.7:5000"}) {
		t.Errorf("got %+v", i)
	}
}

func TestKick_UA8_W13_W16(t *testing.T) {
	long := strings.Repeat("é", 600)
	tests := []struct{ value, text, reason string }{
		{``, "you have been kicked out", "kicked out by op"},
		{`5`, "you have been kicked out", "kicked out by op"},
		{`""`, "you have been kicked out", "kicked out by op"},
		{`"spam"`, "spam", "kicked out (spam) by op"},
		{`"` + long + `"`, long[:1024], "kicked out (" + long[:110]},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			h := newHouse(t)
			op, m := h.op("op")
			ada, adam := h.ada("ada")
			wantError(t, adam.ReserveStream("s", ""), "")
			adam.Announce(&source{id: "s"})
			op.take()
			wantError(t, m.UserAction("kick", "ada", raw(test.value)), "")
			kicked := find[Kicked](t, ada.take())
			if kicked.ID != "op" || *kicked.Username != "op" || kicked.Text() != test.text || kicked.Reason() != test.reason {
				t.Errorf("got %+v, reason %q", kicked, kicked.Reason())
			}
			op.want(t, "closed:s user/delete:ada")
			ada.want(t, "")
			if _, ok := adam.Leave(); ok {
				t.Error("left after the kick")
			}
			h.ada2("ada") // UA-9
		})
	}
	if r := (Kicked{Message: "bye"}).Reason(); r != "kicked out (bye)" {
		t.Errorf("the server's reason is %q", r)
	}
}

// A member's own data (USR-1, USR-6, UA-10 to UA-12, checklist 20).
func TestUserData_UA10_UA11_UA12_W22(t *testing.T) {
	h := newHouse(t)
	op, _ := h.op("op")
	ada, m := h.ada("ada")
	op.take()
	set := func(value, text, result string) {
		t.Helper()
		wantError(t, m.UserAction("setdata", "ada", raw(value)), text)
		if text != "" {
			ada.want(t, "")
			op.want(t, "")
			return
		}
		for _, c := range []*client{ada, op} {
			events := c.take()
			user := find[User](t, events)
			if len(events) != 1 || user.Kind != UserChange || encode(t, user.Data) != result {
				t.Errorf("%s is told %s", c.id, encode(t, user.Data))
			}
		}
	}
	set(`{"raisehand": true, "x": {"a": [1, null]}}`, "", `{"raisehand":true,"x":{"a":[1,null]}}`)
	before := m.Info().Data
	set(`{"raisehand": null, "y": 1.0, "z": null}`, "", `{"x":{"a":[1,null]},"y":1.0}`)
	if encode(t, before) != `{"raisehand":true,"x":{"a":[1,null]}}` {
		t.Errorf("W-4: a snapshot has changed: %s", encode(t, before))
	}
	for _, value := range []string{``, `null`, `5`, `[]`, `"x"`} {
		set(value, "Bad value in setdata", "")
	}
	set(`{"big": "`+strings.Repeat("x", 16<<10)+`"}`, "data too large", "")
	set(`{}`, "", `{"x":{"a":[1,null]},"y":1.0}`)
}

// The data of a group, which every joined has (JOIN-11, GA-10, W-15).
func TestGroupData_GA10_W15_W22(t *testing.T) {
	h := newHouse(t)
	op, m := h.op("op")
	wantError(t, m.GroupAction("setdata", raw(`{"topic": "rings", "n": 1}`)), "")
	wantError(t, m.GroupAction("setdata", raw(`{"n": null}`)), "")
	events := op.take()
	if names(events) != "joined/change joined/change" || encode(t, events[1].(Joined).Data) != `{"topic":"rings"}` {
		t.Errorf("told %s", names(events))
	}
	for _, value := range []string{``, `null`, `5`, `[]`} {
		wantError(t, m.GroupAction("setdata", raw(value)), "Bad value in setdata")
	}
	wantError(t, m.GroupAction("setdata", raw(`{"x": "`+strings.Repeat("x", 64<<10)+`"}`)), "data too large")
	c, ada := h.ada2("ada")
	wantError(t, m.UserAction("shutup", "ada", nil), "")
	farewell, _ := ada.Leave()
	for i, joined := range []Joined{find[Joined](t, c.take()), farewell} {
		if encode(t, joined.Data) != `{"topic":"rings"}` {
			t.Errorf("W-15: %d has %s", i, encode(t, joined.Data))
		}
	}
}

func TestLock_GA5_GRP11(t *testing.T) {
	h := newHouse(t)
	op, m := h.op("op")
	ada, _ := h.ada("ada")
	op.take()
	lock := func(kind, value, refusal string, locked bool) {
		t.Helper()
		wantError(t, m.GroupAction(kind, raw(value)), "")
		for _, c := range []*client{op, ada} {
			events := c.take()
			if names(events) != "joined/change" || events[0].(Joined).Status.Locked != locked {
				t.Errorf("%s is told %s", c.id, names(events))
			}
		}
		_, late, err := h.try("test", "late", with("ada", "secret"))
		wantError(t, err, refusal)
		if late != nil {
			late.Leave()
		}
		op.take()
		ada.take()
	}
	lock("lock", ``, "this group is locked", true)
	lock("lock", `"later"`, "later", true)
	lock("lock", `"`+strings.Repeat("x", 2000)+`"`, strings.Repeat("x", 1024), true)
	lock("lock", `5`, "this group is locked", true)
	lock("unlock", `"ignored"`, "", false)
	lock("unlock", ``, "", false)
}

// It is applied after each change of permissions too (PERM-9, GRP-12, checklist 22).
func TestAutolock_GRP12_W25(t *testing.T) {
	h := newHouse(t)
	h.write("test", `{"autolock": true, `+testGroup[1:])
	_, _, err := h.try("test", "1", with("ada", "secret"))
	wantError(t, err, "this group is locked")
	op, m := h.join("test", "op", with("op", "op"))
	if joined := find[Joined](t, op.take()); !joined.Status.Locked {
		t.Error("it does not start locked")
	}
	wantError(t, m.GroupAction("unlock", nil), "")
	ada, _ := h.ada("ada")
	m.Leave()
	ada.want(t, "user/delete:op joined/change")
	_, _, err = h.try("test", "1", with("ada", "secret"))
	wantError(t, err, "this group is locked")

	op, m = h.join("test", "op", with("op", "op"))
	wantError(t, m.GroupAction("unlock", nil), "")
	op.take()
	ada.take()
	wantError(t, m.UserAction("unop", "op", nil), "")
	ada.want(t, "user/change:op joined/change")
	op.want(t, "joined/change user/change:op joined/change")
}

// Whatever makes the last operator go, everybody is kicked (PERM-9, GRP-13,
// checklist 22).
func TestAutokick_GRP13_W25(t *testing.T) {
	for _, how := range []string{"leave", "unop", "kick", "reload"} {
		t.Run(how, func(t *testing.T) {
			h := newHouse(t)
			if how != "reload" {
				h.write("test", `{"autokick": true, `+testGroup[1:])
			}
			_, m := h.op("op")
			ada, adam := h.ada("ada")
			rec := &client{id: "rec", kind: System}
			if _, err := m.Group().JoinSystem(rec, "RECORDING"); err != nil {
				t.Fatal(err)
			}
			ada.take()
			rec.take()
			switch how {
			case "leave":
				m.Leave()
			case "unop":
				wantError(t, m.UserAction("unop", "op", nil), "")
			case "kick":
				wantError(t, m.UserAction("kick", "op", nil), "")
			case "reload":
				m.Leave()
				h.write("test", `{"autokick": true, `+testGroup[1:])
				if _, err := h.Status("test"); err != nil {
					t.Fatal(err)
				}
			}
			for _, c := range []*client{ada, rec} {
				events := c.take()
				kicked, ok := events[len(events)-1].(Kicked)
				if !ok || kicked.Text() != "there are no operators in this group" || kicked.Username != nil {
					t.Errorf("%s is told %s", c.id, names(events))
				}
			}
			if !adam.Permissions().Empty() || len(m.Group().Members()) != 0 {
				t.Error("there are still members")
			}
		})
	}
}

// A recorder comes and goes as a member; failures do no harm (USR-5, GA-6 to GA-8).
func TestRecord_GA6_GA7_W11_W31(t *testing.T) {
	rec := &client{id: "rec", kind: System}
	var failure error
	h := newHouse(t, func(o *Options) {
		o.StartRecording = func(g *Group, requester Member) error {
			if failure != nil {
				return failure
			}
			if requester.ID != "op" {
				t.Errorf("requested by %+v", requester)
			}
			_, err := g.JoinSystem(rec, "RECORDING")
			return err
		}
	})
	h.write("test", `{"allow-recording": true, `+testGroup[1:])
	op, m := h.op("op")
	failure = errors.New("disk full")
	wantError(t, m.GroupAction("record", nil), "couldn't start recording")
	failure = nil
	wantError(t, m.GroupAction("record", nil), "")
	wantError(t, m.GroupAction("record", nil), "already recording")
	user := find[User](t, op.take())
	if user.Username != "RECORDING" || sorted(user.Permissions) != "system" {
		t.Errorf("got %+v", user)
	}
	wantError(t, m.GroupAction("unrecord", nil), "")
	op.want(t, "user/delete:rec")
	wantError(t, m.GroupAction("unrecord", nil), "")
	op.want(t, "")
	if events := names(rec.take()); events != "joined/join user/add:rec user/add:op kicked:you have been kicked out" {
		t.Errorf("the recorder is told %s", events)
	}

	plain := newHouse(t)
	plain.write("test", `{"allow-recording": true, `+testGroup[1:])
	_, m = plain.op("op")
	wantError(t, m.GroupAction("record", nil), "couldn't start recording")
}

func TestLonelyRecorder_W31(t *testing.T) {
	at := &clock{now: time.Now()}
	h := newHouse(t, func(o *Options) { o.Now = at.Now })
	_, m := h.op("op")
	rec := &client{id: "rec", kind: System}
	if _, err := m.Group().JoinSystem(rec, "RECORDING"); err != nil {
		t.Fatal(err)
	}
	m.Leave()
	rec.take()
	h.scan()
	at.add(lonelySystem - 1)
	h.scan()
	rec.want(t, "")
	at.add(1)
	h.scan()
	rec.want(t, "kicked:you have been kicked out")
}

func TestShutdown_GRP14(t *testing.T) {
	h := newHouse(t)
	op, _ := h.op("op")
	ada, _ := h.ada("ada")
	op.take()
	h.Shutdown("server is shutting down")
	for _, c := range []*client{op, ada} {
		c.want(t, "kicked:server is shutting down")
	}
	_, _, err := h.try("test", "1", with("op", "op"))
	wantError(t, err, "server is shutting down")
}
