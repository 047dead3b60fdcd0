package webserver

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"galene/group"
	"galene/internal/certs"
)

// openDoor opens a door on a port of its own choice.
func openDoor(t *testing.T, address string, h http.Handler, secure bool) *Door {
	t.Helper()
	o := DoorOptions{
		Address: address,
		Handler: h,
		Logger:  slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	if secure {
		o.GetCertificate = certs.New(certs.Options{DataDir: t.TempDir(), Logger: o.Logger}).GetCertificate
	}
	d, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shutdown(t, d) })
	return d
}

func shutdown(t *testing.T, d *Door) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := d.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	if err := d.Err(); err != nil {
		t.Error(err)
	}
}

func TestTLSVersions_H5_H6(t *testing.T) {
	d := openDoor(t, "127.0.0.1:0", newTestServer(t, nil), true)
	_, err := tls.Dial("tcp", d.Addr().String(), &tls.Config{
		InsecureSkipVerify: true,
		MinVersion:         tls.VersionTLS10,
		MaxVersion:         tls.VersionTLS11,
	})
	if err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("TLS 1.1: %v", err)
	}
	for _, proto := range []string{"h2", "http/1.1"} {
		c, err := tls.Dial("tcp", d.Addr().String(), &tls.Config{
			InsecureSkipVerify: true,
			MaxVersion:         tls.VersionTLS12,
			NextProtos:         []string{proto},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.ConnectionState().NegotiatedProtocol; got != proto {
			t.Errorf("protocol %q, want %q", got, proto)
		}
		c.Close()
	}
}

func TestClearTextOnTLSPort_H7(t *testing.T) {
	d := openDoor(t, "127.0.0.1:0", newTestServer(t, nil), true)
	resp, err := http.Get("http://" + d.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusBadRequest || resp.Proto != "HTTP/1.0" || !strings.Contains(string(body), "HTTPS") {
		t.Errorf("%s %d %q", resp.Proto, resp.StatusCode, body)
	}
}

// Acceptance check 8.
func TestBusyPort(t *testing.T) {
	d := openDoor(t, "127.0.0.1:0", newTestServer(t, nil), false)
	_, err := Open(DoorOptions{Address: d.Addr().String(), Handler: http.NotFoundHandler()})
	if err == nil {
		t.Error("two doors on one port")
	}
}

func unixClient(path string) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		},
	}}
}

func TestUnixSocket_H2_H3_HW14(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths do not start with a slash")
	}
	path := filepath.Join(t.TempDir(), "socket")

	// A file is in the way.
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(DoorOptions{Address: path}); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("file in the way: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}

	// A stale socket is in the way.
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	s := newTestServer(t, nil)
	d := openDoor(t, path, s, false)
	resp, err := unixClient(path).Get("http://socket.example/healthz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("status %d", resp.StatusCode)
	}
	// Its mode is the one that the process gives to what it makes.
	other := filepath.Join(filepath.Dir(path), "other")
	if l, err = net.ListenUnix("unix", &net.UnixAddr{Name: other, Net: "unix"}); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	fi, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if want, err := os.Lstat(other); err != nil || fi.Mode() != want.Mode() {
		t.Errorf("mode %v, want %v, %v", fi.Mode(), want.Mode(), err)
	}

	// Another server is in the way.
	if _, err := Open(DoorOptions{Address: path}); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("server in the way: %v", err)
	}

	shutdown(t, d)
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}

func TestListenerFailureIsReported_HW22(t *testing.T) {
	d := openDoor(t, "127.0.0.1:0", http.NotFoundHandler(), false)
	d.Interrupt()
	<-d.Done()
	if d.err == nil {
		t.Error("no error")
	}
	d.err = nil // for the cleanup
}

func TestWebSocket_H38_H41_H42_H100_H101_H103(t *testing.T) {
	groups := teaGroups()
	groups.conf = &group.Config{AllowOrigin: []string{"https://front.example", "null", "*"}}
	remotes := make(chan string, 10)
	s := newTestServer(t, func(o *Options) {
		o.Groups = groups
		o.Session = func(c *websocket.Conn, remote string) {
			remotes <- remote
			c.Close()
		}
	})
	d := openDoor(t, "127.0.0.1:0", s, true)
	host := d.Addr().String()
	dialer := websocket.Dialer{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		EnableCompression: true,
		Subprotocols:      []string{"x"},
	}
	for origin, want := range map[string]int{
		"":                      http.StatusSwitchingProtocols,
		"https://" + host:       http.StatusSwitchingProtocols,
		"https://front.example": http.StatusSwitchingProtocols,
		"null":                  http.StatusSwitchingProtocols,
		"https://evil.example":  http.StatusForbidden,
	} {
		header := http.Header{}
		if origin != "" {
			header.Set("Origin", origin)
		}
		c, resp, err := dialer.Dial("wss://"+host+"/ws", header)
		if resp == nil {
			t.Fatal(err)
		}
		if resp.StatusCode != want {
			t.Errorf("origin %q: status %d, want %d", origin, resp.StatusCode, want)
		}
		if err != nil {
			continue
		}
		if e := resp.Header.Get("Sec-Websocket-Extensions"); e != "" {
			t.Errorf("extensions %q", e)
		}
		if remote := <-remotes; remote != c.LocalAddr().String() {
			t.Errorf("remote address %q, want %q", remote, c.LocalAddr())
		}
		c.Close()
	}
	w := get(t, s, "/ws")
	wantStatus(t, w, http.StatusBadRequest)
	wantHeader(t, w, "Sec-Websocket-Version", "13")
	if w.Body.String() != "Bad Request\n" {
		t.Errorf("body %q", w.Body)
	}
}

