package udpmux

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"testing"

	"github.com/pion/webrtc/v4"
)

// TestParse: the -udp-range flag (S-30, S-31, SW-19).
func TestParse(t *testing.T) {
	tests := []struct {
		text string
		want Ports
		err  error
	}{
		{"", Ports{}, nil},
		{"8443", Ports{8443, 8443}, nil},
		{"1", Ports{1, 1}, nil},
		{"65535", Ports{65535, 65535}, nil},
		{"40000-40100", Ports{40000, 40100}, nil},
		{"40000-40000", Ports{40000, 40000}, nil},
		{"40100-40000", Ports{}, ErrRange},
		{"0", Ports{}, ErrRange},
		{"0-100", Ports{}, ErrRange},
		{"1-65536", Ports{}, ErrRange},
		{"99999999999999999999", Ports{}, ErrRange},
		{"abc", Ports{}, ErrPort},
		{"1-", Ports{}, ErrPort},
		{"-1", Ports{}, ErrPort},
		{"1-2-3", Ports{}, ErrPort},
		{"1-2x", Ports{}, ErrPort},
		{"1 -2", Ports{}, ErrPort},
		{"+1", Ports{}, ErrPort},
		{"1_0", Ports{}, ErrPort},
	}
	for _, tt := range tests {
		got, err := Parse(tt.text)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%q: %v, %v; want %v, %v", tt.text, got, err, tt.want, tt.err)
		}
		if err == nil && got.String() != tt.text && tt.text != "40000-40000" {
			t.Errorf("%q is written as %q", tt.text, got.String())
		}
	}
}

// FuzzParse: what is accepted can be written and read again.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "1", "1-2", "65536", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := Parse(s)
		if err != nil {
			return
		}
		if again, err := Parse(p.String()); err != nil || again != p {
			t.Errorf("%q became %v and then %v, %v", s, p, again, err)
		}
	})
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// freePort returns a UDP port that nobody uses on the loopback address.
func freePort(t *testing.T) uint16 {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return uint16(c.LocalAddr().(*net.UDPAddr).Port)
}

// TestSinglePort: one socket per local address, and an error if it is taken.
func TestSinglePort(t *testing.T) {
	port := freePort(t)
	options := Options{
		Ports: Ports{port, port}, Loopback: true, IPFilter: net.IP.IsLoopback, Logger: quiet(),
	}
	m, err := Open(options)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Addresses()) == 0 {
		t.Error("no addresses")
	}
	for _, a := range m.Addresses() {
		if u := a.(*net.UDPAddr); !u.IP.IsLoopback() || u.Port != int(port) {
			t.Errorf("listens on %v", u)
		}
	}
	if _, err := Open(options); !errors.Is(err, ErrPort) {
		t.Errorf("opening a port twice: %v", err)
	}
	if err := m.Configure(&webrtc.SettingEngine{}); err != nil {
		t.Error(err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	options.IPFilter = func(net.IP) bool { return false }
	if _, err := Open(options); !errors.Is(err, ErrPort) {
		t.Errorf("without addresses: %v", err)
	}
}

// TestBuffers: sockets get large buffers as far as the system permits.
func TestBuffers(t *testing.T) {
	n, _, err := newNet(t.Context(), nil, quiet())
	if err != nil {
		t.Fatal(err)
	}
	c, err := n.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	plain, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	large, ok := readBuffer(c)
	if !ok {
		t.Skip("the size of buffers is not known on this system")
	}
	if small, _ := readBuffer(plain); large < small {
		t.Errorf("buffer of %d bytes, without asking %d", large, small)
	}
	if interfaces, err := n.Interfaces(); err != nil || len(interfaces) == 0 {
		t.Errorf("interfaces: %v, %v", interfaces, err)
	}
}
