package layers

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func randomVideo(r *rand.Rand, priorities int) Video {
	v := Video{Priority: r.IntN(priorities)}
	rate := uint64(0)
	for range r.IntN(8) {
		rate += 1 + r.Uint64N(500_000)
		v.Steps = append(v.Steps, Step{Rate: rate})
	}
	return v
}

func randomVideos(r *rand.Rand, priorities int) []Video {
	videos := make([]Video, r.IntN(12))
	for i := range videos {
		videos[i] = randomVideo(r, priorities)
	}
	return videos
}

// TestAllocateFits: all videos of a receiver are chosen together; what is chosen takes at most what there is, and is left
// paused only if it does not fit.
func TestAllocateFits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 20000 {
		videos := randomVideos(r, 3)
		rate := r.Uint64N(10_000_000)
		chosen := Allocate(rate, videos)
		used := Used(videos, chosen)
		if used > rate {
			t.Fatalf("%d of %d bit/s: %v", used, rate, chosen)
		}
		for i, c := range chosen {
			if c < Paused || c >= len(videos[i].Steps) {
				t.Fatalf("step %d of %d", c, len(videos[i].Steps))
			}
		}
		if next, ok := Next(videos, chosen); ok && next <= used {
			t.Fatalf("the next step would take %d, as against %d", next, used)
		}
	}
}

// TestAllocateMonotone: more capacity never lowers any of several videos of
// equal priority, nor one of the highest priority.
func TestAllocateMonotone(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for range 20000 {
		videos := randomVideos(r, 1)
		rate := r.Uint64N(10_000_000)
		less, more := Allocate(rate, videos), Allocate(rate+r.Uint64N(3_000_000), videos)
		for i := range videos {
			if more[i] < less[i] {
				t.Fatalf("%v became %v with more capacity", less, more)
			}
		}
	}
}

// TestAllocatePriority: a video of lower priority takes nothing from another.
func TestAllocatePriority(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 10000 {
		videos := randomVideos(r, 1)
		rate := r.Uint64N(5_000_000)
		alone := Allocate(rate, videos)
		first := slices.Clone(videos)
		for i := range first {
			first[i].Priority = 1
		}
		both := Allocate(rate, append(first, Video{Steps: []Step{{Rate: 1}, {Rate: 1_000_000}}}))
		for i := range videos {
			// Only its lowest step may stand in the way of a raise.
			if both[i] < alone[i]-1 {
				t.Fatalf("%v became %v", alone, both)
			}
		}
	}
}

// TestForVideo: sound comes first, and something is kept for retransmissions.
func TestForVideo(t *testing.T) {
	for _, test := range []struct{ capacity, audio, want uint64 }{
		{1_000_000, 0, 900_000},
		{1_000_000, 100_000, 780_000},
		{100_000, 90_000, 0},
		{0, 40_000, 0},
		{10_000_000, 0, 9_700_000},
	} {
		if got := ForVideo(test.capacity, test.audio); got != test.want {
			t.Errorf("%d with sound of %d: %d, want %d", test.capacity, test.audio, got, test.want)
		}
	}
}

// TestCapacityFor is the inverse of ForVideo.
func TestCapacityFor(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 10000 {
		rate, audio := r.Uint64N(8_000_000), r.Uint64N(200_000)
		c := CapacityFor(rate, audio)
		if got := ForVideo(c, audio); got < rate || got > rate+10 {
			t.Fatalf("%d leaves %d of %d", c, got, rate)
		}
	}
}

