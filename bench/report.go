package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// result is what one scenario has shown of one server.
type result struct {
	Scenario string  `json:"scenario"`
	Server   string  `json:"server"`
	Round    int     `json:"round"`
	Clients  int     `json:"clients"`
	Rate     int     `json:"videoBitsPerSecond"`
	Spread   float64 `json:"spread"`
	Streams  int     `json:"streamsReceived,omitempty"`

	Seconds         float64 `json:"seconds"`
	PacketsIn       float64 `json:"packetsInPerSecond,omitempty"`
	PacketsOut      float64 `json:"packetsOutPerSecond,omitempty"`
	Expected        uint64  `json:"packetsExpected,omitempty"`
	Lost            int64   `json:"packetsLost"`
	Disordered      uint64  `json:"packetsDisordered"`
	Unsent          uint64  `json:"packetsThatCouldNotBeSent"`
	CPU             float64 `json:"processors"`
	MicrosPerPacket float64 `json:"microsecondsPerPacket,omitempty"`
	Wakeups         float64 `json:"wakeupsPerSecond,omitempty"`

	DelayP50  float64 `json:"delayP50Milliseconds,omitempty"`
	DelayP99  float64 `json:"delayP99Milliseconds,omitempty"`
	DelayP999 float64 `json:"delayP999Milliseconds,omitempty"`

	Memory     int64  `json:"residentBytes,omitempty"`
	Threads    int    `json:"threads,omitempty"`
	Goroutines int    `json:"goroutines,omitempty"`
	Notes      []note `json:"notes,omitempty"`
	Error      string `json:"error,omitempty"`
}

// note is a figure that only one scenario has.
type note struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

func (res *result) note(name string, value float64) {
	res.Notes = append(res.Notes, note{name, value})
}

// label names what was measured, but for the server.
func (res *result) label() string {
	text := fmt.Sprintf("%s %d", res.Scenario, res.Clients)
	if res.Rate > 0 && res.Scenario != "saturation" {
		text += fmt.Sprintf(", %.1f Mbit/s", float64(res.Rate)/1e6)
		if res.Spread > 0 {
			text += fmt.Sprintf(", paced %.0f %%", 100*res.Spread)
		} else {
			text += ", burst"
		}
	} else if res.Scenario == "saturation" && res.Spread > 0 {
		text += fmt.Sprintf(", paced %.0f %%", 100*res.Spread)
	}
	return text
}

// writeTable writes results for people: for each scenario the servers, with the
// cost of a packet as a ratio to that of the first one.  Of several rounds the one
// with the lowest cost counts, since others have been disturbed.
func writeTable(w io.Writer, results []result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "scenario\tserver\tpackets/s\tµs/packet\tratio\tCPU\twakeups/s\tp50 ms\tp99 ms\tp99.9 ms\tlost\tdisordered\tMB\tgoroutines\t")
	var labels []string
	for i := range results {
		if l := results[i].label(); !slices.Contains(labels, l) {
			labels = append(labels, l)
		}
	}
	var notes strings.Builder
	for _, label := range labels {
		first := 0.0
		for _, res := range bestOf(results, label) {
			if res.Error != "" {
				fmt.Fprintf(t, "%s\t%s\tfailed: %s\t\n", label, res.Server, res.Error)
				continue
			}
			first = cmp.Or(first, res.MicrosPerPacket)
			ratio := ""
			if first > 0 {
				ratio = fmt.Sprintf("%.2f", res.MicrosPerPacket/first)
			}
			fmt.Fprintf(t, "%s\t%s\t%.0f\t%.2f\t%s\t%.0f %%\t%.0f\t%.2f\t%.2f\t%.2f\t%d\t%d\t%.0f\t%d\t\n",
				label, res.Server, res.PacketsOut, res.MicrosPerPacket, ratio, 100*res.CPU, res.Wakeups,
				res.DelayP50, res.DelayP99, res.DelayP999, res.Lost, res.Disordered,
				float64(res.Memory)/1e6, res.Goroutines)
			for _, n := range res.Notes {
				fmt.Fprintf(&notes, "%s, %s: %s: %.4g\n", label, res.Server, n.Name, n.Value)
			}
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(w, notes.String())
	return err
}

// bestOf returns the best round of each server, in order of appearance.
func bestOf(results []result, label string) []result {
	var list []result
	for _, res := range results {
		if res.label() != label {
			continue
		}
		i := slices.IndexFunc(list, func(other result) bool { return other.Server == res.Server })
		switch {
		case i < 0:
			list = append(list, res)
		case list[i].Error != "" || res.Error == "" && better(&res, &list[i]):
			list[i] = res
		}
	}
	return list
}

func better(a, b *result) bool {
	if a.MicrosPerPacket != b.MicrosPerPacket {
		return a.MicrosPerPacket < b.MicrosPerPacket
	}
	return len(a.Notes) > 1 && len(b.Notes) > 1 && a.Notes[1].Value < b.Notes[1].Value
}

// progress is a line that says what is going on, at most once per second.
type progress struct {
	mu     sync.Mutex
	w      io.Writer // nil is none
	prefix string
	last   time.Time
}

func (p *progress) begin(prefix string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.prefix, p.last = prefix, time.Time{}
}

func (p *progress) show(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w == nil || time.Since(p.last) < time.Second {
		return
	}
	p.last = time.Now()
	fmt.Fprintf(p.w, "%s: %s\n", p.prefix, fmt.Sprintf(format, args...))
}
