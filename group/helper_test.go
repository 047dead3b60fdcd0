package group

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"galene/conn"
)

// client is a Client that remembers what it was told.
type client struct {
	id      string
	address string
	kind    ClientKind

	mu     sync.Mutex
	events []Event
	from   []*Membership
}

func (c *client) ID() string       { return c.id }
func (c *client) Address() string  { return c.address }
func (c *client) Kind() ClientKind { return c.kind }

func (c *client) Deliver(m *Membership, ev Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events = append(c.events, ev)
	c.from = append(c.from, m)
}

// take returns what the client was told since the last call.
func (c *client) take() []Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	events := c.events
	c.events, c.from = nil, nil
	return events
}

// names describes events in short, for comparisons.
func names(events []Event) string {
	var b strings.Builder
	for i, ev := range events {
		if i > 0 {
			b.WriteByte(' ')
		}
		switch ev := ev.(type) {
		case Joined:
			fmt.Fprintf(&b, "joined/%s", ev.Kind)
		case User:
			fmt.Fprintf(&b, "user/%s:%s", ev.Kind, ev.ID)
		case Chat:
			kind := "chat"
			if ev.History {
				kind = "history"
			}
			value, _ := json.Marshal(ev.Value)
			fmt.Fprintf(&b, "%s:%s", kind, value)
		case UserMessage:
			fmt.Fprintf(&b, "message/%s", ev.Kind)
		case Stream:
			fmt.Fprintf(&b, "stream:%s", ev.Source.ID())
			if ev.Replace != "" {
				fmt.Fprintf(&b, "<%s", ev.Replace)
			}
		case StreamClosed:
			fmt.Fprintf(&b, "closed:%s", ev.ID)
		case StreamRevoked:
			fmt.Fprintf(&b, "revoked:%s", ev.ID)
		case Kicked:
			fmt.Fprintf(&b, "kicked:%s", ev.Text())
		}
	}
	return b.String()
}

// want fails the test unless the client was told exactly this.
func (c *client) want(t *testing.T, expected string) {
	t.Helper()
	if got := names(c.take()); got != expected {
		t.Errorf("client %s was told\n  %s\nwant\n  %s", c.id, got, expected)
	}
}

// source is a conn.Source.
type source struct {
	id    string
	owner conn.User
}

func (s *source) ID() string           { return s.id }
func (s *source) Label() string        { return "camera" }
func (s *source) Owner() conn.User     { return s.owner }
func (s *source) Tracks() []conn.Track { return nil }

// house is a registry in a temporary directory.
type house struct {
	*Registry
	t    *testing.T
	dir  string
	logs *bytes.Buffer
}

// testGroup is the description that most tests use.
const testGroup = `{
	"displayName": "Test",
	"users": {
		"op": {"password": "op", "permissions": "op"},
		"ada": {"password": "secret", "permissions": "present"},
		"nopass": {"permissions": "present"},
		"bad": {"password": {"type": "plain"}, "permissions": "present"},
		"scribe": {"password": "x", "permissions": ["caption"]}
	},
	"wildcard-user": {"password": {"type": "wildcard"}, "permissions": "message"}
}`

// newHouse makes a registry with a group "test".
func newHouse(t *testing.T, change ...func(*Options)) *house {
	t.Helper()
	dir := t.TempDir()
	h := &house{t: t, dir: dir, logs: new(bytes.Buffer)}
	o := Options{
		Directory:     filepath.Join(dir, "groups"),
		DataDirectory: filepath.Join(dir, "data"),
		Logger:        slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	for _, f := range change {
		f(&o)
	}
	h.Registry = NewRegistry(o)
	h.write("test", testGroup)
	return h
}

// write writes the description of a group.
func (h *house) write(name, content string) {
	h.t.Helper()
	h.writeFile(filepath.Join("groups", filepath.FromSlash(name)+".json"), content)
}

// writeFile writes a file below the directory of the house.
func (h *house) writeFile(name, content string) {
	h.t.Helper()
	path := filepath.Join(h.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) remove(name string) {
	h.t.Helper()
	if err := os.Remove(filepath.Join(h.dir, name)); err != nil {
		h.t.Fatal(err)
	}
}

// with makes credentials.
func with(username, password string) Credentials {
	return Credentials{Username: &username, Password: password}
}

// try joins.
func (h *house) try(group, id string, cred Credentials) (*client, *Membership, error) {
	c := &client{id: id, address: "192.0.2.7:5000"}
	m, err := h.Join(h.t.Context(), group, c, cred, nil)
	return c, m, err
}

// join joins with success.
func (h *house) join(group, id string, cred Credentials) (*client, *Membership) {
	h.t.Helper()
	c, m, err := h.try(group, id, cred)
	if err != nil {
		h.t.Fatalf("%s cannot join %s: %v (%v)", id, group, err, errors.Unwrap(err))
	}
	return c, m
}

// op joins "test" as an operator and forgets what it was told.
func (h *house) op(id string) (*client, *Membership) {
	h.t.Helper()
	c, m := h.join("test", id, with("op", "op"))
	c.take()
	return c, m
}

// ada joins "test" as a presenter and forgets what it was told.
func (h *house) ada(id string) (*client, *Membership) {
	h.t.Helper()
	c, m := h.join("test", id, with("ada", "secret"))
	c.take()
	return c, m
}

// wantError fails the test unless err is an *Error with this text, or nil for
// the empty one.
func wantError(t *testing.T, err error, text string) {
	t.Helper()
	if text == "" {
		if err != nil {
			t.Errorf("got %v, want success", err)
		}
		return
	}
	var e *Error
	if !errors.As(err, &e) || e.Text != text {
		t.Errorf("got %v, want %q", err, text)
	}
}

// find returns the first event of a type.
func find[T Event](t *testing.T, events []Event) T {
	t.Helper()
	for _, ev := range events {
		if ev, ok := ev.(T); ok {
			return ev
		}
	}
	t.Fatalf("no %T in %s", *new(T), names(events))
	panic("unreachable")
}

func raw(s string) json.RawMessage {
	if s == "" {
		return nil
	}
	return json.RawMessage(s)
}

// sorted makes the comparison of permissions independent of their order.
func sorted(p Permissions) string {
	names := p.Strings()
	slices.Sort(names)
	return strings.Join(names, " ")
}

// at is a fixed clock that tests can advance.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// encode encodes a value as JSON.
func encode(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// writeAtomically replaces the description of a group.
func (h *house) writeAtomically(name, content string) {
	path := filepath.Join(h.dir, "groups", name+".json")
	if err := os.WriteFile(path+".tmp", []byte(content), 0o600); err != nil {
		h.t.Error(err)
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		h.t.Error(err)
	}
}
