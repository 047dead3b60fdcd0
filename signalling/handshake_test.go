package signalling_test

import (
	"net/http"
	"strings"
	"testing"

	"galene/internal/testclient"
)

const versionWarning = "This client is using an unknown protocol version.\n" +
	"Perhaps it needs upgrading?\nTrying to continue, things may break."

// TestVersion checks the table of WS-18 (checklist 4).
func TestVersion(t *testing.T) {
	f := newFixture(t)
	tests := []struct {
		name    string
		text    string
		warning bool
		millis  bool
	}{
		{"2", `{"type":"handshake","version":["2"],"id":"a1"}`, false, false},
		{"2 among others", `{"type":"handshake","version":["3","2"],"id":"a2"}`, false, false},
		{"absent", `{"type":"handshake","id":"a3"}`, true, true},
		{"null", `{"type":"handshake","version":null,"id":"a4"}`, true, true},
		{"empty", `{"type":"handshake","version":[],"id":"a5"}`, true, true},
		{"1", `{"type":"handshake","version":["1"],"id":"a6"}`, true, true},
		{"3", `{"type":"handshake","version":["3"],"id":"a7"}`, true, false},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := testclient.Dial(t, f.url)
			c.ID = "a" + string(rune('1'+i))
			c.SendRaw(test.text)
			reply := c.Expect("handshake")[0]
			if string(reply.Raw) != `{"type":"handshake","version":["2"]}` {
				t.Errorf("got %s", reply.Raw)
			}
			if test.warning {
				m := c.Expect("usermessage/warning")[0]
				if m.Text() != versionWarning || m.Dest != c.ID || !m.Privileged {
					t.Errorf("got %v", m)
				}
			}
			c.ExpectQuiet()
			c.Join("test", "bob"+c.ID, "")
			c.Chat("hello") // W-28
			m := c.Await("chat")
			if _, millis := m.Time.(float64); millis != test.millis {
				t.Errorf("time %v", m.Time)
			}
			c.Cut()
		})
	}
}

// TestPipelined checks that a client need not wait for answers (WS-17).
func TestPipelined(t *testing.T) {
	f := newFixture(t)
	c := testclient.Dial(t, f.url)
	c.SendRaw(`{"type":"handshake","version":["2"],"id":"` + c.ID + `"}`)
	c.SendJoin("test", "bob", "")
	c.Send(testclient.Message{Type: "chat", Value: "hello"})
	c.Send(testclient.Message{Type: "join", Kind: "leave", Group: "test"})
	c.SendJoin("test", "bob", "")
	c.Expect("handshake", "joined/join", "user/add", "chat", "joined/leave",
		"joined/join", "chathistory", "user/add")
	c.ExpectQuiet()
}

// TestOrigin checks WS-6 to WS-9 and W-29 (checklist 1).
func TestOrigin(t *testing.T) {
	f := newFixture(t)
	host := strings.TrimPrefix(f.http, "http://")
	tests := []struct {
		origin string
		status int
	}{
		{"", 101},
		{"http://" + host, 101},
		{"https://" + host, 101}, // the scheme is not compared
		{"https://allowed.example", 101},
		{"HTTPS://Allowed.Example", 101},
		{"http://allowed.example", 403},
		{"https://allowed.example/", 403},
		{"https://proxy.example", 101},
		{"https://canonical.example:8443", 101},
		{"https://canonical.example", 403},
		{"https://evil.example", 403},
		{"http://127.0.0.1", 403}, // the port is compared
		{"null", 403},
		{"*", 403},
		{"://", 403},
	}
	for _, test := range tests {
		t.Run(test.origin, func(t *testing.T) {
			var options []testclient.Option
			if test.origin != "" {
				options = append(options, testclient.WithOrigin(test.origin))
			}
			_, status, err := testclient.TryDial(t, f.url, options...)
			if status != test.status {
				t.Errorf("status %d, want %d: %v", status, test.status, err)
			}
		})
	}
}

// TestBadUpgrade checks WS-3.
func TestBadUpgrade(t *testing.T) {
	f := newFixture(t)
	good := map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket",
		"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
	}
	tests := []struct {
		name, method, header, value string
		status                      int
	}{
		{"no connection token", "GET", "Connection", "keep-alive", 400},
		{"no upgrade token", "GET", "Upgrade", "h2c", 400},
		{"method", "POST", "", "", 405},
		{"version", "GET", "Sec-WebSocket-Version", "8", 400},
		{"origin", "GET", "Origin", "https://evil.example", 403},
		{"no key", "GET", "Sec-WebSocket-Key", "", 400},
		{"blank key", "GET", "Sec-WebSocket-Key", "  ", 400},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := http.NewRequest(test.method, f.http+"/ws", nil)
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range good {
				r.Header.Set(name, value)
			}
			if test.header != "" {
				r.Header.Set(test.header, test.value)
			}
			response, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != test.status {
				t.Errorf("status %d, want %d", response.StatusCode, test.status)
			}
			if v := response.Header.Get("Sec-Websocket-Version"); v != "13" {
				t.Errorf("Sec-WebSocket-Version %q", v)
			}
		})
	}
}
