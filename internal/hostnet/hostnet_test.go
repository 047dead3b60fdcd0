package hostnet

import (
	"context"
	"errors"
	"net"
	"testing"

	"galene/internal/testclient"
)

func newNet(t *testing.T) (*Net, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	n, err := New(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return n, cancel
}

func TestResolve(t *testing.T) {
	n, _ := newNet(t)
	for _, c := range []struct{ network, address, want string }{
		{"udp", "127.0.0.1:3478", "127.0.0.1:3478"},
		{"udp4", "127.0.0.1:0", "127.0.0.1:0"},
		{"udp6", "[::1]:3478", "[::1]:3478"},
		{"udp", "[::ffff:192.0.2.1]:1", "192.0.2.1:1"},
		{"udp4", "[::1]:3478", ""},
		{"udp6", "127.0.0.1:3478", ""},
		{"udp4", "localhost:3478", "127.0.0.1:3478"},
		{"udp", "127.0.0.1", ""},
		{"udp", "127.0.0.1:70000", ""},
		{"udp", "name.invalid.:1", ""},
	} {
		udp, err := n.ResolveUDPAddr(c.network, c.address)
		if got := udp.String(); (err == nil) != (c.want != "") || err == nil && got != c.want {
			t.Errorf("%s %s: %s, %v", c.network, c.address, got, err)
		}
		tcp, err := n.ResolveTCPAddr("tcp"+c.network[len("udp"):], c.address)
		if got := tcp.String(); (err == nil) != (c.want != "") || err == nil && got != c.want {
			t.Errorf("TCP for %s %s: %s, %v", c.network, c.address, got, err)
		}
	}
	ip, err := n.ResolveIPAddr("ip", "192.0.2.1")
	if err != nil || ip.String() != "192.0.2.1" {
		t.Errorf("%v, %v", ip, err)
	}
}

func TestDial(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	n, cancel := newNet(t)
	c, err := n.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	address := l.Addr().(*net.TCPAddr)
	tcp, err := n.DialTCP("tcp4", nil, address)
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()

	cancel()
	if _, err := tcp.Write([]byte("open sockets are not concerned")); err != nil {
		t.Error(err)
	}
	if c, err := n.DialTCP("tcp4", nil, address); err == nil {
		c.Close()
		t.Error("connected after the end")
	}
	if _, err := n.Dial("tcp", address.String()); err == nil {
		t.Error("connected after the end")
	}
	if _, err := n.DialTCP("tcp4", nil, nil); err == nil {
		t.Error("connected to nothing")
	}
}

// A name server that does not answer holds nobody up beyond the end.
func TestLookupEnds(t *testing.T) {
	asked := testclient.SilentNames(t)
	n, cancel := newNet(t)
	done := make(chan error, 1)
	go func() {
		_, err := n.ResolveUDPAddr("udp4", "turn.example.org:3478")
		done <- err
	}()
	asked()
	cancel()
	// The name server is given seconds by itself, so an end by time is another error.
	var failed *net.DNSError
	if err := <-done; !errors.As(err, &failed) || !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}