// A client on a Unix socket has no address, and is served all the same; a Unix socket
// may carry TLS (H-4, H-5).
func TestWebSocketOnUnixSocket_H4_H5(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths do not start with a slash")
	}
	for name, secure := range map[string]bool{"ws": false, "wss": true} {
		remotes := make(chan string, 1)
		s := newTestServer(t, func(o *Options) {
			o.Session = func(c *websocket.Conn, remote string) {
				remotes <- remote
				c.Close()
			}
		})
		path := filepath.Join(t.TempDir(), "socket")
		openDoor(t, path, s, secure)
		dialer := websocket.Dialer{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
			NetDial:         func(_, _ string) (net.Conn, error) { return net.Dial("unix", path) },
		}
		c, _, err := dialer.Dial(name+"://x.example/ws", nil)
		if err != nil {
			t.Fatal(err)
		}
		if remote := <-remotes; remote != "" {
			t.Errorf("%s: the address is %q", name, remote)
		}
		c.Close()
	}
}

// Clear text is HTTP/1.1: neither prior knowledge nor an upgrade leads to HTTP/2 (H-5).
func TestClearTextIsHTTP1_H5(t *testing.T) {
	d := openDoor(t, "127.0.0.1:0", newTestServer(t, nil), false)
	for request, want := range map[string]int{
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n": http.StatusBadRequest,
		"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" +
			"HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n": http.StatusOK,
	} {
		c, err := net.Dial("tcp", d.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, request); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatalf("%.20q: %v", request, err)
		}
		if resp.StatusCode != want || resp.ProtoMajor != 1 {
			t.Errorf("%.20q: %s %s", request, resp.Proto, resp.Status)
		}
		c.Close()
	}
}

// WebSockets are for HTTP/1.1 (H-100).
func TestNoWebSocketByHTTP2_H100(t *testing.T) {
	d := openDoor(t, "127.0.0.1:0", newTestServer(t, nil), true)
	c := &http.Client{Transport: &http.Transport{
		ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
	defer c.CloseIdleConnections()
	resp, err := c.Get("https://" + d.Addr().String() + "/ws")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.ProtoMajor != 2 || resp.StatusCode != http.StatusBadRequest {
		t.Errorf("%s %s", resp.Proto, resp.Status)
	}
}

// A proxy has to forward Host, and what makes an upgrade; our example does (H-38).
func TestExampleForProxies_H38(t *testing.T) {
	conf, err := os.ReadFile(filepath.Join("..", "packaging", "nginx.conf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Host", "Upgrade", "Connection"} {
		if !regexp.MustCompile(`(?m)^\s*proxy_set_header\s+` + name + `\s`).Match(conf) {
			t.Errorf("%s is not forwarded", name)
		}
	}
}

// A request that is being served when the server stops is served to its end (H-15).
func TestShutdownWaits_H15(t *testing.T) {
	begun, end := make(chan bool), make(chan bool)
	d := openDoor(t, "127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun <- true
		<-end
		_, _ = io.WriteString(w, "complete")
	}), false)
	answer := make(chan string, 1)
	go func() {
		resp, err := http.Get("http://" + d.Addr().String())
		if err != nil {
			answer <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		answer <- string(body)
	}()
	<-begun
	stopped := make(chan error, 1)
	go func() { stopped <- d.Shutdown(context.Background()) }()
	<-d.Done()
	if _, err := net.Dial("tcp", d.Addr().String()); err == nil {
		t.Error("it still accepts connections")
	}
	end <- true
	if got := <-answer; got != "complete" {
		t.Errorf("got %q", got)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// The status has no length if there is no body (H-82).
func TestHeadOfStatus_H82(t *testing.T) {
	d := openDoor(t, "127.0.0.1:0", newTestServer(t, nil), false)
	resp, err := http.Head("http://" + d.Addr().String() + "/group/tea/.status")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.ContentLength != -1 ||
		resp.Header.Get("Content-Type") != "application/json" || resp.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("%v", resp)
	}
}

func TestHeaderLimit_H8(t *testing.T) {
	d := openDoor(t, "127.0.0.1:0", newTestServer(t, nil), false)
	c, err := net.Dial("tcp", d.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go func() {
		// The server stops reading, so this may well fail.
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nX-Long: "+strings.Repeat("x", 2<<20)+"\r\n\r\n")
	}()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d", resp.StatusCode)
	}
}

// A panic in a session ends that one, and nothing else.
func TestSessionThatPanics(t *testing.T) {
	s := newTestServer(t, func(o *Options) {
		o.Session = func(*websocket.Conn, string) { panic("a bug") }
	})
	d := openDoor(t, "127.0.0.1:0", s, false)
	for range 2 {
		c, _, err := websocket.DefaultDialer.Dial("ws://"+d.Addr().String()+"/ws", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.ReadMessage(); err == nil {
			t.Error("the session goes on")
		}
		c.Close()
	}
}
