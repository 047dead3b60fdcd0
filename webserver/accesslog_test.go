package webserver

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"
)

// Each request is logged once it has been answered, without what is secret (HW-20).
func TestAccessLog_HW20(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("/", newTestServer(t, func(o *Options) {
		o.Streams = func(w http.ResponseWriter, _ *http.Request, _, kind, _ string) bool {
			if kind == "" {
				return false
			}
			w.WriteHeader(http.StatusCreated)
			return true
		}
	}))
	mux.HandleFunc("/hints", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		_, _ = io.WriteString(w, "ab")
		_, _ = io.WriteString(w, "c")
		w.WriteHeader(http.StatusTeapot) // too late
	})
	mux.HandleFunc("/nothing", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/abort", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "a")
		panic(http.ErrAbortHandler)
	})
	for _, c := range []struct {
		name, request, method, path string
		status, bytes               float64
		complete                    bool
	}{
		{"a file", "GET /js/call.js?token=sEcret HTTP/1.1\r\nHost: x", "GET", "/js/call.js", 200, 11, true},
		{"HEAD", "HEAD /js/call.js HTTP/1.1\r\nHost: x", "HEAD", "/js/call.js", 200, 0, true},
		{"a redirect", "GET /group/tea?token=sEcret HTTP/1.1\r\nHost: x", "GET", "/group/tea", 308, 0, true},
		{"a password", "GET /healthz HTTP/1.1\r\nHost: x\r\nAuthorization: Basic sEcret\r\nCookie: sEcret\r\nReferer: http://x/?token=sEcret",
			"GET", "/healthz", 200, 3, true},
		{"a password in the URL", "GET http://a:sEcret@x/healthz HTTP/1.1\r\nHost: x", "GET", "/healthz", 200, 3, true},
		{"publish", "POST /group/tea/.whip HTTP/1.1\r\nHost: x\r\nContent-Length: 0", "POST", "/group/tea/.whip", 201, 0, true},
		{"a stream", "DELETE /group/tea/.whip/sEcret HTTP/1.1\r\nHost: x", "DELETE", "/group/tea/.whip/…", 201, 0, true},
		{"a token", "GET /galene-api/v0/.groups/a/%2etokens/sEcret/.tokens/sEcret HTTP/1.1\r\nHost: x",
			"GET", "/galene-api/v0/.groups/a/.tokens/…", 404, 19, true},
		{"all tokens", "GET /galene-api/v0/.groups/a/.tokens/ HTTP/1.1\r\nHost: x", "GET", "/galene-api/v0/.groups/a/.tokens/", 404, 19, true},
		{"a line of its own", "GET /a%0aINFO%20request HTTP/1.1\r\nHost: x", "GET", "/a\nINFO request", 404, 39, true},
		{"hints first", "GET /hints HTTP/1.1\r\nHost: x", "GET", "/hints", 200, 3, true},
		{"nothing", "GET /nothing HTTP/1.1\r\nHost: x", "GET", "/nothing", 200, 0, true},
		{"cut off", "GET /abort HTTP/1.1\r\nHost: x", "GET", "/abort", 200, 1, false},
		{"a WebSocket refused", "GET /ws HTTP/1.1\r\nHost: x", "GET", "/ws", 400, 12, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var text logBuffer
			d := openDoor(t, "127.0.0.1:0", LogAccess(mux, slog.New(slog.NewJSONHandler(&text, nil))), false)
			conn, err := net.Dial("tcp", d.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, c.request+"\r\nConnection: close\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, conn)
			shutdown(t, d) // when all has been logged
			got := accesses(t, &text)
			if len(got) != 1 {
				t.Fatalf("%d lines", len(got))
			}
			if strings.Contains(text.String(), "sEcret") {
				t.Errorf("logged: %s", text.String())
			}
			for key, want := range map[string]any{
				"msg": "request", "level": "INFO", "address": conn.LocalAddr().String(), "method": c.method,
				"path": c.path, "status": c.status, "bytes": c.bytes, "complete": c.complete,
				"host": "x", "scheme": "http", "protocol": "HTTP/1.1",
			} {
				if got[0][key] != want {
					t.Errorf("%s is %v, want %v", key, got[0][key], want)
				}
			}
			if duration, ok := got[0]["duration"].(float64); !ok || duration < 0 {
				t.Errorf("duration %v", got[0]["duration"])
			}
		})
	}
}

// logBuffer may be read while it is written.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// accesses decodes a log.
func accesses(t *testing.T, text *logBuffer) []map[string]any {
	t.Helper()
	var list []map[string]any
	for line := range strings.Lines(text.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		list = append(list, m)
	}
	return list
}

// A WebSocket is logged when it ends, and HTTP/2 is logged, too (HW-20).
func TestAccessLogOfWebSockets_HW20(t *testing.T) {
	var text logBuffer
	sessions := make(chan *websocket.Conn)
	ended, closed := make(chan struct{}), make(chan struct{})
	s := newTestServer(t, func(o *Options) {
		o.Session = func(c *websocket.Conn, _ string) {
			sessions <- c
			_, _, _ = c.ReadMessage()
			c.Close()
			close(closed)
		}
	})
	logged := LogAccess(s, slog.New(slog.NewJSONHandler(&text, nil)))
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { ended <- struct{}{} }()
		logged.ServeHTTP(w, r)
	})
	d := openDoor(t, "127.0.0.1:0", h, false)
	ws, _, err := websocket.DefaultDialer.Dial("ws://"+d.Addr().String()+"/ws?token=sEcret", nil)
	if err != nil {
		t.Fatal(err)
	}
	<-sessions
	<-ended
	if got := accesses(t, &text); len(got) != 0 {
		t.Errorf("already logged: %v", got)
	}
	ws.Close()
	<-closed
	got := accesses(t, &text)
	if len(got) != 1 || got[0]["status"] != float64(101) || got[0]["path"] != "/ws" || got[0]["complete"] != true {
		t.Errorf("logged %v", got)
	}

	secure := openDoor(t, "127.0.0.1:0", h, true)
	client := &http.Client{Transport: &http.Transport{
		ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
	defer client.CloseIdleConnections()
	go func() {
		if resp, err := client.Get("https://" + secure.Addr().String() + "/healthz"); err == nil {
			resp.Body.Close()
		}
	}()
	<-ended
	got = accesses(t, &text)
	if len(got) != 2 || got[1]["protocol"] != "HTTP/2.0" || got[1]["scheme"] != "https" || got[1]["status"] != float64(200) {
		t.Errorf("logged %v", got)
	}
}
