package combine

import (
	"cmp"
	"slices"
	"time"
)

const (
	// minScene is the time within which changes are made together.
	minScene = 400 * time.Millisecond
	// maxScene is the length of a scene above which it is divided, so that
	// little is lost by an interruption.
	maxScene = time.Minute
)

// candidate is something that may be shown at some time.
type candidate struct {
	clip  *clip // nil if somebody can only be heard
	user  string
	name  string
	share bool
	spoke time.Duration // when he or she spoke last
}

// tile is a part of the picture.
type tile struct {
	rectangle
	clip     *clip // nil if there is only a name
	shape    shape
	name     string
	share    bool
	speaking bool
}

// scene is a time of constant layout.
type scene struct {
	first, frames int64 // counted in pictures of the result
	tiles         []tile
	hidden        int // people who are not shown for want of space
}

// canvas is the picture of the result.
type canvas struct {
	width, height int
	rate          int // pictures in a second
	layout        Layout
}

// frame returns the number of the picture at t, the nearest.
func (c canvas) frame(t time.Duration) int64 {
	return (int64(t)*int64(c.rate) + int64(time.Second)/2) / int64(time.Second)
}

// time returns when a picture is shown.
func (c canvas) time(frame int64) time.Duration {
	return time.Duration(frame * int64(time.Second) / int64(c.rate))
}

// scenes cuts a meeting.
func (c canvas) scenes(m *meeting) []scene {
	end := max(1, c.frame(m.length))
	cuts := c.cuts(m, end)
	least := max(1, c.frame(minScene))
	var list []scene
	for i := 0; i < len(cuts); {
		first, last := cuts[i], cuts[i]
		for i++; i < len(cuts) && cuts[i] < first+least; i++ {
			last = cuts[i]
		}
		next := end
		if i < len(cuts) {
			next = cuts[i]
		}
		// What is shown is what there is after the last of the changes.
		s := c.arrange(m, c.time(min(last, next-1))+c.time(1)/2)
		s.first, s.frames = first, next-first
		if n := len(list); n > 0 && list[n-1].hidden == s.hidden && slices.Equal(list[n-1].tiles, s.tiles) {
			list[n-1].frames += s.frames
			continue
		}
		list = append(list, s)
	}
	return divide(list, max(1, c.frame(maxScene)))
}

// cuts returns when something changes, in order, beginning with 0.
func (c canvas) cuts(m *meeting, end int64) []int64 {
	cuts := []int64{0}
	add := func(t time.Duration) {
		if f := c.frame(t); f > 0 && f < end {
			cuts = append(cuts, f)
		}
	}
	for _, o := range m.clips {
		add(o.from)
		add(o.to)
		for _, b := range o.blanks {
			add(b.from)
			add(b.to)
		}
		for i := 1; i < len(o.shapes); i++ {
			add(o.shapes[i].from)
		}
	}
	for _, t := range m.turns {
		add(t.from)
	}
	slices.Sort(cuts)
	return slices.Compact(cuts)
}

// divide divides long scenes.
func divide(list []scene, most int64) (divided []scene) {
	for _, s := range list {
		for s.frames > most {
			part := s
			part.frames = most
			divided = append(divided, part)
			s.first += most
			s.frames -= most
		}
		divided = append(divided, s)
	}
	return divided
}

// arrange returns what is shown at t, where.
func (c canvas) arrange(m *meeting, t time.Duration) scene {
	people, shares := m.candidates(t)
	speaker := m.speaker(t)
	var large *candidate
	switch {
	case len(shares) > 0:
		large = &shares[len(shares)-1] // the newest
		people = append(people, shares[:len(shares)-1]...)
	case c.layout == LayoutSpeaker && len(people) > 2:
		if i := slices.IndexFunc(people, func(p candidate) bool { return p.user == speaker }); i >= 0 {
			p := people[i]
			large = &p
			people = slices.Delete(slices.Clone(people), i, i+1)
		}
	}
	most := maxGrid
	if large != nil {
		_, _, most = columnSlots(c.width, c.height)
	}
	shown := choose(people, most)
	s := scene{hidden: len(people) - len(shown)}
	var places []rectangle
	if large != nil {
		var place rectangle
		place, places = stage(c.width, c.height, len(shown))
		s.tiles = append(s.tiles, newTile(*large, place, t, ""))
	} else if len(shown) > 0 {
		places = grid(c.width, c.height, len(shown))
	}
	if len(shown) < 2 && large == nil {
		speaker = "" // there is no need to say who
	}
	for i, p := range shown {
		s.tiles = append(s.tiles, newTile(p, places[i], t, speaker))
	}
	return s
}

func newTile(p candidate, place rectangle, t time.Duration, speaker string) tile {
	o := tile{
		rectangle: place, clip: p.clip, name: p.name, share: p.share,
		speaking: !p.share && speaker != "" && p.user == speaker,
	}
	if p.clip != nil {
		o.shape = p.clip.shapeAt(t)
		o.shape.from = 0 // the same at all times
	}
	return o
}

// candidates returns who and what may be shown at t: one of each person, in the
// order in which they came, and the shared screens, the newest last.
func (m *meeting) candidates(t time.Duration) (people, shares []candidate) {
	byUser := make(map[string]int)
	for _, c := range m.clips {
		if c.from > t || t >= c.to {
			continue
		}
		one := candidate{user: c.user, name: c.name, spoke: m.lastSpoke(c.user, t)}
		if c.shown(t) {
			one.clip = c
		}
		if c.share {
			if one.clip != nil {
				one.share = true
				shares = append(shares, one)
			}
			continue
		}
		if i, ok := byUser[c.user]; ok {
			if one.clip != nil {
				people[i] = one // the newest picture
			}
			continue
		}
		byUser[c.user] = len(people)
		people = append(people, one)
	}
	arrival := func(user string) int {
		i := slices.IndexFunc(m.people, func(p person) bool { return p.id == user })
		if i < 0 {
			return len(m.people)
		}
		return i
	}
	slices.SortStableFunc(people, func(a, b candidate) int { return cmp.Compare(arrival(a.user), arrival(b.user)) })
	return people, shares
}
