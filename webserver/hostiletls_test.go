package webserver

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"galene/internal/certs"
)

// lockedBuffer may be written while it is read.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// What is no TLS on the port of TLS ends the connection, at once or with an alert, and
// does no harm; it is not worth a line in the log (H-6, H-7).
func TestHostileTLS_H6_H7(t *testing.T) {
	var log lockedBuffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	d, err := Open(DoorOptions{
		Address:        "127.0.0.1:0",
		Handler:        newTestServer(t, nil),
		GetCertificate: certs.New(certs.Options{DataDir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)}).GetCertificate,
		Logger:         logger,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shutdown(t, d) })
	for name, bytes := range map[string]string{
		"SSLv2":             "\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10\x01\x00\x80" + strings.Repeat("\x00", 32),
		"SSLv3":             "\x16\x03\x00\x00\x04\x01\x00\x00\x00",
		"large record":      "\x16\x03\x01\xff\xff" + strings.Repeat("\x00", 0xffff),
		"empty records":     strings.Repeat("\x16\x03\x01\x00\x00", 100_000),
		"large message":     "\x16\x03\x01\x40\x00\x01\xff\xff\xff" + strings.Repeat("\x00", 0x3ffc),
		"application data":  "\x17\x03\x03\x00\x05hello",
		"alerts":            strings.Repeat("\x15\x03\x03\x00\x02\x01\x00", 100_000),
		"change of cipher":  "\x14\x03\x03\x00\x01\x01",
		"zeros":             strings.Repeat("\x00", 100_000),
		"SSH":               "SSH-2.0-OpenSSH_9.9\r\n",
		"clear text":        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"HTTP/2 clear text": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"nothing":           "",
	} {
		c, err := net.Dial("tcp", d.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		go func() {
			_, _ = io.WriteString(c, bytes)
			if bytes == "" {
				_ = c.(*net.TCPConn).CloseWrite()
			}
		}()
		got, err := io.ReadAll(c)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: the connection stays", name)
		}
		if len(got) > 1000 || name == "clear text" && !strings.HasPrefix(string(got), "HTTP/1.0 400 ") {
			t.Errorf("%s: %.100q", name, got)
		}
		c.Close()
	}
	if log.String() != "" {
		t.Errorf("log: %s", log.String())
	}
	resp, err := http.Get("http://" + d.Addr().String())
	if err != nil || resp.StatusCode != http.StatusBadRequest {
		t.Errorf("after that: %v, %v", resp, err)
	}
	resp.Body.Close()
}
