package rtpconn

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"testing"
)

// routedConn is a socket with a local address.
type routedConn struct {
	net.Conn
	local net.Addr
}

func (c routedConn) LocalAddr() net.Addr { return c.local }
func (c routedConn) Close() error        { return nil }

// routed announces addresses on a machine that reaches IPv4 from 10.0.0.5 and IPv6 not
// at all, except for what it has itself.
func routed(public ...string) *publicAddresses {
	p := &publicAddresses{dial: func(_, address string) (net.Conn, error) {
		to := netip.MustParseAddrPort(address).Addr()
		switch {
		case to == netip.MustParseAddr("192.0.2.1"): // its own
			return routedConn{local: &net.UDPAddr{IP: to.AsSlice(), Port: 5}}, nil
		case to.Is4():
			return routedConn{local: &net.UDPAddr{IP: net.IPv4(10, 0, 0, 5), Port: 5}}, nil
		}
		return nil, errors.New("no route")
	}}
	for _, s := range public {
		p.list = append(p.list, netip.MustParseAddr(s))
	}
	return p
}

func TestPublicCandidates(t *testing.T) {
	const host = "candidate:77 1 udp 2130706431 10.0.0.5 8443 typ host ufrag x"
	for _, c := range []struct {
		name, candidate string
		public          []string
		want            []string
	}{
		{"none", host, nil, nil},
		{"one", host, []string{"198.51.100.9"}, []string{
			"candidate:77p0 1 udp 2130706175 198.51.100.9 8443 typ host ufrag x"}},
		{"two", host, []string{"198.51.100.9", "198.51.100.10"}, []string{
			"candidate:77p0 1 udp 2130706175 198.51.100.9 8443 typ host ufrag x",
			"candidate:77p1 1 udp 2130705919 198.51.100.10 8443 typ host ufrag x"}},
		{"no route", host, []string{"2001:db8::9"}, nil},
		{"on another interface", "candidate:77 1 udp 2130706431 172.17.0.1 8443 typ host", []string{"198.51.100.9"}, nil},
		{"its own address", "candidate:77 1 udp 2130706431 192.0.2.1 8443 typ host", []string{"192.0.2.1"}, nil},
		{"TCP", "candidate:77 1 tcp 2130706431 10.0.0.5 8443 typ host tcptype passive", []string{"198.51.100.9"}, nil},
		{"relay", "candidate:77 1 udp 1 10.0.0.5 8443 typ relay raddr 1.2.3.4 rport 5", []string{"198.51.100.9"}, nil},
		{"a name", "candidate:77 1 udp 1 x.local 8443 typ host", []string{"198.51.100.9"}, nil},
		{"least priority", "candidate:77 1 UDP 7 10.0.0.5 8443 typ host", []string{"198.51.100.9"}, []string{
			"candidate:77p0 1 UDP 1 198.51.100.9 8443 typ host"}},
		{"garbage", "candidate:x", []string{"198.51.100.9"}, nil},
		{"empty", "", []string{"198.51.100.9"}, nil},
	} {
		if got := routed(c.public...).also(c.candidate); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestPublicCandidatesInDescriptions(t *testing.T) {
	const description = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" +
		"a=candidate:1 1 udp 1000 10.0.0.5 8443 typ host\r\n" +
		"a=candidate:2 1 udp 900 172.17.0.1 8443 typ host\r\na=end-of-candidates\r\n"
	const want = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" +
		"a=candidate:1 1 udp 1000 10.0.0.5 8443 typ host\r\n" +
		"a=candidate:1p0 1 udp 744 198.51.100.9 8443 typ host\r\n" +
		"a=candidate:2 1 udp 900 172.17.0.1 8443 typ host\r\na=end-of-candidates\r\n"
	if got := routed("198.51.100.9").describe(description); got != want {
		t.Errorf("got %q", got)
	}
	if got := routed().describe(description); got != description {
		t.Errorf("without addresses: %q", got)
	}
}
