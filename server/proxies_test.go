package server

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"galene/internal/testclient"
)

// addressOf joins a group by a WebSocket opened with the given header, and returns the
// address that an operator sees.
func addressOf(t *testing.T, url string, header http.Header) string {
	t.Helper()
	ws, resp, err := websocket.DefaultDialer.Dial(url, header)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	defer ws.Close()
	return addressSeen(t, ws)
}

// addressSeen joins a group, as an operator may, and returns the address that an operator
// sees.
func addressSeen(t *testing.T, ws *websocket.Conn) string {
	t.Helper()
	// Whoever was here before may not have left yet.
	id := ws.LocalAddr().String()
	for _, text := range []string{
		`{"type":"handshake","version":["2"],"id":"` + id + `"}`,
		`{"type":"join","kind":"join","group":"tea","username":"ada","password":"x"}`,
		`{"type":"useraction","kind":"identify","dest":"` + id + `"}`,
	} {
		if err := ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	for {
		var m struct {
			Kind  string
			Value struct{ Address string }
		}
		_, frame, err := ws.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		if json.Unmarshal(frame, &m) == nil && m.Kind == "userinfo" {
			return m.Value.Address
		}
	}
}

// Behind a trusted proxy, members, administrators and their guesses have the address that
// the proxy tells, and URLs its scheme; else they have not (HW-15).
func TestBehindAProxy_HW15(t *testing.T) {
	for _, c := range []struct {
		trusted []string
		address string // what addresses begin with
		scheme  string
	}{
		{nil, "127.0.0.1:", "http"},
		{[]string{"192.0.2.0/24"}, "127.0.0.1:", "http"},
		{[]string{"127.0.0.1"}, "192.0.2.99:0", "https"},
	} {
		t.Run(strings.Join(c.trusted, ","), func(t *testing.T) {
			conf := configuration(t, files{"tea.json": `{"users": {"ada": {"password": "x", "permissions": "op"}}}`})
			conf.Insecure = true
			conf.TrustedProxies = c.trusted
			r := start(t, conf)
			header := http.Header{
				"X-Forwarded-For":   {"203.0.113.9, 192.0.2.99"},
				"X-Forwarded-Proto": {"https"},
			}
			if got := addressOf(t, r.url("ws")+"/ws", header); !strings.HasPrefix(got, c.address) {
				t.Errorf("the address is %q, want %q", got, c.address)
			}
			get := func(path string) string {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url("http")+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header = header
				cl := &http.Client{Timeout: testclient.Timeout}
				defer cl.CloseIdleConnections()
				resp, err := cl.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				body, err := io.ReadAll(resp.Body)
				if err != nil {
					t.Fatal(err)
				}
				return string(body)
			}
			if body := get("/group/tea/.status"); !strings.Contains(body, `"location":"`+c.scheme+"://") {
				t.Errorf("status %s", body)
			}
			get("/galene-api/v0/.groups/") // refused, which is logged
			await(t, "the log of a refusal", func() bool {
				return strings.Contains(r.log.String(), "address="+c.address)
			})
		})
	}
}
