package server

import (
	"flag"
	"io"
	"maps"
	"slices"
	"testing"
	"time"

	"galene/internal/manual"
	"galene/signalling"
)

// Every limit can be set by the flag (W-22 of protocol.md), and is documented.
func TestLimitsCanBeSet(t *testing.T) {
	documented, err := manual.Names("../docs/groups.md", "Limits")
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{"int": "7", "int64": "7", "time.Duration": "7s", "signalling.Rate": "7/9"}
	var conf Config
	flags := flag.NewFlagSet("test", flag.ContinueOnError)
	conf.AddFlags(flags)
	var args []string
	for name, field := range conf.limits() {
		args = append(args, "-limit", name+"="+values[field.Type().String()])
	}
	for _, difference := range manual.Differences(documented, slices.Collect(maps.Keys(conf.limits()))) {
		t.Error(difference)
	}
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	for name, field := range conf.limits() {
		switch got := field.Interface().(type) {
		case int:
			if got != 7 {
				t.Errorf("%s is %v", name, got)
			}
		case int64:
			if got != 7 {
				t.Errorf("%s is %v", name, got)
			}
		case time.Duration:
			if got != 7*time.Second {
				t.Errorf("%s is %v", name, got)
			}
		case signalling.Rate:
			if got != (signalling.Rate{PerSecond: 7, Burst: 9}) {
				t.Errorf("%s is %v", name, got)
			}
		}
	}
	if conf.Limits.OutboxAge != 7*time.Second || conf.GroupLimits.UserData != 7 {
		t.Errorf("got %+v", conf)
	}
}

func TestBadLimits(t *testing.T) {
	for _, value := range []string{
		"", "user-data", "nonesuch=5", "user-data=0", "user-data=-1", "user-data=x",
		"outbox-age=5", "outbox-age=-1s", "chat=5", "chat=0/5", "chat=5/0", "chat=NaN/5", "chat=x/5",
	} {
		conf := DefaultConfig()
		flags := flag.NewFlagSet("test", flag.ContinueOnError)
		flags.SetOutput(io.Discard)
		conf.AddFlags(flags)
		if flags.Parse([]string{"-limit", value}) == nil {
			t.Errorf("%q is accepted", value)
		}
	}
}
