package combine

import (
	"math"
	"slices"
)

// Layout says how the picture is divided.
type Layout string

const (
	// LayoutSpeaker shows the shared screen large or, if there is none, who
	// speaks, with the others beside it.
	LayoutSpeaker Layout = "speaker"
	// LayoutGrid shows everybody in the same size, beside a shared screen that
	// is large.
	LayoutGrid Layout = "grid"
)

// maxGrid is how many are shown in a grid.
const maxGrid = 16

// rectangle is a part of the picture, in pixels; all numbers are even.
type rectangle struct{ x, y, w, h int }

// even rounds down to an even number.
func even(v float64) int { return int(v) &^ 1 }

// margin is the space between parts of a picture of some height.
func margin(height int) int { return max(4, even(float64(height)/90)) }

// columnSlots returns the size of the small pictures beside a large one, and how
// many there may be.
func columnSlots(width, height int) (w, h, n int) {
	gap := margin(height)
	w = even(float64(width) * 0.22)
	h = even(float64(w) * 9 / 16)
	return w, h, max(1, (height-gap)/(h+gap))
}

// stage returns the place of a large picture, and of n small ones beside it, which
// are at most as many as columnSlots says.
func stage(width, height, n int) (large rectangle, small []rectangle) {
	gap := margin(height)
	if n == 0 {
		return rectangle{0, 0, width, height}, nil
	}
	w, h, _ := columnSlots(width, height)
	large = rectangle{gap, gap, width - w - 3*gap, height - 2*gap}
	y := (height - n*h - (n-1)*gap) / 2 &^ 1
	for range n {
		small = append(small, rectangle{width - w - gap, y, w, h})
		y += h + gap
	}
	return large, small
}

// grid returns the places of n pictures of the same size, as large as possible.
func grid(width, height, n int) []rectangle {
	if n == 1 {
		return []rectangle{{0, 0, width, height}}
	}
	gap := margin(height)
	columns, best := 1, 0.0
	for c := 1; c <= n; c++ {
		rows := (n + c - 1) / c
		w := min(float64(width-(c+1)*gap)/float64(c), float64(height-(rows+1)*gap)/float64(rows)*16/9)
		if w > best {
			columns, best = c, w
		}
	}
	w, h := even(best), even(best*9/16)
	rows := (n + columns - 1) / columns
	var list []rectangle
	for row := range rows {
		inRow := min(columns, n-row*columns)
		x := (width - inRow*w - (inRow-1)*gap) / 2 &^ 1
		y := (height-rows*h-(rows-1)*gap)/2&^1 + row*(h+gap)
		for range inRow {
			list = append(list, rectangle{x, y, w, h})
			x += w + gap
		}
	}
	return list
}

// maxCrop is the part of a person's picture that may be cut off to fill its place.
const maxCrop = 0.28

// fit returns the size to which a picture is scaled to fill a place, and whether
// that is more than the place, so that something is cut off.
func fit(r rectangle, width, height int, crop bool) (w, h int, cropped bool) {
	if width <= 0 || height <= 0 {
		return r.w, r.h, false
	}
	sx, sy := float64(r.w)/float64(width), float64(r.h)/float64(height)
	if crop && 1-min(sx, sy)/max(sx, sy) <= maxCrop {
		s := max(sx, sy)
		up := func(v float64, least int) int { return max(least, int(math.Ceil(v-1e-6)+1)&^1) }
		return up(float64(width)*s, r.w), up(float64(height)*s, r.h), true
	}
	s := min(sx, sy)
	return min(r.w, max(2, even(float64(width)*s+1e-6))), min(r.h, max(2, even(float64(height)*s+1e-6))), false
}

// choose returns at most n of the candidates: those who have spoken last, in the
// order in which they were given.
func choose(list []candidate, n int) []candidate {
	if len(list) <= n {
		return list
	}
	ranked := slices.Clone(list)
	slices.SortStableFunc(ranked, func(a, b candidate) int {
		switch {
		case a.spoke > b.spoke:
			return -1
		case a.spoke < b.spoke:
			return 1
		}
		return 0
	})
	ranked = ranked[:n]
	return slices.DeleteFunc(slices.Clone(list), func(c candidate) bool { return !slices.Contains(ranked, c) })
}
