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
