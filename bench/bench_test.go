package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"galene/server"
)

// serve runs a server in this process, and returns the URL of its WebSocket.
func serve(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	conf := server.DefaultConfig()
	conf.HTTP, conf.Insecure, conf.TURN = "127.0.0.1:0", true, ""
	conf.Data, conf.Recordings = filepath.Join(dir, "data"), filepath.Join(dir, "recordings")
	conf.Groups = filepath.Join(dir, "groups")
	if err := os.Mkdir(conf.Groups, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(conf.Groups, benchGroup+".json"), []byte(benchDescription), 0o600); err != nil {
		t.Fatal(err)
	}
	conf.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	s, err := server.New(conf)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return "ws://" + s.Addr().String() + "/ws"
}

// TestScenarios runs each scenario for a moment against a real server: packets
// must be forwarded, and none lost that the machine had time for.
func TestScenarios(t *testing.T) {
	url := serve(t)
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			if s.name == "saturation" {
				t.Skip("loads the machine until it breaks")
			}
			file := filepath.Join(t.TempDir(), "results.json")
			var out, progress bytes.Buffer
			err := command([]string{"-url", url, "-cpu", "-1", "-clients", "3", "-duration", "300ms", "-messages", "5",
				"-timeout", "60s", "-json", file, s.name}, &out, &progress)
			if err != nil {
				t.Fatalf("%v\n%s", err, out.String())
			}
			var results []result
			b, err := os.ReadFile(file)
			if err == nil {
				err = json.Unmarshal(b, &results)
			}
			if err != nil || len(results) != 1 {
				t.Fatal(err, string(b))
			}
			res := results[0]
			if media := res.Scenario == "lecture" || res.Scenario == "meeting" || res.Scenario == "audio"; media {
				if res.Expected == 0 || res.Lost != 0 || res.Disordered != 0 || res.DelayP50 <= 0 {
					t.Errorf("%+v", res)
				}
			} else if len(res.Notes) == 0 {
				t.Errorf("%+v", res)
			}
			if progress.Len() == 0 {
				t.Error("no progress was shown")
			}
		})
	}
}

// TestStamp: a changed payload is noticed.
func TestStamp(t *testing.T) {
	payload := make([]byte, 500)
	want := stamp{publisher: 7, track: 1, index: 12345, sent: 99}
	want.put(payload)
	if got, err := parseStamp(payload); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := parseStamp(payload[:499]); err == nil {
		t.Error("a truncated payload passes")
	}
	for _, at := range []int{0, 12, stampSize, stampSize + (len(payload)-stampSize)/8*8 - 1} {
		changed := bytes.Clone(payload)
		changed[at] ^= 1
		if got, err := parseStamp(changed); err == nil && got == want {
			t.Errorf("a change at %d passes", at)
		}
	}
}

// TestHistogram: percentiles are right within a thirty-second.
func TestHistogram(t *testing.T) {
	var h histogram
	for i := range 10000 {
		h.add(time.Duration(i+1) * time.Microsecond)
	}
	for i, got := range h.percentiles(0.5, 0.99, 0.999) {
		want := []float64{5000, 9900, 9990}[i] * float64(time.Microsecond)
		if r := float64(got) / want; r < 1 || r > 1+1.0/16 {
			t.Errorf("%v, want %v", got, time.Duration(want))
		}
	}
	if got := (&histogram{}).percentiles(0.5); got[0] != 0 {
		t.Errorf("nothing: %v", got)
	}
}

// TestRate: how bit rates may be written.
func TestRate(t *testing.T) {
	for text, want := range map[string]int{"800": 800, "400k": 400_000, "1.2M": 1_200_000, "0": 0} {
		if got, err := parseRate(text); err != nil || got != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "M", "-1", "fast", "1e99"} {
		if got, err := parseRate(text); err == nil {
			t.Errorf("%s: %d", text, got)
		}
	}
}
