package webserver

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"galene/internal/certs"
)

// pipes is a listener on nothing but memory, so that time can be made up.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes {
	return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
}

// Accept implements net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr implements net.Listener.
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "unix"} }

// dial returns a new connection.
func (p *pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.conns <- server
	return client
}

// patiently runs f within made-up time, with a door that has the usual limits.
func patiently(t *testing.T, h http.Handler, secure bool, f func(t *testing.T, dial func() net.Conn)) {
	synctest.Test(t, func(t *testing.T) {
		o := DoorOptions{Handler: h, Logger: slog.New(slog.DiscardHandler)}
		if secure {
			o.GetCertificate = certs.New(certs.Options{DataDir: t.TempDir(), Logger: o.Logger}).GetCertificate
		}
		listener := newPipes()
		d := open(o, listener, usualLimits())
		f(t, func() net.Conn {
			c := listener.dial()
			t.Cleanup(func() { c.Close() })
			return c
		})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_ = d.Shutdown(ctx) // cuts off what a failed test has left
	})
}

// drip writes a byte every ten seconds until that fails.
func drip(c net.Conn) {
	for {
		if _, err := c.Write([]byte("x")); err != nil {
			return
		}
		time.Sleep(10 * time.Second)
	}
}

// Whoever sends nothing, or not fast enough, is cut off after a minute, and after two if
// the header has come in time (slow loris; H-8, HW-17).
func TestSlowRequests_H8_HW17(t *testing.T) {
	for _, c := range []struct {
		name, begin string
		secure      bool
		want        time.Duration
	}{
		{"silence", "", false, 60 * time.Second},
		{"silence instead of TLS", "", true, 60 * time.Second},
		{"TLS record", "\x16\x03\x01\x02\x00", true, 60 * time.Second},
		{"request line", "GET /", false, 60 * time.Second},
		{"header", "GET / HTTP/1.1\r\nHost: x\r\nX: ", false, 60 * time.Second},
		{"body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n", false, 120 * time.Second},
		{"chunks", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n", false, 120 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			served := errors.New("not served")
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, served = io.Copy(io.Discard, r.Body)
			})
			patiently(t, h, c.secure, func(t *testing.T, dial func() net.Conn) {
				conn := dial()
				started := time.Now()
				var writer sync.WaitGroup
				defer writer.Wait()
				if c.begin != "" {
					writer.Go(func() {
						_, _ = io.WriteString(conn, c.begin)
						drip(conn)
					})
				}
				_, _ = io.Copy(io.Discard, conn) // until it is closed
				if took := time.Since(started); took < c.want || took > c.want+time.Second {
					t.Errorf("closed after %v, want %v", took, c.want)
				}
			})
			if served == nil {
				t.Error("the body is complete")
			}
		})
	}
}

// A connection may be used again for two minutes (H-8).
func TestIdleConnections_H8(t *testing.T) {
	patiently(t, http.NotFoundHandler(), false, func(t *testing.T, dial func() net.Conn) {
		conn := dial()
		answers := bufio.NewReader(conn)
		for range 3 {
			time.Sleep(50 * time.Second)
			if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(answers, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
		}
		used := time.Now()
		if _, err := answers.ReadByte(); err == nil || time.Since(used) != 120*time.Second {
			t.Errorf("%v after %v", err, time.Since(used))
		}
	})
}

// A download may take long, but whoever stops reading is cut off (HW-17).
func TestSlowReaders_H8_HW17(t *testing.T) {
	const size = 1 << 20
	failed := errors.New("not served")
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "big", time.Time{}, strings.NewReader(strings.Repeat("x", size)))
		_, failed = w.Write([]byte("more"))
	})
	patiently(t, h, false, func(t *testing.T, dial func() net.Conn) {
		conn := dial()
		started := time.Now()
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		var got int64
		for err == nil {
			var n int64
			n, err = io.CopyN(io.Discard, resp.Body, 32<<10)
			got += n
			time.Sleep(20 * time.Second)
		}
		if took := time.Since(started); got != size || took < 5*time.Minute {
			t.Errorf("%d bytes in %v: %v", got, took, err)
		}

		conn = dial()
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(121 * time.Second)
		synctest.Wait()
		if failed == nil {
			t.Error("the answer of whoever does not read is still being written")
		}
	})
}

// None of these limits is one of WebSockets.
func TestWebSocketsHaveNoTimeLimit_H8(t *testing.T) {
	s := newTestServer(t, func(o *Options) {
		o.Session = func(c *websocket.Conn, _ string) {
			defer c.Close()
			for {
				kind, message, err := c.ReadMessage()
				if err != nil || c.WriteMessage(kind, message) != nil {
					return
				}
			}
		}
	})
	patiently(t, s, false, func(t *testing.T, dial func() net.Conn) {
		dialer := websocket.Dialer{NetDial: func(_, _ string) (net.Conn, error) { return dial(), nil }}
		c, _, err := dialer.Dial("ws://x/ws", nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			time.Sleep(10 * time.Minute)
			text := fmt.Sprint("still here ", i)
			if err := c.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
				t.Fatal(err)
			}
			if _, got, err := c.ReadMessage(); err != nil || string(got) != text {
				t.Fatalf("%q, %v", got, err)
			}
		}
		c.Close()
	})
}

// The limits also hold within HTTP/2 (H-5, H-8).
func TestSlowRequestsByHTTP2_H8(t *testing.T) {
	patiently(t, http.NotFoundHandler(), true, func(t *testing.T, dial func() net.Conn) {
		conn := tls.Client(dial(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
		if err := conn.Handshake(); err != nil || conn.ConnectionState().NegotiatedProtocol != "h2" {
			t.Fatalf("%v", err)
		}
		started := time.Now()
		_, _ = io.Copy(io.Discard, conn) // no preface
		if took := time.Since(started); took > 2*time.Minute {
			t.Errorf("closed after %v", took)
		}
	})
}
