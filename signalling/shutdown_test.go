package signalling_test

import (
	"context"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"galene/internal/testclient"
	"galene/signalling"
)

// TestShutdown checks GRP-14 and W-20 (checklist 33).
func TestShutdown(t *testing.T) {
	const text = "server is shutting down"
	f := newFixture(t)
	ada, bob, idle := f.join("ada"), f.join("bob"), f.connect()
	silent := testclient.Dial(t, f.url)
	ada.Sync()
	bob.Sync()
	start := time.Now()
	f.server.Shutdown(context.Background(), text)
	if d := time.Since(start); d > 3*time.Second {
		t.Errorf("shutdown took %v", d)
	}
	if n := f.server.Sessions(); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
	for _, c := range []*testclient.Client{ada, bob} {
		if m := c.Await("usermessage/kicked"); m.Text() != text || !m.Privileged || m.ID != "" {
			t.Errorf("got %s", m.Raw)
		}
		c.ExpectClose(1000, "kicked out ("+text+")")
	}
	idle.Expect("usermessage/kicked")
	idle.ExpectClose(1001, text)
	silent.ExpectClose(1001, text)

	late := testclient.Dial(t, f.url)
	late.ExpectClose(1001, text)
}

// TestShutdownOfStuckClients checks that a client that does not read cannot hold
// the shutdown up.
func TestShutdownOfStuckClients(t *testing.T) {
	inBubble(t, func(t *testing.T, dial func() *testclient.Client) {
		c := dial()
		joinInBubble(c)
		c.Sync()
		c.Pause()
		c.Chat("read")
		c.Chat("not read")
	})
	// The end of the fixture checks that no session is left.
}

// TestConnectionsPerAddress checks W-22.
func TestConnectionsPerAddress(t *testing.T) {
	f := newFixture(t, limits(func(l *signalling.Limits) { l.PerAddress = 2 }))
	first := f.connect()
	f.connect()
	testclient.Dial(t, f.url).ExpectClose(websocket.CloseTryAgainLater, "too many connections")
	first.Cut()
	eventually(t, "the first session to end", func() bool { return f.server.Sessions() == 1 })
	f.connect()
}
