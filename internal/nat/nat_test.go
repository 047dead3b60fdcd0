package nat

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ list, want, problem string }{
		{"", "[]", ""},
		{"192.0.2.7", "[192.0.2.7]", ""},
		{"192.0.2.7 2001:db8::7", "[192.0.2.7 2001:db8::7]", ""},
		{"::ffff:192.0.2.7", "[192.0.2.7]", ""},
		{"video.example.org", "", "is no IP address"},
		{"192.0.2.7:8443", "", "is no IP address"},
		{"192.0.2.0/24", "", "is no IP address"},
		{"0.0.0.0", "", "nobody can be reached"},
		{"::", "", "nobody can be reached"},
		{"224.0.0.1", "", "nobody can be reached"},
		{"255.255.255.255", "", "nobody can be reached"},
		{"fe80::1", "", "nobody can be reached"},
		{"2001:db8::7%eth0", "", "zone"},
		{"192.0.2.7 192.0.2.7", "", "twice"},
		{"192.0.2.7 ::ffff:192.0.2.7", "", "twice"},
	} {
		got, err := Parse(strings.Fields(c.list))
		if c.problem != "" {
			if !errors.Is(err, ErrAddress) || !strings.Contains(err.Error(), c.problem) {
				t.Errorf("%q: %v", c.list, err)
			}
		} else if err != nil || fmt.Sprint(got) != c.want {
			t.Errorf("%q: %v, %v", c.list, got, err)
		}
	}
}

func TestBase(t *testing.T) {
	public := netip.MustParseAddr("127.0.0.1")
	if base, err := Base(net.Dial, public); err != nil || base != public {
		t.Errorf("an address of this machine leads to %v, %v", base, err)
	}
	failure := errors.New("no route")
	if _, err := Base(func(string, string) (net.Conn, error) { return nil, failure }, public); !errors.Is(err, failure) {
		t.Errorf("without a route: %v", err)
	}
	if _, err := Base(func(string, string) (net.Conn, error) {
		c, _ := net.Pipe()
		return c, nil
	}, public); !errors.Is(err, ErrAddress) {
		t.Errorf("without an address: %v", err)
	}
}