// TestNext: the next step after an allocation is one that a little more capacity
// allows.
func TestNext(t *testing.T) {
	videos := []Video{
		{Steps: []Step{{Rate: 100}, {Rate: 1000}}},
		{Steps: []Step{{Rate: 200}, {Rate: 500}}},
	}
	for _, test := range []struct {
		rate uint64
		want []int
		next uint64
	}{
		{50, []int{Paused, Paused}, 100},
		{100, []int{0, Paused}, 300},
		{300, []int{0, 0}, 600},
		{600, []int{0, 1}, 1500},
		{1500, []int{1, 1}, 0},
	} {
		chosen := Allocate(test.rate, videos)
		if !slices.Equal(chosen, test.want) {
			t.Errorf("%d: %v, want %v", test.rate, chosen, test.want)
		}
		if next, ok := Next(videos, chosen); ok != (test.next > 0) || ok && next != test.next {
			t.Errorf("%d: next %d, %v, want %d", test.rate, next, ok, test.next)
		}
	}
}

// TestLadder lists what can be chosen of videos that senders make.
func TestLadder(t *testing.T) {
	temporal := Source{Live: true, Rates: Rates{{400, 200, 400}}}
	low := Source{Live: true, Rates: Rates{{50, 20, 30}}}
	spatial := Source{Live: true, Rates: Rates{{50, 20, 30}, {150, 50, 100}, {500, 100, 400}}}
	for _, test := range []struct {
		name             string
		sources          []Source
		limitSID, detail bool
		want             []Step
	}{
		{"one layer", []Source{{Live: true, Rates: Rates{{1000}}}}, false, false,
			[]Step{{0, Top, Top, 1000}}},
		{"nothing known", []Source{{}, {}}, false, false, []Step{{0, Top, Top, 0}}},
		{"temporal", []Source{temporal}, false, false,
			[]Step{{0, 0, 0, 400}, {0, 0, 1, 600}, {0, Top, Top, 1000}}},
		{"simulcast", []Source{temporal, low}, false, false,
			[]Step{{1, 0, 0, 50}, {1, 0, 1, 70}, {1, 0, Top, 100}, {0, 0, 1, 600}, {0, Top, Top, 1000}}},
		{"simulcast, high layer suspended", []Source{{}, low}, false, false,
			[]Step{{1, 0, 0, 50}, {1, 0, 1, 70}, {1, Top, Top, 100}}},
		{"simulcast, high layer not measured", []Source{{Live: true}, low}, false, false,
			[]Step{{1, 0, 0, 50}, {1, 0, 1, 70}, {1, 0, Top, 100}, {0, Top, Top, 101}}},
		{"spatial", []Source{spatial}, false, false,
			[]Step{{0, 0, 0, 50}, {0, 0, 1, 70}, {0, 0, Top, 100},
				{0, 1, 1, 270}, {0, 1, Top, 400}, {0, 2, 1, 870}, {0, Top, Top, 1400}}},
		{"lowest spatial layer", []Source{spatial}, true, false,
			[]Step{{0, 0, 0, 50}, {0, 0, 1, 70}, {0, 0, Top, 100}}},
		{"a screen", []Source{temporal, low}, false, true,
			[]Step{{1, 0, 0, 50}, {1, 0, 1, 70}, {1, 0, Top, 100}, {0, 0, 0, 400}, {0, 0, 1, 600}, {0, Top, Top, 1000}}},
	} {
		if got := Ladder(test.sources, test.limitSID, test.detail); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

// TestLadderRises: rates rise strictly, whatever is measured.
func TestLadderRises(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for range 20000 {
		sources := make([]Source, 1+r.IntN(3))
		for i := range sources {
			sources[i].Live = r.IntN(4) > 0
			for s := range 1 + r.IntN(MaxSpatial) {
				for l := range 1 + r.IntN(MaxTemporal) {
					sources[i].Rates[s][l] = r.Uint64N(1000)
				}
			}
		}
		steps := Ladder(sources, r.IntN(2) == 0, r.IntN(2) == 0)
		if len(steps) == 0 {
			t.Fatal("no step")
		}
		for i := range steps {
			if i > 0 && steps[i].Rate <= steps[i-1].Rate {
				t.Fatalf("%v", steps)
			}
		}
		if last := steps[len(steps)-1]; last.TID != Top {
			t.Fatalf("the best step leaves out what may come: %v", steps)
		}
	}
}
