package main

import (
	"strings"
	"testing"
)

const (
	beforeOutput = `goos: linux
BenchmarkStore/refcount-2   	 1000	        90.0 ns/op	       0 B/op	       0 allocs/op
BenchmarkSend/auto/P=4-2    	  100	   5000 ns/op	  400 cpu-ns/packet	  10 B/op	  20 allocs/op
PASS
`
	nowOutput = `BenchmarkStore/refcount-2   	 1000	        60.0 ns/op	       0 B/op	       0 allocs/op
BenchmarkSend/auto/P=4-2    	  100	   9000 ns/op	  410 cpu-ns/packet	  10 B/op	  20 allocs/op
BenchmarkSend/auto/P=1-2    	  100	   9000 ns/op	  500 cpu-ns/packet	  10 B/op	  20 allocs/op
`
)

func compared(before, now string) []comparison {
	var a, b samples
	a.add(before)
	b.add(now)
	return pair("x", a, b)
}

// The time of the thread counts where there is one, the least of all runs, and what is
// new is no regression.
func TestJudge(t *testing.T) {
	var out strings.Builder
	if err := judge(&out, compared(beforeOutput, nowOutput), 1.3); err != nil {
		t.Error(err, out.String())
	}
	for _, want := range []string{"0.67", "1.02", "new"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}

func TestRegressions(t *testing.T) {
	for name, line := range map[string]string{
		"slower":         "BenchmarkStore/refcount-2 1000 118 ns/op 0 B/op 0 allocs/op",
		"allocates more": "BenchmarkStore/refcount-2 1000 90 ns/op 0 B/op 1 allocs/op",
	} {
		var out strings.Builder
		err := judge(&out, compared(beforeOutput, line), 1.3)
		if err == nil || !strings.Contains(out.String(), name) {
			t.Errorf("%s: %v\n%s", name, err, out.String())
		}
	}
	if err := judge(&strings.Builder{}, compared(beforeOutput, ""), 1.3); err == nil {
		t.Error("no benchmark at all is no error")
	}
	// The least counts, so that one bad run says nothing.
	if err := judge(&strings.Builder{}, compared(beforeOutput,
		"BenchmarkStore/refcount-2 1000 500 ns/op\nBenchmarkStore/refcount-2 1000 91 ns/op\n"), 1.3); err != nil {
		t.Error(err)
	}
}
