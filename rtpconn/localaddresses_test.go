package rtpconn

import (
	"net"
	"testing"
)

// TestOffered: link-local IPv6 addresses are not used, whatever else is.
func TestOffered(t *testing.T) {
	loopback := net.IP.IsLoopback
	for _, test := range []struct {
		ip   string
		also func(net.IP) bool
		want bool
	}{
		{"192.0.2.1", nil, true},
		{"169.254.1.1", nil, true},
		{"2001:db8::1", nil, true},
		{"fd00::1", nil, true},
		{"fe80::1", nil, false},
		{"fe80::1", func(net.IP) bool { return true }, false},
		{"::1", loopback, true},
		{"192.0.2.1", loopback, false},
	} {
		if got := offered(test.also)(net.ParseIP(test.ip)); got != test.want {
			t.Errorf("%s: %v", test.ip, got)
		}
	}
}
