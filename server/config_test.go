package server

import (
	"flag"
	"io"
	"testing"

	"galene/udpmux"
)

// TestBatchFlag: the -udp-batch flag.
func TestBatchFlag(t *testing.T) {
	for text, want := range map[string]udpmux.Batching{
		"auto": udpmux.BatchSegments, "messages": udpmux.BatchMessages, "off": udpmux.BatchNone,
	} {
		conf := DefaultConfig()
		f := flag.NewFlagSet("galene", flag.ContinueOnError)
		f.SetOutput(io.Discard)
		conf.AddFlags(f)
		if conf.UDPBatch != udpmux.BatchSegments {
			t.Errorf("the default is %v", conf.UDPBatch)
		}
		if err := f.Parse([]string{"-udp-batch", text}); err != nil || conf.UDPBatch != want {
			t.Errorf("%s: %v, %v", text, conf.UDPBatch, err)
		}
		if err := f.Parse([]string{"-udp-batch", "on"}); err == nil {
			t.Error("a mode that there is not was accepted")
		}
	}
}

// TestPreferredPort: media has the number of the web server's port, unless the
// TURN server has it.
func TestPreferredPort(t *testing.T) {
	for _, test := range []struct {
		http, turn string
		want       uint16
	}{
		{":8443", "auto", 8443},
		{"127.0.0.1:443", ":1194", 443},
		{"[::1]:https", "", 443},
		{":8443", "192.0.2.1:8443", 0},
		{"localhost:0", "", 0},
		{"/run/galene/http.sock", "auto", 0},
	} {
		conf := DefaultConfig()
		conf.HTTP, conf.TURN = test.http, test.turn
		if got := conf.preferredPort(); got != test.want {
			t.Errorf("-http %s -turn %q: %d, want %d", test.http, test.turn, got, test.want)
		}
	}
}
