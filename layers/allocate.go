package layers

import (
	"cmp"
	"slices"
)

const (
	// audioMargin is what is reserved for sound, relative to its rate.
	audioMargin = 1.2
	// overheadShare and maxOverhead bound what is reserved for
	// retransmissions and RTCP (spec media.md 7.6).
	overheadShare = 0.1
	maxOverhead   = 300_000
)

// Paused is the choice of no step at all.
const Paused = -1

// Video is what Allocate knows of one video.
type Video struct {
	// Steps is its ladder.
	Steps []Step
	// Priority orders videos: those with a higher one are served first.
	Priority int
}

// ForVideo returns what is left of a capacity for pictures, when sound takes
// audio, both in bit/s.  Sound is never given up for them.
func ForVideo(capacity, audio uint64) uint64 {
	overhead := min(uint64(float64(capacity)*overheadShare), maxOverhead)
	reserved := uint64(float64(audio)*audioMargin) + overhead
	if reserved >= capacity {
		return 0
	}
	return capacity - reserved
}

// Allocate chooses a step for each video, or Paused, so that together they take
// at most rate bit/s.
//
// Everybody first gets the lowest step, by priority and then the cheapest first;
// then steps are raised, one priority after the other, in the order of gain per
// bit.  Within a priority, the order of the raises does not depend on the rate,
// and the first that does not fit is the last one tried, so that a higher rate
// never lowers one of several videos of the same priority.
func Allocate(rate uint64, videos []Video) []int {
	chosen := make([]int, len(videos))
	order := make([]int, len(videos))
	for i := range videos {
		chosen[i], order[i] = Paused, i
	}
	slices.SortStableFunc(order, byPriority(videos))
	for _, i := range order {
		if v := videos[i]; len(v.Steps) > 0 && v.Steps[0].Rate <= rate {
			chosen[i] = 0
			rate -= v.Steps[0].Rate
		}
	}
	for len(order) > 0 {
		n := 1
		for n < len(order) && videos[order[n]].Priority == videos[order[0]].Priority {
			n++
		}
		rate = raise(rate, videos, order[:n], chosen)
		order = order[n:]
	}
	return chosen
}

// byPriority orders videos as they are served: by priority, the cheapest first.
func byPriority(videos []Video) func(a, b int) int {
	return func(a, b int) int {
		return cmp.Or(
			cmp.Compare(videos[b].Priority, videos[a].Priority),
			cmp.Compare(lowest(videos[a]), lowest(videos[b])))
	}
}

func lowest(v Video) uint64 {
	if len(v.Steps) == 0 {
		return 0
	}
	return v.Steps[0].Rate
}

// raise raises the videos of one priority, and returns the rate left.
func raise(rate uint64, videos []Video, class []int, chosen []int) uint64 {
	for _, i := range class {
		if chosen[i] == Paused && len(videos[i].Steps) > 0 {
			return rate
		}
	}
	for {
		i, cost := best(videos, class, chosen)
		if i < 0 || cost > rate {
			return rate
		}
		chosen[i]++
		rate -= cost
	}
}

// best returns the video whose next step is the cheapest, which gains most per
// bit, and what it costs more than the present one; or a negative number if there
// is none.
func best(videos []Video, class []int, chosen []int) (video int, cost uint64) {
	video = -1
	var least uint64
	for _, i := range class {
		steps, now := videos[i].Steps, chosen[i]
		if now == Paused || now+1 >= len(steps) {
			continue
		}
		if rate := steps[now+1].Rate; video < 0 || rate < least {
			video, cost, least = i, rate-steps[now].Rate, rate
		}
	}
	return video, cost
}

// Used returns what the choices take together, in bit/s.
func Used(videos []Video, chosen []int) uint64 {
	var sum uint64
	for i, c := range chosen {
		if c != Paused {
			sum += videos[i].Steps[c].Rate
		}
	}
	return sum
}

// Next returns what the pictures would take if they were one step better than
// chosen, in the order of Allocate, and false if there is nothing better.
func Next(videos []Video, chosen []int) (rate uint64, ok bool) {
	used := Used(videos, chosen)
	order := make([]int, len(videos))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, byPriority(videos))
	for _, i := range order {
		if chosen[i] == Paused && len(videos[i].Steps) > 0 {
			return used + videos[i].Steps[0].Rate, true
		}
	}
	for len(order) > 0 {
		n := 1
		for n < len(order) && videos[order[n]].Priority == videos[order[0]].Priority {
			n++
		}
		if i, cost := best(videos, order[:n], chosen); i >= 0 {
			return used + cost, true
		}
		order = order[n:]
	}
	return used, false
}
