package udpmux

import (
	"math/rand/v2"
	"net"
	"testing"
)

// TestDelivery: in every mode packets of mixed sizes go through in both
// directions, complete, intact and in order.
func TestDelivery(t *testing.T) {
	const packets, window = 6000, 100
	for _, mode := range modes {
		for _, address := range []string{"127.0.0.1", "::1"} {
			t.Run(mode.String()+"/"+address, func(t *testing.T) {
				if address == "::1" && !haveIPv6() {
					t.Skip("no IPv6 here")
				}
				m := openTest(t, Options{Batching: mode, IPFilter: onlyIP(address)})
				batch := m.NewBatch()
				h := getConn(t, m, batch, "server")
				c := dial(t, h)
				connect(t, h, c, "server")
				random := rand.New(rand.NewPCG(1, 2))
				b := make([]byte, 2*largestPacket)
				for n := uint32(0); n < packets; {
					first := n
					batch.Begin()
					for ; n < first+window; n++ {
						if _, err := h.WriteToAddrPort(media(n, size(random, n)), addrOf(c)); err != nil {
							t.Fatal(err)
						}
					}
					if batch.End() != 0 {
						t.Fatal("the network took not everything")
					}
					for want := first; want < n; want++ {
						k, _, err := c.ReadFromUDPAddrPort(b)
						if err != nil {
							t.Fatalf("packet %d: %v", want, err)
						}
						if got, ok := number(b[:k]); got != want || !ok {
							t.Fatalf("packet %d of %d bytes instead of %d, intact: %v", got, k, want, ok)
						}
						if _, err := c.WriteTo(b[:k], h.LocalAddr()); err != nil {
							t.Fatal(err)
						}
					}
					for want := first; want < n; want++ {
						back, from := read(t, h)
						if got, ok := number(back); got != want || !ok || from != addrOf(c) {
							t.Fatalf("packet %d instead of %d, intact: %v, from %v", got, want, ok, from)
						}
					}
				}
				s := m.Stats()
				if s.Sent < packets || s.Received < packets || s.Strayed+s.Overflowed+s.Late+s.Refused != 0 {
					t.Errorf("%+v", s)
				}
				segmented := s.Sends < s.Sent
				if want := mode == BatchSegments && canSegment(h); segmented != want {
					t.Errorf("%d packets in %d messages", s.Sent, s.Sends)
				}
			})
		}
	}
}

// size returns sizes like those of media: runs of equal packets with a smaller
// one at the end, and a few of any size.
func size(random *rand.Rand, n uint32) int {
	switch {
	case n%7 == 6:
		return 16 + random.IntN(1100)
	case n%50 == 0:
		return 16 + random.IntN(1456)
	default:
		return 1150 + int(n/7%3)
	}
}

// TestManyReceivers: a batch keeps the order of each destination.
func TestManyReceivers(t *testing.T) {
	const receivers, rounds = 30, 40
	for _, mode := range modes {
		t.Run(mode.String(), func(t *testing.T) {
			m := openTest(t, Options{Batching: mode})
			batch := m.NewBatch()
			handles := make([]*handle, receivers)
			clients := make([]*net.UDPConn, receivers)
			for i := range handles {
				name := string(rune('a' + i))
				handles[i] = getConn(t, m, batch, name)
				clients[i] = dial(t, handles[i])
				connect(t, handles[i], clients[i], name)
			}
			n := uint32(0)
			for range rounds {
				batch.Begin()
				for range 10 { // more than a batch holds
					for i, h := range handles {
						if _, err := h.WriteToAddrPort(media(n, 1000-i%2), addrOf(clients[i])); err != nil {
							t.Fatal(err)
						}
					}
					n++
				}
				batch.End()
			}
			b := make([]byte, 1500)
			for _, c := range clients {
				for want := range n {
					k, _, err := c.ReadFromUDPAddrPort(b)
					if err != nil {
						t.Fatal(err)
					}
					if got, ok := number(b[:k]); got != want || !ok {
						t.Fatalf("packet %d instead of %d", got, want)
					}
				}
			}
		})
	}
}

// TestOutsideOfBursts: what is written when nobody will call End is sent at
// once, and so is everything but media.
func TestOutsideOfBursts(t *testing.T) {
	m := openTest(t, Options{})
	batch := m.NewBatch()
	h := getConn(t, m, batch, "server")
	c := dial(t, h)
	connect(t, h, c, "server")
	b := make([]byte, 1500)
	expect := func(what string) {
		t.Helper()
		if _, _, err := c.ReadFromUDPAddrPort(b); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	write := func(p []byte) {
		t.Helper()
		if _, err := h.WriteToAddrPort(p, addrOf(c)); err != nil {
			t.Fatal(err)
		}
	}
	write(media(1, 100))
	expect("media outside of a burst")
	batch.Begin()
	write(append([]byte{22}, make([]byte, 50)...))
	expect("DTLS")
	write(request("client"))
	expect("STUN")
	batch.End()
}

func haveIPv6() bool {
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv6loopback})
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}
