package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"log/slog"
	"testing"
)

// SW-1: levels, and a log that programs can read.
func TestLog(t *testing.T) {
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	var o logOptions
	flags := flag.NewFlagSet("galene", flag.ContinueOnError)
	o.addFlags(flags)
	if err := flags.Parse([]string{"-log-level", "warn", "-log-format", "json"}); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	o.install(&b)
	slog.Info("unimportant")
	slog.Warn("important", "group", "tea")
	var line struct{ Level, Msg, Group string }
	if err := json.Unmarshal(b.Bytes(), &line); err != nil {
		t.Fatalf("%v: %s", err, b.String())
	}
	if line.Level != "WARN" || line.Msg != "important" || line.Group != "tea" {
		t.Errorf("got %s", b.String())
	}
}
