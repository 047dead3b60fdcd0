package testclient

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"
)

// SilentNames makes name servers silent until the test ends, and returns a function that
// waits until one has been asked.  It concerns the whole process, so the test must not run
// in parallel with others.  When it ends all lookups do, so that a test that counts
// goroutines should call it after what counts them.
func SilentNames(t testing.TB) (asked func()) {
	t.Helper()
	silent, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := netip.MustParseAddrPort(silent.LocalAddr().String())
	ended, end := context.WithCancel(context.Background())
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{
		PreferGo: true,
		Dial: func(context.Context, string, string) (net.Conn, error) {
			var d net.Dialer
			c, err := d.DialUDP(ended, "udp4", netip.AddrPort{}, address)
			if err != nil {
				return nil, err
			}
			context.AfterFunc(ended, func() { _ = c.Close() })
			return c, nil
		},
	}
	t.Cleanup(func() {
		net.DefaultResolver = before
		end()
		silent.Close()
	})
	return func() {
		t.Helper()
		_ = silent.SetReadDeadline(time.Now().Add(Timeout))
		if _, _, err := silent.ReadFrom(make([]byte, 1500)); err != nil {
			t.Fatalf("no name server is asked: %v", err)
		}
	}
}
