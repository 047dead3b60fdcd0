package signalling_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"galene/internal/testclient"
	"galene/signalling"
)

// TestSlowReader checks that a client that does not read is dropped, and that
// nobody waits for it (W-21, R-1.75, checklist 34).
func TestSlowReader(t *testing.T) {
	f := newFixture(t, limits(func(l *signalling.Limits) {
		l.Chat = signalling.Rate{PerSecond: 1e6, Burst: 1e6}
		l.Messages = l.Chat
		l.OutboxAge = 3 * time.Second
	}))
	ada, bob := f.join("ada"), f.join("bob")
	slow := f.join("slow")
	slow.Sync()
	if err := slow.Socket().NetConn().(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	slow.Pause()
	ada.Sync()
	bob.Sync()

	// More than the buffers of the system and the outbox take together.
	text := strings.Repeat("x", 60<<10)
	var worst time.Duration
	dropped := false
	begin := time.Now()
	for !dropped {
		if time.Since(begin) > testclient.Timeout {
			t.Fatal("the slow reader has not been dropped")
		}
		start := time.Now()
		bob.Send(testclient.Message{Type: "chat", Value: text, NoEcho: true})
		for {
			m := ada.Next()
			if m.Is("chat") {
				break
			}
			if m.Is("user/delete") && m.ID == slow.ID {
				dropped = true
			}
		}
		worst = max(worst, time.Since(start))
	}
	if worst > 2*time.Second { // a tenth of that on a machine with nothing else to do
		t.Errorf("others waited for up to %v", worst)
	}
	t.Logf("the slowest message took %v", worst)
}

// TestCrowd checks that somebody who joins a crowd is not dropped for the number
// of members that it is told of.
func TestCrowd(t *testing.T) {
	f := newFixture(t, limits(func(l *signalling.Limits) { l.OutboxMessages = 5 }))
	const n = 50
	for range n {
		f.join("somebody")
	}
	bob := f.join("bob")
	for range n {
		bob.Expect("user/add")
	}
}

// TestOldBacklog checks that a client is dropped because of the age of what waits
// for it, however little that is (W-21, WS-24, WS-25).
func TestOldBacklog(t *testing.T) {
	inBubble(t, func(t *testing.T, dial func() *testclient.Client) {
		ada, slow := dial(), dial()
		joinInBubble(ada)
		joinInBubble(slow)
		slow.Sync()
		ada.Sync()
		slow.Pause()
		start := time.Now()
		ada.Chat("read")
		// More than the client's buffer takes, together with the first.
		ada.Chat("written, but not read" + strings.Repeat(".", 16<<10))
		ada.Chat("waiting")
		ada.Expect("chat", "chat", "chat")
		if d := time.Since(start); d > 0 {
			t.Errorf("waited for %v", d)
		}
		ada.Expect("user/delete")
		if d := time.Since(start); d != 10*time.Second {
			t.Errorf("dropped after %v", d)
		}
	})
}
