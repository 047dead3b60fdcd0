package ice

import (
	"errors"
	"io"
	"log/slog"
	"net/netip"
	"slices"
	"strconv"
	"testing"
	"time"
)

func addresses(list ...string) (addrs []netip.Addr) {
	for _, s := range list {
		addrs = append(addrs, netip.MustParseAddr(s))
	}
	return addrs
}

// Where the TURN server listens and what clients are told, on a machine behind a NAT.
func TestTURNBehindNAT_SW8(t *testing.T) {
	for _, c := range []struct {
		name, flag                       string
		local, public, listen, announced []netip.Addr
	}{
		{"a NAT", ":3478", addresses("10.0.0.5", "172.17.0.1"), addresses("9.9.9.9"), addresses("10.0.0.5"), addresses("9.9.9.9")},
		{"auto", "auto", addresses("10.0.0.5"), addresses("9.9.9.9"), addresses("10.0.0.5"), addresses("9.9.9.9")},
		{"two addresses", ":3478", addresses("10.0.0.5"), addresses("9.9.9.9", "9.9.9.10"),
			addresses("10.0.0.5", "10.0.0.5"), addresses("9.9.9.9", "9.9.9.10")},
		{"IPv6 without NAT", ":3478", addresses("10.0.0.5", "2a00::5"), addresses("9.9.9.9"),
			addresses("2a00::5", "10.0.0.5"), addresses("2a00::5", "9.9.9.9")},
		{"the machine has it", ":3478", addresses("9.9.9.9"), addresses("9.9.9.9"), addresses("9.9.9.9"), addresses("9.9.9.9")},
		{"no route", ":3478", addresses("10.0.0.5"), addresses("2a00::9"), nil, nil},
		{"the flag names one", "8.8.4.4:3478", addresses("10.0.0.5"), addresses("9.9.9.9"), addresses("0.0.0.0"), addresses("8.8.4.4")},
	} {
		s := newTURNServer(TURNOptions{Address: c.flag, PublicAddresses: c.public}, time.Now, slog.New(slog.DiscardHandler))
		s.base = func(public netip.Addr) (netip.Addr, error) {
			if public.Is6() {
				return public, errors.New("no route")
			}
			return netip.MustParseAddr("10.0.0.5"), nil
		}
		listen, announced := s.choose(c.local)
		if !slices.Equal(listen, c.listen) || !slices.Equal(announced, c.announced) {
			t.Errorf("%s: listens on %v as %v", c.name, listen, announced)
		}
	}
}

// Clients are told all public addresses, also if they lead to one socket, and relays are
// known by the first.
func TestTURNRelaysBehindNAT_SW8(t *testing.T) {
	port := strconv.Itoa(freePort(t))
	c := New(Options{
		DataDir: t.TempDir(),
		TURN:    TURNOptions{Address: ":" + port, PublicAddresses: addresses("9.9.9.9", "9.9.9.10")},
		Logger:  slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	t.Cleanup(c.Close)
	c.turn.addresses = func() ([]netip.Addr, error) { return addresses("127.0.0.1"), nil }
	c.turn.base = func(netip.Addr) (netip.Addr, error) { return netip.MustParseAddr("127.0.0.1"), nil }
	servers := c.Client().ICEServers
	want := []string{
		"turn:9.9.9.9:" + port, "turn:9.9.9.9:" + port + "?transport=tcp",
		"turn:9.9.9.10:" + port, "turn:9.9.9.10:" + port + "?transport=tcp",
	}
	if len(servers) != 1 || !slices.Equal(servers[0].URLs, want) {
		t.Fatalf("clients are told %v", servers)
	}
	client := dialTURN(t, "udp", "127.0.0.1:"+port, servers[0].Username, servers[0].Credential)
	relay, err := client.Allocate()
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	if got := addrPort(relay.LocalAddr()).Addr().Unmap(); got != netip.MustParseAddr("9.9.9.9") {
		t.Errorf("the relay is at %v", got)
	}
}
