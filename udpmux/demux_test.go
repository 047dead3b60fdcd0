package udpmux

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// expectMedia sends media from a client and reports whether h gets it.
func reaches(t *testing.T, c *net.UDPConn, h *handle, n uint32) bool {
	t.Helper()
	if _, err := c.WriteTo(media(n, 40), h.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	strayed := h.conn.endpoint.mux.Stats().Strayed
	if !eventually(func() bool {
		h.conn.inbox.mu.Lock()
		defer h.conn.inbox.mu.Unlock()
		return h.conn.inbox.queue.first != nil || h.conn.endpoint.mux.Stats().Strayed > strayed
	}) {
		return false
	}
	h.conn.inbox.mu.Lock()
	waiting := h.conn.inbox.queue.first != nil
	h.conn.inbox.mu.Unlock()
	if !waiting {
		return false
	}
	got, _ := read(t, h)
	k, ok := number(got)
	return ok && k == n
}

// TestUnknownSources: only a check that names a connection gets anywhere.
func TestUnknownSources(t *testing.T) {
	for _, mode := range modes {
		t.Run(mode.String(), func(t *testing.T) {
			m := openTest(t, Options{Batching: mode})
			h := getConn(t, m, nil, "server")
			c := dial(t, h)
			bad := [][]byte{
				{}, {0}, {200}, media(1, 100), request("nobody"), success(),
				append([]byte{22}, make([]byte, 60)...), make([]byte, 20),
				append([]byte{0x80}, make([]byte, largestPacket+1)...),
			}
			for _, b := range bad {
				if _, err := c.WriteTo(b, h.LocalAddr()); err != nil {
					t.Fatal(err)
				}
			}
			if !eventually(func() bool { return m.Stats().Strayed == uint64(len(bad)) }) {
				t.Errorf("%+v", m.Stats())
			}
			connect(t, h, c, "server")
			if !reaches(t, c, h, 5) {
				t.Error("media of the peer did not arrive")
			}
		})
	}
}

// TestOwnership: having us check somebody else's address does not divert their
// packets; proving to know the password does.
func TestOwnership(t *testing.T) {
	m := openTest(t, Options{})
	victim := getConn(t, m, nil, "victim")
	attacker := getConn(t, m, nil, "attacker")
	c := dial(t, victim)
	connect(t, victim, c, "victim")

	if _, err := attacker.WriteToAddrPort(request("client"), addrOf(c)); err != nil {
		t.Fatal(err)
	}
	if !reaches(t, c, victim, 1) {
		t.Error("a check diverted packets")
	}
	if _, err := c.WriteTo(request("attacker"), victim.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	if b, _ := read(t, attacker); !isSTUN(b) {
		t.Error("a check did not get to whom it names")
	}
	if !reaches(t, c, victim, 2) {
		t.Error("a check received diverted packets")
	}
	if _, err := attacker.WriteToAddrPort(success(), addrOf(c)); err != nil {
		t.Fatal(err)
	}
	if !reaches(t, c, attacker, 3) {
		t.Error("an address did not move to its new connection")
	}
	if err := attacker.Close(); err != nil {
		t.Fatal(err)
	}
	if m.endpointOf(netip.MustParseAddr("127.0.0.1")).table.len() != 0 {
		t.Error("addresses of closed connections are kept")
	}
}

// TestOwnerChangesAddress: a peer behind a new address is found by its checks.
func TestOwnerChangesAddress(t *testing.T) {
	m := openTest(t, Options{})
	h := getConn(t, m, nil, "server")
	for i := range uint32(2*maxOwned + 3) {
		c := dial(t, h)
		connect(t, h, c, "server")
		if !reaches(t, c, h, i) {
			t.Fatalf("address %d", i)
		}
		_ = c.Close()
	}
	if n := m.endpointOf(netip.MustParseAddr("127.0.0.1")).table.len(); n != maxOwned {
		t.Errorf("%d addresses, want %d", n, maxOwned)
	}
}

// TestRemoved: after the user name is removed nothing arrives, and the name can
// be used again.
func TestRemoved(t *testing.T) {
	m := openTest(t, Options{})
	h := getConn(t, m, nil, "server")
	c := dial(t, h)
	connect(t, h, c, "server")
	v := &view{mux: m}
	v.RemoveConnByUfrag("server")
	v.RemoveConnByUfrag("nobody")
	if reaches(t, c, h, 1) {
		t.Error("a packet arrived")
	}
	if _, err := h.WriteToAddrPort(request("client"), addrOf(c)); err != nil {
		t.Errorf("cannot send: %v", err)
	}
	if reaches(t, c, h, 2) {
		t.Error("a removed connection got an address")
	}
	h2 := getConn(t, m, nil, "server")
	connect(t, h2, dial(t, h2), "server")
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	c3 := dial(t, h2)
	connect(t, h2, c3, "server")
}

// TestHandles: handles of one user name are closed one by one.
func TestHandles(t *testing.T) {
	m := openTest(t, Options{})
	h1, h2 := getConn(t, m, nil, "server"), getConn(t, m, nil, "server")
	ended := make(chan error)
	go func() {
		_, _, err := h1.ReadFrom(make([]byte, 1500))
		ended <- err
	}()
	if err := h1.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("reading ended with %v", err)
	}
	if _, err := h1.WriteTo([]byte{1}, &net.UDPAddr{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("writing: %v", err)
	}
	if err := errors.Join(h1.Close(), h1.Close()); err != nil {
		t.Error(err)
	}
	for _, err := range []error{h1.SetDeadline(time.Time{}), h1.SetWriteDeadline(time.Time{})} {
		if !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("deadline of a closed handle: %v", err)
		}
	}
	connect(t, h2, dial(t, h2), "server")
	if _, err := h2.WriteTo([]byte{1}, &net.TCPAddr{}); err == nil {
		t.Error("wrote to a TCP address")
	}
}

// TestReadDeadline: it ends a read that waits, and can be taken back.
func TestReadDeadline(t *testing.T) {
	m := openTest(t, Options{})
	h := getConn(t, m, nil, "server")
	b := make([]byte, 10)
	for _, at := range []time.Time{time.Now().Add(-time.Second), time.Now().Add(20 * time.Millisecond)} {
		if err := h.SetReadDeadline(at); err != nil {
			t.Fatal(err)
		}
		if _, _, err := h.ReadFrom(b); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("read ended with %v", err)
		}
	}
	if err := h.SetDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	c := dial(t, h)
	if _, err := c.WriteTo(request("server"), h.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	if n, _, err := h.ReadFrom(b); n != len(b) || !errors.Is(err, io.ErrShortBuffer) {
		t.Errorf("read into a small buffer: %d, %v", n, err)
	}
}

// TestSlowReader: packets for a connection that does not read are limited.
func TestSlowReader(t *testing.T) {
	m := openTest(t, Options{})
	h := getConn(t, m, nil, "server")
	d := &distributor{endpoint: h.conn.endpoint}
	for range inboxLimit + 100 {
		d.take(request("server"), netip.MustParseAddrPort("192.0.2.1:5"))
		d.flush()
	}
	if got := m.Stats().Overflowed; got != 100 {
		t.Errorf("%d packets were dropped", got)
	}
}

// TestUfrag: the user name is found in messages of pion's, and nothing is found
// in what is not a binding request.
func TestUfrag(t *testing.T) {
	withSoftware, err := stun.Build(stun.BindingRequest, stun.TransactionID, stun.NewSoftware("abc"),
		stun.NewUsername("me:you"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, want string
		b          []byte
	}{
		{"request", "me", request("me")},
		{"after an attribute with padding", "me", withSoftware.Raw},
		{"response", "", success()},
		{"empty", "", nil},
		{"empty name", "", request("")},
		{"media", "", media(1, 100)},
		{"truncated", "", request("me")[:24]},
	}
	for _, tt := range tests {
		got, ok := localUfrag(tt.b)
		if string(got) != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %q, %v", tt.name, got, ok)
		}
	}
}

// FuzzUfrag: parsing agrees with pion's, where that finds anything.
func FuzzUfrag(f *testing.F) {
	f.Add(request("abc"))
	f.Add(success())
	f.Add(media(1, 50))
	f.Add([]byte{22, 254, 253})
	f.Fuzz(func(t *testing.T, b []byte) {
		kinds := 0
		for _, is := range []bool{isSTUN(b), isDTLS(b), isMedia(b)} {
			if is {
				kinds++
			}
		}
		if kinds > 1 {
			t.Fatal("a packet is of two kinds")
		}
		ufrag, ok := localUfrag(b)
		if ok && len(ufrag) == 0 {
			t.Fatal("empty name")
		}
		msg := &stun.Message{Raw: append([]byte(nil), b...)}
		if msg.Decode() != nil || !ok {
			return
		}
		name, err := msg.Get(stun.AttrUsername)
		if err != nil || len(name) <= len(ufrag) || string(name[:len(ufrag)+1]) != string(ufrag)+":" {
			t.Fatalf("found %q, pion %q, %v", ufrag, name, err)
		}
	})
}

// FuzzDistributor: no packet from anywhere does harm, and what is delivered is
// what came.
func FuzzDistributor(f *testing.F) {
	f.Add(request("a"), uint16(1))
	f.Add(media(1, 50), uint16(2))
	f.Fuzz(func(t *testing.T, b []byte, port uint16) {
		m := &Mux{}
		e := &endpoint{mux: m, conns: make(map[string]*muxedConn)}
		h, err := e.open("a", nil)
		if err != nil {
			t.Fatal(err)
		}
		e.table.claim(netip.MustParseAddrPort("192.0.2.1:1"), h.conn, false)
		d := &distributor{endpoint: e}
		from := netip.AddrPortFrom(netip.MustParseAddr("::ffff:192.0.2.1"), port)
		d.take(b, from)
		d.take(b, from)
		d.flush()
		got := h.conn.inbox.close()
		if got == nil {
			return
		}
		if string(got.data) != string(b) || got.next == nil || got.next.next != nil {
			t.Fatal("something else was delivered")
		}
		if ufrag, ok := localUfrag(b); port != 1 && (!ok || string(ufrag) != "a") {
			t.Fatal("delivered without a reason")
		}
	})
}

// TestTable: claims against a model.
func TestTable(t *testing.T) {
	var table table
	conns := make([]*muxedConn, 5)
	for i := range conns {
		conns[i] = &muxedConn{}
	}
	model := make(map[netip.AddrPort]*muxedConn)
	for i := range 3000 {
		var ip [4]byte
		binary.BigEndian.PutUint32(ip[:], uint32(i*7%91))
		addr := netip.AddrPortFrom(netip.AddrFrom4(ip), uint16(i%13))
		c := conns[i*31%7%len(conns)]
		take := i%3 == 0
		if len(c.owned) == maxOwned {
			continue
		}
		table.claim(addr, c, take)
		if model[addr] == nil || take {
			model[addr] = c
		}
		if i == 2000 {
			table.drop(conns[1])
			for a, owner := range model {
				if owner == conns[1] {
					delete(model, a)
				}
			}
			conns[1] = conns[0]
		}
	}
	if table.len() != len(model) {
		t.Errorf("%d addresses, want %d", table.len(), len(model))
	}
	for a, want := range model {
		if table.find(a) != want {
			t.Errorf("%v has the wrong owner", a)
		}
	}
}
