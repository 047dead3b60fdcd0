package signalling_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"galene/internal/testclient"
	"galene/signalling"
)

// inBubble runs a test in which time passes by itself when nothing else happens.
func inBubble(t *testing.T, test func(t *testing.T, dial func() *testclient.Client),
	change ...func(*signalling.Options)) {
	synctest.Test(t, func(t *testing.T) {
		f, network := newFixtureInBubble(t, change...)
		test(t, func() *testclient.Client {
			return testclient.Dial(t, f.url, testclient.WithNetwork(network.dial),
				testclient.WithTimeout(time.Hour))
		})
	})
}

// joinInBubble makes a member of the group "test".
func joinInBubble(c *testclient.Client) {
	c.Handshake()
	c.Join("test", "bob", "")
}

// TestSilence checks WS-20 and WS-21: pings at 20, 30 and 40 s, the end at 50 s.
func TestSilence(t *testing.T) {
	inBubble(t, func(t *testing.T, dial func() *testclient.Client) {
		c := dial()
		joinInBubble(c)
		start := time.Now()
		var pings []time.Duration
		for range 3 {
			c.Expect("ping")
			pings = append(pings, time.Since(start))
		}
		if want := []time.Duration{20e9, 30e9, 40e9}; !slices.Equal(pings, want) {
			t.Errorf("pings at %v, want %v", pings, want)
		}
		c.ExpectClose(websocket.CloseInternalServerErr, "")
		if end := time.Since(start); end != 50*time.Second {
			t.Errorf("closed after %v", end)
		}
	})
}

// TestPongKeepsAlive checks that a client that answers pings stays (checklist 3).
func TestPongKeepsAlive(t *testing.T) {
	inBubble(t, func(t *testing.T, dial func() *testclient.Client) {
		c := dial()
		joinInBubble(c)
		start := time.Now()
		for time.Since(start) < 10*time.Minute {
			c.Expect("ping")
			c.Send(testclient.Message{Type: "pong"})
		}
		c.ExpectQuiet()
	})
}

// TestWebSocketPingIsNoActivity checks WS-14.
func TestWebSocketPingIsNoActivity(t *testing.T) {
	inBubble(t, func(t *testing.T, dial func() *testclient.Client) {
		c := dial()
		joinInBubble(c)
		start := time.Now()
		pongs := make(chan string, 10)
		c.Socket().SetPongHandler(func(data string) error {
			pongs <- data
			return nil
		})
		time.Sleep(15 * time.Second)
		err := c.Socket().WriteControl(websocket.PingMessage, []byte("hello"), time.Now().Add(time.Second))
		if err != nil {
			t.Fatal(err)
		}
		if data := <-pongs; data != "hello" {
			t.Errorf("pong %q", data)
		}
		c.Expect("ping")
		if at := time.Since(start); at != 20*time.Second {
			t.Errorf("ping after %v", at)
		}
	})
}

// TestNoHandshake checks the rows of WS-15 (H-102).
func TestNoHandshake(t *testing.T) {
	t.Run("nothing", func(t *testing.T) {
		inBubble(t, func(t *testing.T, dial func() *testclient.Client) {
			c, start := dial(), time.Now()
			c.ExpectClose(websocket.CloseAbnormalClosure, "")
			if end := time.Since(start); end != 15*time.Second {
				t.Errorf("closed after %v", end)
			}
		})
	})
	t.Run("half a message", func(t *testing.T) {
		inBubble(t, func(t *testing.T, dial func() *testclient.Client) {
			c, start := dial(), time.Now()
			// The first byte of a masked frame of 100 bytes.
			if _, err := c.Socket().NetConn().Write([]byte{0x81, 0xe4, 0, 0, 0, 0, '{'}); err != nil {
				t.Fatal(err)
			}
			c.ExpectClose(websocket.CloseAbnormalClosure, "")
			if end := time.Since(start); end != 15*time.Second {
				t.Errorf("closed after %v", end)
			}
		})
	})
	for name, text := range map[string]string{
		"undecodable": "hello", "wrong type of field": `{"type":"handshake","id":7}`,
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, dial func() *testclient.Client) {
				c := dial()
				c.SendRaw(text)
				c.ExpectClose(websocket.CloseAbnormalClosure, "")
			})
		})
	}
	for _, text := range []string{
		`{"type":"join","kind":"join","group":"test","username":"bob"}`, `{"type":"foo"}`, `{}`,
	} {
		t.Run(text, func(t *testing.T) {
			inBubble(t, func(t *testing.T, dial func() *testclient.Client) {
				c := dial()
				c.SendRaw(text)
				c.ExpectClose(websocket.CloseProtocolError, "you must handshake first")
			})
		})
	}
}

// TestNeverJoining checks the limit on clients that do not join (W-22).
func TestNeverJoining(t *testing.T) {
	const text = "you have not joined a group"
	inBubble(t, func(t *testing.T, dial func() *testclient.Client) {
		c := dial()
		c.Handshake()
		start := time.Now()
		for time.Since(start) < 59*time.Second {
			c.Sync()
			time.Sleep(time.Second)
		}
		c.AwaitWhere("the error", func(m testclient.Message) bool { return m.Text() == text })
		c.ExpectClose(websocket.CloseNormalClosure, text)
		if end := time.Since(start); end != time.Minute {
			t.Errorf("closed after %v", end)
		}
	})
}

// TestDelayOfRefusal checks that guessing passwords is slow, and that other
// clients do not wait for it (JOIN-6).
func TestDelayOfRefusal(t *testing.T) {
	inBubble(t, func(t *testing.T, dial func() *testclient.Client) {
		c, other := dial(), dial()
		c.Handshake()
		other.Handshake()
		start := time.Now()
		c.SendJoin("test", "ada", "wrong")
		other.Sync()
		if d := time.Since(start); d != 0 {
			t.Errorf("another client waited for %v", d)
		}
		c.Send(testclient.Message{Type: "ping"})
		c.Expect("joined/fail", "pong")
		if d := time.Since(start); d < 200*time.Millisecond {
			t.Errorf("refused after %v", d)
		}
	})
}

// TestRateLimit checks that a client that floods the chat is first slowed down,
// then refused (W-22).
func TestRateLimit(t *testing.T) {
	change := limits(func(l *signalling.Limits) {
		l.Chat = signalling.Rate{PerSecond: 10, Burst: 20}
		l.RatePatience = 5 * time.Second
	})
	inBubble(t, func(t *testing.T, dial func() *testclient.Client) {
		c := dial()
		joinInBubble(c)
		start := time.Now()
		const n = 200
		go func() {
			for range n {
				c.Chat("x")
			}
		}()
		var accepted int
		for i := range n {
			m := c.Next()
			d := time.Since(start)
			switch {
			case m.Is("chat"):
				accepted++
			case m.Text() != "rate limited":
				t.Fatalf("got %v", m)
			}
			if i == 19 && d != 0 {
				t.Errorf("the burst took %v", d)
			}
		}
		// 20 at once, then 10 a second until patience ends.
		if accepted < 65 || accepted > 75 {
			t.Errorf("%d of %d messages accepted", accepted, n)
		}
		if d := time.Since(start); d < 17*time.Second || d > 18*time.Second {
			t.Errorf("%d messages were read in %v", n, d)
		}
		time.Sleep(5 * time.Second)
		c.Sync()
		c.Chat("x")
		c.Expect("chat")
	}, change)
}
