package signalling_test

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"galene/internal/testclient"
	"galene/signalling"
)

// hijacked is a response that gives its connection away.
type hijacked struct {
	http.ResponseWriter
	conn net.Conn
}

func (h hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.conn, bufio.NewReadWriter(bufio.NewReader(h.conn), bufio.NewWriter(h.conn)), nil
}

// deadlines is a connection that notes until when it may be written to.
type deadlines struct {
	net.Conn
	write []time.Time
}

func (d *deadlines) SetWriteDeadline(t time.Time) error {
	d.write = append(d.write, t)
	return nil
}
func (d *deadlines) SetDeadline(time.Time) error     { return nil }
func (d *deadlines) SetReadDeadline(time.Time) error { return nil }
func (d *deadlines) Write(b []byte) (int, error)     { return len(b), nil }

// The answer to an upgrade must be written within 30 s, and the connection is free of
// that limit afterwards (WS-4, H-102).
func TestUpgradeIsBounded_WS4(t *testing.T) {
	client, server := net.Pipe()
	defer client.Close()
	conn := &deadlines{Conn: server}
	r := httptest.NewRequest(http.MethodGet, "http://example.org/ws", nil)
	r.Header = http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"},
		"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
	}
	ws, err := signalling.Upgrade(hijacked{httptest.NewRecorder(), conn}, r, signalling.Origins{})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	if len(conn.write) != 2 || !conn.write[1].IsZero() {
		t.Fatalf("deadlines %v", conn.write)
	}
	if d := time.Until(conn.write[0]); d < 25*time.Second || d > 30*time.Second {
		t.Errorf("the answer may take %v", d)
	}
}

// A client's pings are answered before and after joining, at once, and its pongs are
// taken in silence (WS-22, WS-23); fields that are none of its business are ignored
// (MSG-5, WS-12).
func TestPing_WS22_WS23(t *testing.T) {
	f := newFixture(t)
	c := f.connect()
	exchange := func() {
		t.Helper()
		c.SendRaw(`{"type":"pong","id":"x","status":5,"time":{},"permissions":"op","error":[],` +
			`"rtcConfiguration":1,"privileged":"yes","data":7,"unknown":null}`)
		c.SendRaw(`{"type":"ping","username":null,"dest":null,"value":null}`)
		if m := c.Expect("pong")[0]; string(m.Raw) != `{"type":"pong"}` {
			t.Errorf("got %s", m.Raw)
		}
		c.ExpectQuiet()
	}
	exchange()
	c.Join("test", "bob", "")
	c.Sync()
	exchange()
}

// What is no message ends the session with a reason (WS-13, W-12), and before the
// handshake without a word (WS-15); a client that does not begin with the handshake is
// told so (checklist 2).
func TestNoMessage_WS13_WS15(t *testing.T) {
	f := newFixture(t)
	for _, text := range []string{`hello`, `[]`, `{"type":"ping","id":5}`, `{"type":`} {
		c := f.connect()
		c.SendRaw(text)
		c.ExpectError("malformed message")
		c.ExpectClose(1002, "malformed message")

		c = testclient.Dial(t, f.url)
		c.SendRaw(text)
		c.ExpectClose(1006, "")
	}
	c := testclient.Dial(t, f.url)
	c.SendRaw(`{"type":"join","kind":"join","group":"test","username":"bob","password":""}`)
	c.ExpectClose(1002, "you must handshake first")
}

// Every kind and value of chat is passed on as it is (CHAT-8).
func TestAnyKind_CHAT8(t *testing.T) {
	f := newFixture(t)
	ada, bob := f.join("ada"), f.join("bob")
	ada.Sync()
	bob.Sync()
	for _, kind := range []string{"me", "notice", "a b", "é"} {
		for _, value := range []string{`"x"`, `{"a":[null,1.50]}`, `[]`, `0`, `false`, `""`} {
			bob.SendRaw(`{"type":"chat","kind":"` + kind + `","value":` + value + `}`)
			m := ada.Expect("chat")[0]
			if m.Kind != kind || string(keys(t, m)["value"]) != value {
				t.Errorf("%s %s became %s", kind, value, m.Raw)
			}
		}
	}
}
