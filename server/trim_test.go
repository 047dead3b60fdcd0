package server

import (
	"runtime/debug"
	"slices"
	"testing"
)

// TestTrimmer: memory is given back after a busy time, not during it, and not for little.
func TestTrimmer(t *testing.T) {
	const mb = 1 << 20
	for _, test := range []struct {
		name  string
		used  uint64 // MB
		steps []uint64
		off   bool
		want  []int // the steps after which memory is given back
	}{
		{name: "nothing happens", used: 10, steps: []uint64{0, 0, 0}},
		{name: "a burst", used: 50, steps: []uint64{40, 40, 3, 0, 0}, want: []int{2}},
		{name: "two bursts", used: 50, steps: []uint64{80, 1, 80, 1}, want: []int{1, 3}},
		{name: "busy all the time", used: 50, steps: []uint64{10, 10, 10, 10, 10}},
		{name: "a little all the time", used: 50, steps: []uint64{3, 3, 3, 3, 3, 3, 3, 3}, want: []int{4}},
		{name: "little", used: 4, steps: []uint64{3, 0, 0}},
		{name: "garbage is not collected", used: 50, steps: []uint64{80, 0, 0}, off: true},
	} {
		allocated := uint64(0)
		var got []int
		step := 0
		tr := &trimmer{
			trim: func() { got = append(got, step) },
			read: func() (uint64, uint64, bool) { return allocated * mb, test.used * mb, !test.off },
		}
		for i, n := range test.steps {
			step = i
			allocated += n
			tr.tick()
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: given back after steps %v, want %v", test.name, got, test.want)
		}
	}
}

// TestReadHeap: the runtime has the numbers that are asked for.
func TestReadHeap(t *testing.T) {
	allocated, used, collected := readHeap()
	if allocated == 0 || used == 0 || used > allocated || !collected {
		t.Errorf("allocated %d, used %d, collected %v", allocated, used, collected)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // as GOGC=off does
	if _, _, collected = readHeap(); collected {
		t.Error("garbage is collected though it is switched off")
	}
}
