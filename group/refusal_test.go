package group

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
)

// logs is a log that tests can read.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.b.Reset()
	return l.b.String()
}

func loggingHouse(t *testing.T) (*house, *logs) {
	l := new(logs)
	h := newHouse(t, func(o *Options) { o.Logger = slog.New(slog.NewTextHandler(l, nil)) })
	return h, l
}

// Why somebody is not authorised is for the administrator only, and never has the
// password in it (JOIN-7).
func TestReasonsAreLogged_JOIN7(t *testing.T) {
	h, log := loggingHouse(t)
	h.write("closed", `{"users": {"ada": {"password": "secret"}}}`)
	for _, test := range []struct{ group, username, password, reason string }{
		{"test", "ada", "guessed it", "wrong password"},
		{"closed", "eve", "guessed it", "unknown user"},
		{"test", "/eve", "guessed it", "invalid username"},
		{"test", "nopass", "guessed it", "wrong password"},
	} {
		_, _, err := h.try(test.group, "1", with(test.username, test.password))
		wantError(t, err, "not authorised")
		if got := log.take(); !strings.Contains(got, test.reason) || strings.Contains(got, test.password) {
			t.Errorf("%s: logged %s", test.username, got)
		}
	}
	_, _, err := h.try("test", "1", Credentials{Token: "forged"})
	wantError(t, err, "not authorised")
	if got := log.take(); !strings.Contains(got, "no such token") || strings.Contains(got, "forged") {
		t.Errorf("logged %s", got)
	}
}

// Usernames are not unique (AUTH-6); that somebody takes one that is in use is logged
// (W-33).
func TestLookAlikes_W33_AUTH6(t *testing.T) {
	h, log := loggingHouse(t)
	_, first := h.ada("1")
	if got := log.take(); strings.Contains(got, "in use") {
		t.Errorf("logged %s", got)
	}
	h.ada("2")
	if got := log.take(); !strings.Contains(got, "in use") || !strings.Contains(got, "other=1") {
		t.Errorf("logged %s", got)
	}
	if n := len(first.Group().Members()); n != 2 {
		t.Errorf("%d members", n)
	}
}

// A group is loaded when somebody joins it, and not because somebody fails to, or
// looks at it (GRP-6, W-25).
// Looking at groups fills no memory (H-75, HW-18).
func TestLoadedWhenNeeded_GRP6_W25(t *testing.T) {
	h := newHouse(t)
	h.write("test", `{"auto-subgroups": true, `+testGroup[1:])
	for i := range 100 {
		name := "test/" + strings.Repeat("x", i+1)
		if _, err := h.Status(name); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Describe(name); err != nil {
			t.Fatal(err)
		}
		if _, _, err := h.try(name, "", with("eve", "")); err == nil {
			t.Fatal("joined without an id")
		}
	}
	if n := len(h.loaded()); n != 0 {
		t.Errorf("%d groups are loaded", n)
	}
	h.join("test/x", "1", with("ada", "secret"))
	if n := len(h.loaded()); n != 1 {
		t.Errorf("%d groups are loaded", n)
	}
}

// The URLs of 18.6 are published, over HTTP and to members, unless the group is
// elsewhere.
func TestServerAndPortal_AUTH7_AUTH8(t *testing.T) {
	h := newHouse(t)
	urls := `"authServer": "https://auth.example/", "authPortal": "https://portal.example/", `
	h.write("test", `{`+urls+testGroup[1:])
	h.write("moved", `{`+urls+`"redirect": "https://elsewhere.example/"}`)
	status, err := h.Status("test")
	if err != nil {
		t.Fatal(err)
	}
	c, _ := h.join("test", "1", with("ada", "secret"))
	for _, s := range []Status{status, find[Joined](t, c.take()).Status} {
		if s.AuthServer != "https://auth.example/" || s.AuthPortal != "https://portal.example/" {
			t.Errorf("status is %+v", s)
		}
	}
	status, err = h.Status("moved")
	if err != nil || status.Redirect == "" || status.AuthServer != "" || status.AuthPortal != "" {
		t.Errorf("status is %+v, %v", status, err)
	}
}

// A refused join of whatever sort leaves no member, no place taken and no identifier
// reserved behind (JOIN-8, W-1).
func TestRefusalLeavesNothing_JOIN8_W1(t *testing.T) {
	h := newHouse(t)
	h.write("test", `{"max-clients": 1, `+testGroup[1:])
	watcher, op := h.op("op")
	for _, test := range []struct {
		cred Credentials
		id   string
	}{
		{with("ada", "secret"), "1"}, // full
		{with("ada", "wrong"), "1"},
		{with("op", "op"), ""},
		{with("op", "op"), "op"},
		{Credentials{}, "1"},
		{Credentials{Token: "x"}, "1"},
	} {
		c, m, err := h.try("test", test.id, test.cred)
		var refused *Error
		if !errors.As(err, &refused) || m != nil {
			t.Errorf("%+v: %v", test, err)
		}
		c.want(t, "")
	}
	watcher.want(t, "")
	if n := len(op.Group().Members()); n != 1 {
		t.Errorf("%d members", n)
	}
	h.join("test", "1", with("op", "op"))
}
