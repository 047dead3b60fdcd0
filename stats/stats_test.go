package stats

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"galene/codecs"
	"galene/ice"
	"galene/rtpconn"
	"galene/signalling"
	"galene/udpmux"
)

// example is a server with two people in one group and one in another.
func example() Source {
	audio := rtpconn.UpTrackStats{Kind: codecs.Audio, Bitrate: 30000, Loss: 0.5}
	video := rtpconn.UpTrackStats{Kind: codecs.Video, Bitrate: 700000}
	heard := rtpconn.DownTrackStats{Kind: codecs.Audio, Bitrate: 29000, Loss: 0.25}
	missed := rtpconn.DownTrackStats{Kind: codecs.Audio, Bitrate: 1000, Loss: 0.75}
	return Source{
		Sessions: func() int { return 4 },
		Clients: func(context.Context) []signalling.ClientStats {
			return []signalling.ClientStats{
				{Group: "secret/tea", ID: "ada",
					Up: []signalling.UpStats{{Tracks: []rtpconn.UpTrackStats{audio, video}}}},
				{Group: "secret/tea", ID: "bob",
					Down: []signalling.DownStats{{Tracks: []rtpconn.DownTrackStats{heard}}, {Tracks: []rtpconn.DownTrackStats{missed}}}},
				{Group: "coffee", ID: "eve"},
			}
		},
		Panics: func() (uint64, uint64) { return 1, 2 },
		Sockets: func() udpmux.Stats {
			return udpmux.Stats{Received: 3, Sent: 4, Sends: 5,
				Strayed: 6, Overflowed: 7, Late: 8, Refused: 9}
		},
		Packets: func() int64 { return 10 },
		Certificate: func() (*tls.Certificate, error) {
			return &tls.Certificate{Leaf: &x509.Certificate{NotAfter: time.Unix(2000000000, 0)}}, nil
		},
		Relays: func() []ice.RelayResult {
			tested := time.Unix(1900000000, 0)
			return []ice.RelayResult{
				{URL: "turn:good.example", Time: tested, Total: time.Second, RTT: 250 * time.Millisecond},
				{URL: "turn:bad.example", Time: tested, Err: errors.New("timeout")},
				{URL: "turn:good.example", Time: tested, Err: errors.New("other credentials")},
			}
		},
		Ready: func() error { return nil },
	}
}

// scrape returns what /metrics answers.
func scrape(t *testing.T, source Source) string {
	t.Helper()
	h, err := Handler(source, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	b, err := io.ReadAll(w.Body)
	if err != nil || w.Code != 200 {
		t.Fatal(w.Code, err)
	}
	return string(b)
}

// samples returns the samples whose name begins with galene_, without comments.
func samples(text string) map[string]bool {
	found := make(map[string]bool)
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "galene_") {
			found[strings.TrimSpace(line)] = true
		}
	}
	return found
}

// SW-2, SW-12: every number is where it belongs.
func TestMetrics(t *testing.T) {
	text := scrape(t, example())
	found := samples(text)
	want := []string{
		`galene_ready 1`,
		`galene_sessions 4`,
		`galene_groups 2`,
		`galene_clients 3`,
		`galene_streams{direction="up"} 1`,
		`galene_streams{direction="down"} 2`,
		`galene_tracks{direction="up",kind="audio"} 1`,
		`galene_tracks{direction="up",kind="video"} 1`,
		`galene_tracks{direction="down",kind="audio"} 2`,
		`galene_tracks{direction="down",kind="video"} 0`,
		`galene_bits_per_second{direction="up",kind="audio"} 30000`,
		`galene_bits_per_second{direction="up",kind="video"} 700000`,
		`galene_bits_per_second{direction="down",kind="audio"} 30000`,
		`galene_bits_per_second{direction="down",kind="video"} 0`,
		`galene_loss_ratio{direction="up",kind="audio"} 0.5`,
		`galene_loss_ratio{direction="up",kind="video"} 0`,
		`galene_loss_ratio{direction="down",kind="audio"} 0.5`,
		`galene_loss_ratio{direction="down",kind="video"} 0`,
		`galene_panics_total{part="session"} 1`,
		`galene_panics_total{part="media"} 2`,
		`galene_udp_packets_total{direction="received"} 3`,
		`galene_udp_packets_total{direction="sent"} 4`,
		`galene_udp_sends_total 5`,
		`galene_udp_dropped_packets_total{reason="strayed"} 6`,
		`galene_udp_dropped_packets_total{reason="overflowed"} 7`,
		`galene_udp_dropped_packets_total{reason="late"} 8`,
		`galene_udp_dropped_packets_total{reason="refused"} 9`,
		`galene_packets_held 10`,
		`galene_certificate_expiry_timestamp_seconds 2e+09`,
		`galene_relay_up{url="turn:good.example"} 1`,
		`galene_relay_up{url="turn:bad.example"} 0`,
		`galene_relay_rtt_seconds{url="turn:good.example"} 0.25`,
		`galene_relay_test_timestamp_seconds{url="turn:good.example"} 1.9e+09`,
		`galene_relay_test_timestamp_seconds{url="turn:bad.example"} 1.9e+09`,
	}
	for _, line := range want {
		if !found[line] {
			t.Errorf("missing: %s", line)
		}
		delete(found, line)
	}
	for line := range found {
		t.Errorf("unexpected: %s", line)
	}
	if !strings.Contains(text, "\ngo_goroutines ") {
		t.Error("nothing about the Go runtime")
	}
	for _, private := range []string{"tea", "coffee", "ada", "bob"} {
		if strings.Contains(text, `"`+private) || strings.Contains(text, "/"+private) {
			t.Errorf("%s is named", private)
		}
	}
}

func TestMetricsOfATroubledServer(t *testing.T) {
	trouble := errors.New("trouble")
	source := example()
	source.Ready = func() error { return trouble }
	source.Certificate = func() (*tls.Certificate, error) { return nil, trouble }
	text := scrape(t, source)
	if !samples(text)["galene_ready 0"] {
		t.Error("it is ready")
	}
	if strings.Contains(text, "galene_certificate") {
		t.Error("there is a certificate")
	}
	if _, err := NewCollector(Source{}); err == nil {
		t.Error("a source without anything is accepted")
	}
}

// Each metric is in the manual, and nothing else is.
func TestMetricsAreDocumented(t *testing.T) {
	manual, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := names(`(?m)^\| .(galene_[a-z_]+)`, string(manual))
	exported := names(`(?m)^# TYPE (galene_[a-z_]+)`, scrape(t, example()))
	for name := range exported {
		if !documented[name] {
			t.Errorf("%s is not documented", name)
		}
	}
	for name := range documented {
		if !exported[name] {
			t.Errorf("%s does not exist", name)
		}
	}
	if len(exported) == 0 {
		t.Error("nothing is exported")
	}
}

// names returns the first groups of all matches.
func names(pattern, text string) map[string]bool {
	found := make(map[string]bool)
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found[m[1]] = true
	}
	return found
}
