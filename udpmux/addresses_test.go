package udpmux

import (
	"net"
	"runtime"
	"testing"

	"github.com/pion/transport/v5"
)

// changingNet is the system's network with other addresses.
type changingNet struct {
	transport.Net
	addresses []string
}

func (n *changingNet) Interfaces() ([]*transport.Interface, error) {
	i := transport.NewInterface(net.Interface{Index: 1, Name: "lo", Flags: net.FlagUp | net.FlagLoopback})
	for _, a := range n.addresses {
		ip, network, err := net.ParseCIDR(a)
		if err != nil {
			return nil, err
		}
		i.AddAddress(&net.IPNet{IP: ip, Mask: network.Mask})
	}
	return []*transport.Interface{i}, nil
}

// openChanging opens a Mux whose addresses change without delay.
func openChanging(t *testing.T, opts Options, addresses ...string) (*Mux, *changingNet) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("127.0.0.2 is no address here")
	}
	opts.IPFilter = func(net.IP) bool { return true }
	network := &changingNet{addresses: addresses}
	m := openTest(t, opts, func(m *Mux) {
		network.Net = m.net
		m.net = network
		m.rescan = 0
	})
	return m, network
}

// listening returns the local addresses, without ports.
func listening(m *Mux) string {
	list := ""
	for _, a := range (&view{mux: m}).GetListenAddresses() {
		list += a.(*net.UDPAddr).IP.String() + " "
	}
	return list
}

// TestAddressChange: addresses that come are used, on the same port; those that
// go are not offered any more, but kept as long as somebody uses them.
func TestAddressChange(t *testing.T) {
	for _, mode := range modes {
		m, network := openChanging(t, Options{Batching: mode}, "127.0.0.1/8")
		h := getConn(t, m, nil, "server")
		c := dial(t, h)
		connect(t, h, c, "server")

		network.addresses = append(network.addresses, "127.0.0.2/8")
		if got := listening(m); got != "127.0.0.1 127.0.0.2 " {
			t.Errorf("listening on %v", got)
		}
		addresses := m.Addresses()
		if addresses[0].(*net.UDPAddr).Port != addresses[1].(*net.UDPAddr).Port {
			t.Errorf("different ports: %v", addresses)
		}
		network.addresses = []string{"127.0.0.2/8"}
		if got := listening(m); got != "127.0.0.2 " {
			t.Errorf("listening on %v", got)
		}
		if !reaches(t, c, h, 1) {
			t.Error("a connection was cut")
		}
		h2 := getConn(t, m, nil, "server")
		connect(t, h2, dial(t, h2), "server")
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if got := listening(m); got != "127.0.0.2 " || len(m.endpoints) != 1 {
			t.Errorf("listening on %v, %d endpoints", got, len(m.endpoints))
		}
		if _, err := (&view{mux: m}).GetConn("x", h.LocalAddr()); err == nil {
			t.Error("an address that has gone is used")
		}
		network.addresses = []string{"127.0.0.1/8", "127.0.0.2/8"}
		if got := listening(m); got != "127.0.0.1 127.0.0.2 " {
			t.Errorf("listening on %v", got)
		}
		network.addresses = nil
		if got := listening(m); got != "" {
			t.Errorf("listening on %v", got)
		}
	}
}

// TestUnusableAddress: an address that cannot be opened later on is left out.
func TestUnusableAddress(t *testing.T) {
	m, network := openChanging(t, Options{}, "127.0.0.1/8")
	network.addresses = append(network.addresses, "203.0.113.77/24")
	for range 2 {
		if got := listening(m); got != "127.0.0.1 " {
			t.Errorf("listening on %v", got)
		}
	}
}

// TestPreferredPort: it is used on all addresses if it is free on all, else none
// has it.
func TestPreferredPort(t *testing.T) {
	port := freePort(t)
	opts := Options{Preferred: port}
	m, _ := openChanging(t, opts, "127.0.0.2/8", "127.0.0.1/8")
	for _, a := range m.Addresses() {
		if a.(*net.UDPAddr).Port != int(port) {
			t.Errorf("%v instead of port %d", a, port)
		}
	}
	second, _ := openChanging(t, opts, "127.0.0.3/8", "127.0.0.1/8")
	ports := make(map[int]bool)
	for _, a := range second.Addresses() {
		ports[a.(*net.UDPAddr).Port] = true
	}
	if len(second.Addresses()) != 2 || ports[int(port)] || len(ports) != 1 {
		t.Errorf("second server: %v", second.Addresses())
	}
}

// TestUsable: which addresses are offered.
func TestUsable(t *testing.T) {
	m := &Mux{}
	for text, want := range map[string]bool{
		"192.0.2.1": true, "fd00::1": true, "fe80::1": true, "127.0.0.1": false, "::1": false,
		"0.0.0.0": false, "224.0.0.1": false, "fec0::1": false,
	} {
		ip, ok := interfaceAddress(&net.IPAddr{IP: net.ParseIP(text)})
		if !ok || m.usable(ip) != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
	if _, ok := interfaceAddress(&net.TCPAddr{}); ok {
		t.Error("a TCP address was taken")
	}
}

// TestBatchingText: the -udp-batch flag.
func TestBatchingText(t *testing.T) {
	for _, mode := range modes {
		text, err := mode.MarshalText()
		got := Batching(9)
		if err2 := got.UnmarshalText(text); err != nil || err2 != nil || got != mode {
			t.Errorf("%v became %s, %v", mode, text, got)
		}
	}
	var b Batching
	if err := b.UnmarshalText([]byte("on")); err == nil {
		t.Error("took a mode that there is not")
	}
}
