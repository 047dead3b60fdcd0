package udpmux

import (
	"encoding/binary"
	"net"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// patience is how long a test waits for what should happen.
const patience = 10 * time.Second

// modes are all modes of batching.
var modes = []Batching{BatchSegments, BatchMessages, BatchNone}

// onlyIP returns a filter that lets one address pass.
func onlyIP(addresses ...string) func(net.IP) bool {
	return func(ip net.IP) bool {
		for _, a := range addresses {
			if ip.Equal(net.ParseIP(a)) {
				return true
			}
		}
		return false
	}
}

// openTest opens a Mux on a loopback address, changed by change before it opens
// sockets, and checks at the end that nothing is left.
func openTest(t testing.TB, opts Options, change ...func(*Mux)) *Mux {
	t.Helper()
	before := runtime.NumGoroutine()
	opts.Loopback = true
	opts.Logger = quiet()
	if opts.IPFilter == nil {
		opts.IPFilter = onlyIP("127.0.0.1")
	}
	if opts.Ports.Any() {
		opts.Shared = true
	}
	m, err := newMux(opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(m)
	}
	if err := m.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		if !eventually(func() bool { return runtime.NumGoroutine() <= before }) {
			t.Errorf("goroutines: %d before, %d after", before, runtime.NumGoroutine())
		}
	})
	return m
}

// eventually polls a condition that no event announces.
func eventually(cond func() bool) bool {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if cond() {
			return true
		}
		time.Sleep(time.Millisecond)
	}
	return cond()
}

// getConn opens a connection on the first address.
func getConn(t testing.TB, m *Mux, b *Batch, ufrag string) *handle {
	t.Helper()
	v := &view{mux: m, batch: b}
	c, err := v.GetConn(ufrag, v.GetListenAddresses()[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c.(*handle)
}

// dial returns a client's socket on the address of a connection.
func dial(t testing.TB, h *handle) *net.UDPConn {
	t.Helper()
	local := h.LocalAddr().(*net.UDPAddr)
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: local.IP})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetReadBuffer(4 << 20)
	if err := c.SetDeadline(time.Now().Add(3 * patience)); err != nil {
		t.Fatal(err)
	}
	return c
}

// addrOf returns the address of a client's socket.
func addrOf(c *net.UDPConn) netip.AddrPort { return canonical(c.LocalAddr().(*net.UDPAddr).AddrPort()) }

// request returns a binding request for a user name.
func request(ufrag string) []byte {
	m, err := stun.Build(stun.BindingRequest, stun.TransactionID,
		stun.NewUsername(ufrag+":client"), stun.Fingerprint)
	if err != nil {
		panic(err)
	}
	return m.Raw
}

// success returns a binding success response.
func success() []byte {
	m, err := stun.Build(stun.BindingSuccess, stun.TransactionID, stun.Fingerprint)
	if err != nil {
		panic(err)
	}
	return m.Raw
}

// media returns a packet that looks like SRTP, of at least 16 bytes.
func media(n uint32, size int) []byte {
	b := make([]byte, size)
	b[0] = 0x80
	for i := 1; i < size; i++ {
		b[i] = byte(uint32(i) * (n + 7))
	}
	binary.BigEndian.PutUint32(b[4:], n)
	return b
}

// number returns the number of a packet made by media, and whether it is intact.
func number(b []byte) (uint32, bool) {
	if len(b) < 16 {
		return 0, false
	}
	n := binary.BigEndian.Uint32(b[4:])
	want := media(n, len(b))
	return n, string(want) == string(b)
}

// read reads a packet from a connection.
func read(t testing.TB, h *handle) ([]byte, netip.AddrPort) {
	t.Helper()
	if err := h.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 2*largestPacket)
	n, from, err := h.ReadFromAddrPort(b)
	if err != nil {
		t.Fatal(err)
	}
	return b[:n], from
}

// connect makes a client known to a connection, as ICE does.
func connect(t testing.TB, h *handle, c *net.UDPConn, ufrag string) {
	t.Helper()
	if _, err := c.WriteTo(request(ufrag), h.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	if b, from := read(t, h); !isSTUN(b) || from != addrOf(c) {
		t.Fatalf("got %d bytes from %v", len(b), from)
	}
	if _, err := h.WriteToAddrPort(success(), addrOf(c)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1500)
	if n, _, err := c.ReadFrom(b); err != nil || !isSTUN(b[:n]) {
		t.Fatalf("answer: %v", err)
	}
}
