//go:build unix

package systemd

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// managed listens as the service manager does, in the environment of this process.
func managed(t *testing.T, address string) *net.UnixConn {
	t.Helper()
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { manager.Close() })
	t.Setenv("NOTIFY_SOCKET", address)
	return manager
}

// The messages are those of sd_notify(3) (SW-2).
func TestNotify_SW2(t *testing.T) {
	addresses := []string{filepath.Join(t.TempDir(), "notify")}
	if runtime.GOOS == "linux" {
		addresses = append(addresses, "@galene-test-"+strconv.Itoa(os.Getpid()))
	}
	for _, address := range addresses {
		manager := managed(t, address)
		n, err := NewNotifier()
		if err != nil {
			t.Fatal(err)
		}
		if got := os.Getenv("NOTIFY_SOCKET"); got != "" {
			t.Errorf("NOTIFY_SOCKET is still %q", got)
		}
		for _, c := range []struct {
			send func() error
			want string
		}{
			{n.Ready, `READY=1`},
			{n.Reloading, `RELOADING=1(\nMONOTONIC_USEC=[1-9]\d*)?`},
			{n.Alive, `WATCHDOG=1`},
			{n.Stopping, `STOPPING=1`},
		} {
			if err := c.send(); err != nil {
				t.Fatal(err)
			}
			b := make([]byte, 1000)
			k, err := manager.Read(b)
			if err != nil || !regexp.MustCompile("^"+c.want+"$").Match(b[:k]) {
				t.Errorf("got %q, %v, want %s", b[:k], err, c.want)
			}
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		if err := n.Ready(); err == nil {
			t.Error("a closed connection takes messages")
		}
	}
}

func TestWatchdog_SW2(t *testing.T) {
	for _, c := range []struct {
		usec, pid string
		want      time.Duration
	}{
		{"", "", 0},
		{"30000000", "", 30 * time.Second},
		{"30000000", strconv.Itoa(os.Getpid()), 30 * time.Second},
		{"30000000", "1", 0},
		{"-5", "", 0},
		{"99999999999999999999", "", 0},
	} {
		managed(t, filepath.Join(t.TempDir(), "notify"))
		t.Setenv("WATCHDOG_USEC", c.usec)
		t.Setenv("WATCHDOG_PID", c.pid)
		n, err := NewNotifier()
		if err != nil || n.Watchdog() != c.want {
			t.Errorf("%+v: %v, %v", c, n.Watchdog(), err)
		}
		n.Close()
	}
}

// Without a service manager nothing is told; one that cannot be reached is an error.
func TestNoManager(t *testing.T) {
	for address, want := range map[string]string{
		"": "", "/nowhere/notify": "no such file", "vsock:2:1": "neither a path nor", "relative": "neither a path nor",
	} {
		t.Setenv("NOTIFY_SOCKET", address)
		n, err := NewNotifier()
		if n != nil || want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, %v", address, n, err)
		}
		if n.Ready() != nil || n.Reloading() != nil || n.Stopping() != nil || n.Alive() != nil || n.Close() != nil || n.Watchdog() != 0 {
			t.Errorf("%q: no Notifier does something", address)
		}
	}
}

// handed returns a file of the kind that is handed over.
func handed(t *testing.T, network string) (*os.File, string) {
	t.Helper()
	var socket interface {
		File() (*os.File, error)
		Close() error
	}
	var address string
	switch network {
	case "tcp":
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		socket, address = l.(*net.TCPListener), l.Addr().String()
	case "unix":
		l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
		if err != nil {
			t.Fatal(err)
		}
		l.(*net.UnixListener).SetUnlinkOnClose(false)
		socket, address = l.(*net.UnixListener), l.Addr().String()
	case "udp":
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		socket, address = c.(*net.UDPConn), c.LocalAddr().String()
	}
	f, err := socket.File()
	if err != nil {
		t.Fatal(err)
	}
	socket.Close()
	return f, address
}

// Sockets that are handed over can be listened on; they keep their order and their names,
// and their files stay (HW-14).
func TestSocketsHandedOver_HW14(t *testing.T) {
	for _, c := range []struct {
		networks, names string
		want            []string // names
		fault           string
	}{
		{"tcp", "galene.socket", []string{"galene.socket"}, ""},
		{"tcp unix", "https:local", []string{"https", "local"}, ""},
		{"unix tcp", "", []string{"", ""}, ""},
		{"tcp udp", "a:b", nil, "udp"},
	} {
		var files []*os.File
		var addresses []string
		for network := range strings.FieldsSeq(c.networks) {
			f, address := handed(t, network)
			files, addresses = append(files, f), append(addresses, address)
		}
		sockets, err := listeners(files, strings.Split(c.names, ":"))
		if c.fault != "" {
			if err == nil || !strings.Contains(err.Error(), c.fault) || sockets != nil {
				t.Errorf("%+v: %v, %v", c, sockets, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for i, s := range sockets {
			names = append(names, s.Name)
			conn, err := net.Dial(s.Listener.Addr().Network(), addresses[i])
			if err != nil {
				t.Error(err)
				continue
			}
			if got, err := s.Listener.Accept(); err != nil {
				t.Error(err)
			} else {
				got.Close()
			}
			conn.Close()
			s.Listener.Close()
			if addresses[i][0] == '/' {
				if _, err := os.Lstat(addresses[i]); err != nil {
					t.Error(err)
				}
			}
		}
		if !slices.Equal(names, c.want) {
			t.Errorf("names %q, want %q", names, c.want)
		}
	}
}

// Sockets of another process, or none, are no sockets.
func TestNoSockets(t *testing.T) {
	me := strconv.Itoa(os.Getpid())
	for _, c := range []struct{ pid, count, want string }{
		{"", "", "no socket"},
		{me, "", "no socket"},
		{"1", "1", "no socket"},
		{me, "0", "LISTEN_FDS"},
		{me, "-1", "LISTEN_FDS"},
		{me, "1000000", "LISTEN_FDS"},
	} {
		t.Setenv("LISTEN_PID", c.pid)
		t.Setenv("LISTEN_FDS", c.count)
		sockets, err := Sockets()
		if sockets != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, %v", c, sockets, err)
		}
		if os.Getenv("LISTEN_FDS") != "" {
			t.Errorf("%+v: the environment still has it", c)
		}
	}
}
