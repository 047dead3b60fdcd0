package testclient

import (
	"errors"
	"slices"
	"time"

	"github.com/gorilla/websocket"
)

// notify wakes whoever waits.  c.mu is held.
func (c *Client) notify() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// wait waits until the condition holds, which is tested with c.mu held.  It
// returns false at the deadline.
func (c *Client) wait(condition func() bool) bool {
	deadline := time.NewTimer(c.timeout)
	defer deadline.Stop()
	for {
		c.mu.Lock()
		ok, changed := condition(), c.changed
		c.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-changed:
		case <-deadline.C:
			return false
		}
	}
}

// next takes the next message; false is the end of the socket, or the deadline.
func (c *Client) next() (m Message, ok bool) {
	c.wait(func() bool {
		if len(c.messages) > 0 {
			m, ok = c.messages[0], true
			c.messages = c.messages[1:]
		}
		return ok || c.err != nil
	})
	if m.Is("joined/join") {
		c.Group, c.Username = m.Group, m.User()
	}
	return m, ok
}

// Next takes the next message.
func (c *Client) Next() Message {
	c.t.Helper()
	m, ok := c.next()
	if !ok {
		c.t.Fatalf("%s: no message: %v", c.name(), c.Err())
	}
	return m
}

// Expect takes the next messages, which must be of the given types, or types and
// kinds ("user/add"), in that order.  ICE candidates are passed over unless they
// are expected.
func (c *Client) Expect(names ...string) []Message {
	c.t.Helper()
	var got []Message
	for _, name := range names {
		m := c.Next()
		for m.Type == "ice" && name != "ice" {
			m = c.Next()
		}
		got = append(got, m)
		if !m.Is(name) {
			c.t.Fatalf("%s: expected %v, got %v", c.name(), names, got)
		}
	}
	return got
}

// Await takes messages until one is of the given type, or type and kind, and
// returns it.
func (c *Client) Await(name string) Message {
	c.t.Helper()
	return c.AwaitWhere(name, func(m Message) bool { return m.Is(name) })
}

// AwaitWhere takes messages until one satisfies the condition, and returns it.
func (c *Client) AwaitWhere(what string, condition func(Message) bool) Message {
	c.t.Helper()
	var passed []Message
	for {
		m, ok := c.next()
		if !ok {
			c.t.Fatalf("%s: awaited %s, got %v; %v", c.name(), what, passed, c.Err())
		}
		if condition(m) {
			return m
		}
		passed = append(passed, m)
	}
}

// ExpectError takes the next message, which must report an error with the given
// text.
func (c *Client) ExpectError(text string) {
	c.t.Helper()
	m := c.Expect("usermessage/error")[0]
	if m.Text() != text || !m.Privileged || m.Dest != c.ID {
		c.t.Fatalf("%s: expected error %q, got %v", c.name(), text, m)
	}
}

// Sync waits until the server has acted upon everything sent before, and takes
// and returns what it has sent until then.
func (c *Client) Sync() []Message {
	c.t.Helper()
	c.Send(Message{Type: "ping"})
	var got []Message
	for {
		m := c.Next()
		if m.Is("pong") {
			return got
		}
		got = append(got, m)
	}
}

// ExpectQuiet fails the test if anything but candidates has come, or comes from
// what was sent before.
func (c *Client) ExpectQuiet() {
	c.t.Helper()
	got := slices.DeleteFunc(c.Sync(), func(m Message) bool { return m.Is("ice") })
	if len(got) > 0 {
		c.t.Fatalf("%s: expected nothing, got %v", c.name(), got)
	}
}

// ExpectClose waits for the end of the socket: a close frame with the given code
// and reason, without messages before it.  Code 1006 is the end without a close
// frame.
func (c *Client) ExpectClose(code int, reason string) {
	c.t.Helper()
	c.wait(func() bool { return c.err != nil })
	c.mu.Lock()
	messages, err := c.messages, c.err
	c.mu.Unlock()
	if len(messages) > 0 {
		c.t.Fatalf("%s: expected close %d, got %v", c.name(), code, messages)
	}
	gotCode, gotReason := websocket.CloseAbnormalClosure, ""
	var closed *websocket.CloseError
	switch {
	case err == nil:
		c.t.Fatalf("%s: expected close %d %q, but the socket is open", c.name(), code, reason)
	case errors.As(err, &closed):
		gotCode, gotReason = closed.Code, closed.Text
		if gotCode == websocket.CloseAbnormalClosure {
			gotReason = ""
		}
	}
	if gotCode != code || gotReason != reason {
		c.t.Fatalf("%s: expected close %d %q, got %d %q (%v)",
			c.name(), code, reason, gotCode, gotReason, err)
	}
}

// Err returns the error that ended the socket, or nil.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Ended is closed when the socket has ended.
func (c *Client) Ended() <-chan struct{} { return c.done }
