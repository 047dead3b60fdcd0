package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// sample is what a benchmark has cost at least.
type sample struct {
	time   float64 // ns
	allocs float64 // per operation
}

// samples are those of the benchmarks of a stage, by name.
type samples map[string]sample

// add reads the output of a benchmark.  The time is that of the thread where a benchmark
// reports it, which says more than the clock.
func (s *samples) add(out string) {
	if *s == nil {
		*s = make(samples)
	}
	for line := range strings.Lines(out) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		values := make(map[string]float64)
		for i := 2; i+1 < len(fields); i += 2 {
			if x, err := strconv.ParseFloat(fields[i], 64); err == nil {
				values[fields[i+1]] = x
			}
		}
		time, ok := values["cpu-ns/packet"]
		if !ok {
			time, ok = values["ns/op"]
		}
		if !ok {
			continue
		}
		best, known := (*s)[fields[0]]
		if !known {
			best = sample{math.Inf(1), math.Inf(1)}
		}
		(*s)[fields[0]] = sample{min(best.time, time), min(best.allocs, values["allocs/op"])}
	}
}

// comparison is one benchmark of both trees.
type comparison struct {
	stage, name string
	before, now sample
	isNew       bool // there is nothing to compare it with
}

// pair puts the benchmarks of a stage together.
func pair(stage string, before, now samples) []comparison {
	var list []comparison
	for name, b := range now {
		a, ok := before[name]
		list = append(list, comparison{stage, strings.TrimPrefix(name, "Benchmark"), a, b, !ok})
	}
	slices.SortFunc(list, func(a, b comparison) int { return strings.Compare(a.name, b.name) })
	return list
}

// slower says what has become worse, or nothing.
func (c comparison) slower(limit float64) string {
	switch {
	case c.isNew:
		return ""
	case c.now.time > limit*c.before.time:
		return "slower"
	case c.now.allocs > c.before.allocs*1.1+0.5:
		return "allocates more"
	}
	return ""
}

// judge prints a table; the error says that something has become worse.
func judge(w io.Writer, list []comparison, limit float64) error {
	if len(list) == 0 {
		return errors.New("there are no benchmarks")
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "stage\tbenchmark\tbefore, ns\tnow, ns\tratio\tallocations\t\t")
	worse := 0
	for _, c := range list {
		if c.isNew {
			fmt.Fprintf(t, "%s\t%s\t–\t%.1f\t–\t%g\tnew\t\n", c.stage, c.name, c.now.time, c.now.allocs)
			continue
		}
		verdict := c.slower(limit)
		if verdict != "" {
			worse++
		}
		fmt.Fprintf(t, "%s\t%s\t%.1f\t%.1f\t%.2f\t%g → %g\t%s\t\n", c.stage, c.name,
			c.before.time, c.now.time, c.now.time/c.before.time, c.before.allocs, c.now.allocs, verdict)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if worse > 0 {
		return fmt.Errorf("%d of %d benchmarks have become worse", worse, len(list))
	}
	return nil
}
