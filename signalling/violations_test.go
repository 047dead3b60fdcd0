package signalling_test

import (
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"galene/internal/testclient"
)

// TestFatal goes through what ends a connection, with its exact close code and
// reason (2.7, WS-29, WS-30, W-12, checklist 5 and 6).
func TestFatal(t *testing.T) {
	f := newFixture(t)
	tests := []struct {
		name   string
		joined bool
		send   string
		code   int
		text   string // of the error and of the close frame
	}{
		{"MSG-3 foreign source", false, `{"type":"ping","source":"other"}`, 1002, "spoofed client id"},
		{"MSG-3 before MSG-4", false, `{"type":"ping","source":"x","username":"y"}`, 1002, "spoofed client id"},
		{"MSG-3 in join", false, `{"type":"join","kind":"join","source":"x"}`, 1002, "spoofed client id"},
		{"MSG-4 before joining", false, `{"type":"ping","username":"ada"}`, 1002, "spoofed username"},
		{"MSG-4 joined", true, `{"type":"ping","username":"ada"}`, 1002, "spoofed username"},
		{"MSG-4 empty name", true, `{"type":"pong","username":""}`, 1002, "spoofed username"},
		{"MSG-6 unknown type", false, `{"type":"foo"}`, 1002, "unexpected message"},
		{"MSG-6 no type", false, `{}`, 1002, "unexpected message"},
		{"MSG-6 null type", false, `{"type":null}`, 1002, "unexpected message"},
		{"MSG-6 joined", false, `{"type":"joined","kind":"join"}`, 1002, "unexpected message"},
		{"MSG-6 user", true, `{"type":"user","kind":"add"}`, 1002, "unexpected message"},
		{"MSG-6 chathistory", true, `{"type":"chathistory"}`, 1002, "unexpected message"},
		{"WS-19 second handshake", false, `{"type":"handshake","version":["2"]}`, 1002, "unexpected message"},
		{"JOIN-3 kind", false, `{"type":"join","kind":"enter"}`, 1002, "unknown kind"},
		{"JOIN-3 no kind", true, `{"type":"join"}`, 1002, "unknown kind"},
		{"JOIN-4 twice", true, `{"type":"join","kind":"join","group":"test","username":"x"}`, 1002,
			"cannot join multiple groups"},
		{"JOIN-16 idle", false, `{"type":"join","kind":"leave","group":"test"}`, 1000, "you are not joined"},
		{"JOIN-16 other group", true, `{"type":"join","kind":"leave","group":"other"}`, 1000, "you are not joined"},
		{"UA-1 kind", true, `{"type":"useraction","kind":"bless","dest":"x"}`, 1000, "unknown user action"},
		{"GA-1 kind", true, `{"type":"groupaction","kind":"bless"}`, 1000, "unknown group action"},
		{"STR-3 offer", true, `{"type":"offer","sdp":"v=0"}`, 1002, "empty id"},
		{"STR-3 answer", false, `{"type":"answer","sdp":"v=0"}`, 1002, "empty id"},
		{"STR-3 ice", true, `{"type":"ice","candidate":{"candidate":""}}`, 1002, "empty id"},
		{"STR-3 renegotiate", true, `{"type":"renegotiate"}`, 1002, "empty id"},
		{"STR-3 close", false, `{"type":"close"}`, 1002, "empty id"},
		{"STR-3 abort", true, `{"type":"abort","id":""}`, 1002, "empty id"},
		{"STR-18 absent candidate", true, `{"type":"ice","id":"x"}`, 1002, "null candidate"},
		{"STR-18 null candidate", false, `{"type":"ice","id":"x","candidate":null}`, 1002, "null candidate"},
		{"W-12 not JSON", false, `hello`, 1002, "malformed message"},
		{"W-12 empty", true, ``, 1002, "malformed message"},
		{"W-12 array", false, `[]`, 1002, "malformed message"},
		{"W-12 null", false, `null`, 1002, "malformed message"},
		{"W-12 two values", false, `{"type":"ping"}{"type":"ping"}`, 1002, "malformed message"},
		{"W-12 truncated", false, `{"type":"ping"`, 1002, "malformed message"},
		{"W-12 numeric id", true, `{"type":"ice","id":7}`, 1002, "malformed message"},
		{"W-12 numeric type", true, `{"type":7}`, 1002, "malformed message"},
		{"W-12 object as username", true, `{"type":"ping","username":{}}`, 1002, "malformed message"},
		{"W-12 string as noecho", true, `{"type":"chat","noecho":"yes"}`, 1002, "malformed message"},
		{"W-12 candidate", true, `{"type":"ice","id":"x","candidate":"c"}`, 1002, "malformed message"},
		{"W-12 data of join", false, `{"type":"join","kind":"join","group":"test","data":[1]}`, 1002,
			"malformed message"},
		{"W-12 version", false, `{"type":"ping","version":"2"}`, 1002, "malformed message"},
		{"W-12 invalid UTF-8", true, "{\"type\":\"chat\",\"value\":\"\xff\"}", 1002, "malformed message"},
		{"W-12 deep nesting", true, `{"type":"chat","value":` + strings.Repeat("[", 20000) +
			strings.Repeat("]", 20000) + `}`, 1002, "malformed message"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := f.connect()
			if test.joined {
				c.Join("test", "bob", "")
				c.Sync()
			}
			c.SendRaw(test.send)
			c.ExpectError(test.text)
			c.ExpectClose(test.code, test.text)
		})
	}
}

