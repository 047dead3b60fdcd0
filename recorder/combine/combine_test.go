package combine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestLayout: whatever is shown lies within the picture, nothing overlaps, and all
// numbers are even.
func TestLayout(t *testing.T) {
	for _, size := range [][2]int{{1280, 720}, {320, 180}, {640, 480}, {720, 1280}, {1920, 1080}, {128, 128}} {
		width, height := size[0], size[1]
		check := func(what string, list []rectangle) {
			t.Helper()
			for i, r := range list {
				if r.w <= 0 || r.h <= 0 || r.x < 0 || r.y < 0 || r.x+r.w > width || r.y+r.h > height ||
					(r.x|r.y|r.w|r.h)&1 != 0 {
					t.Errorf("%v, %s: %+v", size, what, r)
				}
				for _, o := range list[:i] {
					if r.x < o.x+o.w && o.x < r.x+r.w && r.y < o.y+o.h && o.y < r.y+r.h {
						t.Errorf("%v, %s: %+v and %+v overlap", size, what, r, o)
					}
				}
			}
		}
		for n := 1; n <= maxGrid; n++ {
			check(fmt.Sprint("grid of ", n), grid(width, height, n))
		}
		_, _, most := columnSlots(width, height)
		for n := 0; n <= most; n++ {
			large, small := stage(width, height, n)
			check(fmt.Sprint("stage of ", n), append(small, large))
		}
	}
}

// TestFit: pictures keep their proportions; those of people may lose a little.
func TestFit(t *testing.T) {
	place := rectangle{0, 0, 320, 180}
	for _, c := range []struct {
		width, height int
		crop          bool
		w, h          int
		cropped       bool
	}{
		{1280, 720, true, 320, 180, true},
		{640, 480, true, 320, 240, true},
		{640, 480, false, 240, 180, false},
		{480, 640, true, 134, 180, false}, // too much would be lost
		{1920, 200, false, 320, 32, false},
		{0, 0, true, 320, 180, false},
	} {
		w, h, cropped := fit(place, c.width, c.height, c.crop)
		if w != c.w || h != c.h || cropped != c.cropped {
			t.Errorf("%dx%d: %dx%d, %v; want %dx%d, %v", c.width, c.height, w, h, cropped, c.w, c.h, c.cropped)
		}
	}
}

// TestScenes: every picture of a meeting belongs to one scene, none is longer than
// a minute, and short interjections change nothing.
func TestScenes(t *testing.T) {
	second := time.Second
	m := &meeting{length: 200 * second}
	for i, user := range []string{"ann", "bob", "cem"} {
		from := time.Duration(i) * second
		m.clips = append(m.clips, &clip{
			path: user, user: user, name: user, from: from, to: 200 * second, video: true, audio: true,
			shapes: []shape{{from: from, width: 640, height: 360}},
		})
		m.people = append(m.people, person{user, user, from, 200 * second})
	}
	m.clips[1].blanks = []interval{{100 * second, 110 * second}}
	m.turns = []turn{{"ann", 10 * second}, {"bob", 50 * second}}
	c := canvas{1280, 720, 25, LayoutSpeaker}
	next := int64(0)
	var large []string
	for _, s := range c.scenes(m) {
		if s.first != next || s.frames <= 0 || s.frames > 60*25 {
			t.Errorf("scene of %d pictures at %d, want %d", s.frames, s.first, next)
		}
		next = s.first + s.frames
		large = append(large, fmt.Sprintf("%v %s %d", c.time(s.first), s.tiles[0].name, len(s.tiles)))
		for _, o := range s.tiles {
			if (o.clip == nil) != (o.name == "bob" && s.first == 100*25) {
				t.Errorf("at %v: %s is shown: %v", c.time(s.first), o.name, o.clip != nil)
			}
		}
	}
	if next != 200*25 {
		t.Errorf("%d pictures", next)
	}
	want := []string{"0s ann 1", "1s ann 2", "2s ann 3", "10s ann 3", "50s bob 3", "1m40s bob 3", "1m50s bob 3", "2m50s bob 3"}
	if !slices.Equal(large, want) {
		t.Errorf("large:\n%q, want\n%q", large, want)
	}
}

// TestManyPeople: of more than there is room for, those who spoke last are shown,
// in the order in which they came.
func TestManyPeople(t *testing.T) {
	m := &meeting{length: time.Minute, turns: []turn{{"p18", 0}, {"p25", 10 * time.Second}, {"p03", 20 * time.Second}}}
	for i := range 30 {
		name := fmt.Sprintf("p%02d", i)
		m.people = append(m.people, person{id: name, name: name})
		m.clips = append(m.clips, &clip{path: name, user: name, name: name, to: m.length, audio: true})
	}
	s := canvas{1280, 720, 25, LayoutSpeaker}.arrange(m, 30*time.Second)
	var names []string
	for _, o := range s.tiles {
		names = append(names, o.name)
	}
	if got := strings.Join(names, " "); got != "p03 p00 p01 p18 p25" || s.hidden != 25 {
		t.Errorf("shown %q, %d hidden", got, s.hidden)
	}
	if s := (canvas{1280, 720, 25, LayoutGrid}).arrange(m, 30*time.Second); len(s.tiles) != maxGrid || s.hidden != 14 {
		t.Errorf("grid of %d, %d hidden", len(s.tiles), s.hidden)
	}
}

// TestSubtitles: names mean themselves, and notices are where they belong.
func TestSubtitles(t *testing.T) {
	for in, want := range map[string]string{
		`{\b1}x`: "\\{\\\u2060b1\\}x", "a\nb": "a b", `\N`: "\\\u2060N", "é漢": "é漢", "\xff": "?",
	} {
		if got := escape(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	second := time.Second
	m := &meeting{group: "tea", length: 60 * second, people: []person{
		{"1", "ann", -5 * second, 60 * second},
		{"2", "bob", 20 * second, 59 * second},
		{"3", "cem", 22 * second, 40 * second},
	}}
	var got []string
	for _, n := range m.notices() {
		got = append(got, fmt.Sprintf("%v-%v %s", n.from, n.to, n.text))
	}
	want := []string{"20s-22s bob joined", `22s-24s bob joined\Ncem joined`, "24s-26s cem joined", "40s-44s cem left"}
	if !slices.Equal(got, want) {
		t.Errorf("notices %q, want %q", got, want)
	}
	text := canvas{1280, 720, 25, LayoutGrid}.subtitles(m, scene{first: 21 * 25, frames: 2 * 25})
	for _, line := range []string{",0:00:00.00,0:00:01.00,Notice,,0,0,0,,bob joined\n", ",0:00:01.00,0:00:02.00,Notice,,0,0,0,,bob joined\\Ncem joined\n", "}tea\n"} {
		if !strings.Contains(strings.ReplaceAll(text, "Dialogue: 0", ""), line) {
			t.Errorf("no %q in\n%s", line, text)
		}
	}
}
