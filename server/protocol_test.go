package server

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"galene/internal/testclient"
)

// withoutRedirects is a client that shows redirects.
func withoutRedirects(t *testing.T) *http.Client {
	c := client()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// location fetches a page, and returns the status and where it redirects to.
func location(t *testing.T, c *http.Client, url string) (int, string) {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("Location")
}

// There is one endpoint, which speaks no subprotocol and no compression, is not
// redirected to the canonical host, and believes no header about the peer's address
// (WS-1, WS-2, WS-5, H-9, H-33, checklist 1).
func TestEndpoint_WS1_WS2_WS5(t *testing.T) {
	conf := configuration(t, files{"tea.json": `{"users": {"ada": {"password": "x", "permissions": "op"}}}`})
	writeFile(t, filepath.Join(conf.Data, "config.json"),
		`{"canonicalHost": "elsewhere.example", "allowOrigin": ["https://listed.example"]}`)
	r := start(t, conf)
	if status, to := location(t, withoutRedirects(t), r.url("https")+"/group/tea/"); status != http.StatusMovedPermanently ||
		to != "https://elsewhere.example/group/tea/" {
		t.Errorf("a page: %d, %s", status, to)
	}
	dialer := websocket.Dialer{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, Subprotocols: []string{"galene"}, EnableCompression: true,
	}
	for origin, want := range map[string]int{
		"": 101, r.url("https"): 101, "https://listed.example": 101, "https://foreign.example": 403,
	} {
		header := http.Header{"X-Forwarded-For": {"192.0.2.99"}, "Forwarded": {"for=192.0.2.99"}}
		if origin != "" {
			header.Set("Origin", origin)
		}
		ws, resp, err := dialer.Dial(r.url("wss")+"/ws", header)
		if resp == nil || resp.StatusCode != want {
			t.Errorf("origin %q: %v, want %d", origin, err, want)
		}
		if err != nil {
			continue
		}
		if ws.Subprotocol() != "" || resp.Header.Get("Sec-Websocket-Extensions") != "" {
			t.Errorf("got %v", resp.Header)
		}
		if address := addressSeen(t, ws); address != ws.LocalAddr().String() {
			t.Errorf("the address is %s, want %s", address, ws.LocalAddr())
		}
		ws.Close()
	}
	for _, path := range []string{"/ws/", "/ws/x", "/wss", "/group/tea/ws"} {
		if ws, _, err := dialer.Dial(r.url("wss")+path, nil); err == nil {
			ws.Close()
			t.Errorf("%s is an endpoint", path)
		}
	}
}

// The status over HTTP tells where the group and the endpoint are, going by the request
// or by proxyURL, which is noticed at once (H-25, H-35, S-15); in messages it does not
// (JOIN-12, JOIN-13).
func TestWhereTheGroupIs_JOIN12_JOIN13(t *testing.T) {
	conf := configuration(t, files{"tea.json": open})
	r := start(t, conf)
	c := withoutRedirects(t)
	status := func() (s struct{ Name, Location, Endpoint string }) {
		t.Helper()
		_, body := fetch(t, c, r.url("https")+"/group/tea/.status")
		if err := json.Unmarshal([]byte(body), &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	if s := status(); s.Location != r.url("https")+"/group/tea/" || s.Endpoint != r.url("wss")+"/ws" {
		t.Errorf("got %+v", s)
	}
	writeFile(t, filepath.Join(conf.Data, "config.json"), `{"proxyURL": "http://proxy.example:81/chat/"}`)
	if s := status(); s.Location != "http://proxy.example:81/chat/group/tea/" || s.Endpoint != "ws://proxy.example:81/chat/ws" {
		t.Errorf("got %+v", s)
	}
	joined := testclient.Connect(t, r.url("wss")+"/ws").Join("tea", "ada", "")
	for _, key := range []string{"location", "endpoint"} {
		if _, there := joined.Status[key]; there || joined.Status["name"] != "tea" {
			t.Errorf("got %v", joined.Status)
		}
	}
}

// Groups in URLs: the slash, the operations, and names with a period (GRP-2).  Browsers
// do not remember where a group was redirected to (JOIN-15, HW-3).
func TestGroupsInURLs_GRP2(t *testing.T) {
	r := start(t, configuration(t, files{
		"a/b.json": open, "moved.json": `{"redirect": "https://elsewhere.example/group/x/"}`,
	}))
	c := withoutRedirects(t)
	for path, want := range map[string]struct {
		status   int
		location string
	}{
		"/group/a/b/":             {200, ""},
		"/group/a/b":              {308, "/group/a/b/"},
		"/group/a/b/.status.json": {308, "/group/a/b/.status"},
		"/group/a/b/.status":      {200, ""},
		"/group/.a/":              {404, ""},
		"/group/a/.b/c/":          {404, ""},
		"/group/moved/":           {307, "https://elsewhere.example/group/x/"},
	} {
		status, to := location(t, c, r.url("https")+path)
		if status != want.status || !strings.HasSuffix(to, want.location) || want.location == "" && to != "" {
			t.Errorf("%s: %d %q, want %+v", path, status, to, want)
		}
	}
}

// The servers of the file reach the clients in the shape that browsers want, with fresh
// credentials; the built-in TURN server comes after them (CONF-4, CONF-5, CONF-6, S-41,
// S-42).
func TestICEServersReachClients_CONF4_CONF5(t *testing.T) {
	conf := configuration(t, files{"tea.json": open})
	port, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conf.TURN = port.LocalAddr().String()
	port.Close()
	file := filepath.Join(conf.Data, "ice-servers.json")
	writeFile(t, file, `[
		{"urls": ["stun:stun.example.org"]},
		{"urls": ["turn:turn.example.org"], "username": "u", "credential": "c"},
		{"urls": ["turn:limited.example.org"], "credential": "secret", "credentialType": "hmac-sha1"},
		{"urls": 5}]`)
	r := start(t, conf)
	servers := func() []map[string]any {
		t.Helper()
		joined := testclient.Connect(t, r.url("wss")+"/ws").Join("tea", "ada", "")
		var list []map[string]any
		if err := json.Unmarshal(joined.RTCConfiguration["iceServers"], &list); err != nil {
			t.Fatalf("%v: %v", joined.RTCConfiguration, err)
		}
		for _, server := range list {
			if _, isList := server["urls"].([]any); !isList || server["credentialType"] != "password" {
				t.Errorf("got %v", server)
			}
		}
		return list
	}
	list := servers()
	if len(list) != 4 || list[0]["username"] != nil || list[1]["username"] != "u" || list[1]["credential"] != "c" {
		t.Fatalf("got %v", list)
	}
	if name, _ := list[2]["username"].(string); name == "" || list[2]["credential"] == "secret" {
		t.Errorf("got %v", list[2])
	}
	urls, _ := list[3]["urls"].([]any) // the built-in server comes last
	if len(urls) == 0 || !strings.Contains(fmt.Sprint(urls[0]), conf.TURN) {
		t.Errorf("got %v, want %s", list[3], conf.TURN)
	}
}
