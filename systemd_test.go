//go:build unix

package main

import (
	"crypto/tls"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// systemd is told when the server is ready, reads its files again, and ends; that it is
// not stuck, if it wants to know; and its sockets are used (SW-2, HW-14).
func TestUnderSystemd_SW2_HW14(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	if err := manager.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	// next returns the next message that is of no watchdog.
	next := func() string {
		for {
			b := make([]byte, 1000)
			n, err := manager.Read(b)
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(string(b[:n]), "\n")
			if first != "WATCHDOG=1" {
				return first
			}
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	defer socket.Close()

	cmd := command(t, "-http", "systemd:web")
	// The number of a process is not known before it runs.
	cmd.Args = append([]string{"sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	cmd.ExtraFiles = append(cmd.ExtraFiles, socket)
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+path, "WATCHDOG_USEC=3000", "LISTEN_FDS=1", "LISTEN_FDNAMES=web")
	p, greeting := begin(t, cmd)
	if url := "https://" + listener.Addr().String(); !strings.Contains(greeting, url) {
		t.Errorf("greeting: %s", greeting)
	} else {
		client := &http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
		if status, _ := get(t, client, url+"/healthz"); status != http.StatusOK {
			t.Errorf("healthz: %d", status)
		}
		client.CloseIdleConnections()
	}
	if got := next(); got != "READY=1" {
		t.Errorf("told %q, want READY=1", got)
	}
	b := make([]byte, 1000)
	if n, err := manager.Read(b); err != nil || string(b[:n]) != "WATCHDOG=1" {
		t.Errorf("told %q, %v, want WATCHDOG=1", b[:n], err)
	}
	if err := p.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"RELOADING=1", "READY=1"} {
		if got := next(); got != want {
			t.Errorf("told %q, want %q", got, want)
		}
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if got := next(); got != "STOPPING=1" {
		t.Errorf("told %q, want STOPPING=1", got)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("%v: %s", err, p.stderr)
	}
}