// TestTolerated goes through what a client may send without being noticed.
func TestTolerated(t *testing.T) {
	f := newFixture(t)
	bob := f.join("bob")
	bob.Sync()
	for _, text := range []string{
		`{"type":"pong"}`,
		`{"type":"ice","id":"x","candidate":{"candidate":""}}`,
		`{"type":"ice","id":"x","candidate":{"candidate":"nonsense","sdpMLineIndex":-1}}`,
		`{"type":"ice","id":"x","candidate":{"candidate":7}}`,
		`{"type":"ice","id":"x","candidate":{}}`,
		`{"type":"close","id":"x"}`,
		`{"type":"renegotiate","id":"x"}`,
		`{"type":"requestStream","id":"x","request":["audio"]}`, // W-11, R-1.41
		`{"type":"requestStream","id":"","request":null}`,
		`{"type":"request"}`,
		`{"type":"request","request":null}`,
		`{"type":"request","request":{"":["audio","smell"],"x":null}}`,
		`{"type":"pong","username":null,"dest":null,"replace":null,"source":null,"id":null,"version":null}`,
		`{"type":"pong","status":7,"time":7,"permissions":7,"error":{},"data":7,"privileged":"x","rtcConfiguration":7}`,
		`{"type":"pong","future":{"a":[1,2,3]}}`,
		"\n {\"type\":\"pong\"}\r\n",
	} {
		bob.SendRaw(text)
	}
	bob.SendBinary([]byte(`{"type":"pong"}`)) // WS-10
	if got := bob.Sync(); len(got) > 0 {
		t.Errorf("got %v", got)
	}
}

// TestIdle checks what may be done without a group (STATE-1).
func TestIdle(t *testing.T) {
	f := newFixture(t)
	c := f.connect()
	for _, text := range []string{
		`{"type":"chat","value":"x"}`,
		`{"type":"usermessage","kind":"warning"}`,
		`{"type":"groupaction","kind":"unknown"}`,
		`{"type":"useraction","kind":"unknown"}`,
		`{"type":"request","request":{}}`, // W-11
		`{"type":"requestStream","id":"x","request":[]}`,
	} {
		c.SendRaw(text)
		c.ExpectError("join a group first")
	}
	c.SendRaw(`{"type":"offer","id":"x","sdp":"v=0"}`) // W-1
	if m := c.Expect("abort")[0]; m.ID != "x" {
		t.Errorf("abort of %q", m.ID)
	}
	c.ExpectError("not authorised")
	for _, messageType := range []string{"answer", "abort"} {
		c.SendRaw(`{"type":"` + messageType + `","id":"x"}`)
		if m := c.Expect("close")[0]; m.ID != "x" {
			t.Errorf("%s: close of %q", messageType, m.ID)
		}
	}
	c.SendRaw(`{"type":"ice","id":"x","candidate":{"candidate":""}}`)
	c.SendRaw(`{"type":"close","id":"x"}`)
	c.SendRaw(`{"type":"renegotiate","id":"x"}`)
	c.ExpectQuiet()
	c.Join("test", "bob", "")
}

