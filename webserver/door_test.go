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

func TestTLSVersionsH5H6(t *testing.T) {
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

func TestClearTextOnTLSPortH7(t *testing.T) {
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
	if resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "HTTPS") {
		t.Errorf("%d %q", resp.StatusCode, body)
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

func TestUnixSocketH2H3W14(t *testing.T) {
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

	// Another server is in the way.
	if _, err := Open(DoorOptions{Address: path}); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("server in the way: %v", err)
	}

	shutdown(t, d)
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}

func TestListenerFailureIsReportedW22(t *testing.T) {
	d := openDoor(t, "127.0.0.1:0", http.NotFoundHandler(), false)
	d.Interrupt()
	<-d.Done()
	if d.err == nil {
		t.Error("no error")
	}
	d.err = nil // for the cleanup
}

func TestWebSocketSection10(t *testing.T) {
	groups := teaGroups()
	groups.conf = &group.Config{AllowOrigin: []string{"https://front.example"}}
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

func TestHeaderLimitH8(t *testing.T) {
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