// TestBadRequest checks that a bad request does not end the connection (W-12).
func TestBadRequest(t *testing.T) {
	f := newFixture(t)
	bob := f.join("bob")
	bob.Sync()
	for _, text := range []string{
		`{"type":"request","request":7}`,
		`{"type":"request","request":["audio"]}`,
		`{"type":"request","request":{"":"audio"}}`,
		`{"type":"request","request":{"":[7]}}`,
		`{"type":"requestStream","id":"x","request":{"":["audio"]}}`,
		`{"type":"requestStream","id":"x","request":"audio"}`,
	} {
		bob.SendRaw(text)
		bob.ExpectError("bad value in request")
	}
}

// TestTooBig checks WS-11 (H-102).
func TestTooBig(t *testing.T) {
	f := newFixture(t)
	pad := func(n int) string {
		const head, tail = `{"type":"ping","pad":"`, `"}`
		return head + strings.Repeat("x", n-len(head)-len(tail)) + tail
	}
	t.Run("exactly 1 MiB", func(t *testing.T) {
		c := f.connect()
		c.SendRaw(pad(1 << 20))
		c.Expect("pong")
	})
	t.Run("one byte more", func(t *testing.T) {
		c := f.connect()
		c.SendRaw(pad(1<<20 + 1))
		c.ExpectClose(websocket.CloseMessageTooBig, "")
	})
	t.Run("before the handshake", func(t *testing.T) {
		c := testclient.Dial(t, f.url)
		c.SendRaw(pad(1<<20 + 1))
		c.ExpectClose(websocket.CloseMessageTooBig, "")
	})
}

// TestCloseEcho checks that the client's own code is echoed (2.7).
func TestCloseEcho(t *testing.T) {
	f := newFixture(t)
	for _, code := range []int{websocket.CloseNormalClosure, websocket.CloseGoingAway, 4000} {
		c := f.join("bob")
		c.Sync()
		c.SendClose(code, "bye")
		c.ExpectClose(code, "")
	}
	c := f.connect()
	c.SendClose(websocket.CloseNoStatusReceived, "")
	c.ExpectClose(websocket.CloseNoStatusReceived, "")
}

// TestCannotTakeDown sends what is hostile at the level of WebSocket frames, and
// checks that others do not notice.
func TestCannotTakeDown(t *testing.T) {
	f := newFixture(t)
	witness := f.join("witness")
	witness.Sync()
	mask := []byte{0, 0, 0, 0}
	for name, frame := range map[string][]byte{
		"unmasked":                 {0x81, 2, '{', '}'},
		"reserved bit":             append([]byte{0xc1, 0x82}, append(mask, '{', '}')...),
		"unknown opcode":           append([]byte{0x83, 0x82}, append(mask, '{', '}')...),
		"continuation of nothing":  append([]byte{0x80, 0x82}, append(mask, '{', '}')...),
		"fragmented ping":          append([]byte{0x09, 0x80}, mask...),
		"huge length":              {0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0},
		"negative length":          {0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0},
		"bad close code":           append([]byte{0x88, 0x82}, append(mask, 0, 1)...),
		"invalid close reason":     append([]byte{0x88, 0x83}, append(mask, 3, 0xe8, 0xff)...),
		"no frame at all":          []byte("GET / HTTP/1.1\r\n\r\n"),
		"begin of a frame and end": {0x81},
	} {
		t.Run(name, func(t *testing.T) {
			c := f.join("mallory")
			witness.AwaitWhere("mallory", func(m testclient.Message) bool {
				return m.Is("user/add") && m.ID == c.ID
			})
			conn := c.Socket().NetConn()
			if _, err := conn.Write(frame); err != nil {
				t.Fatal(err)
			}
			conn.(interface{ CloseWrite() error }).CloseWrite()
			witness.AwaitWhere("the end of mallory", func(m testclient.Message) bool {
				return m.Is("user/delete") && m.ID == c.ID
			})
		})
	}
	witness.ExpectQuiet()
}
