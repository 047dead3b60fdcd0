package combine

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// noticeTime is how long it is said that somebody came or left.
	noticeTime = 4 * time.Second
	// settling is the time at the start and the end of a meeting in which
	// nobody comes or leaves: they were there, or all leave together.
	settling = 2 * time.Second
	// maxNotices is how many lines are shown at a time.
	maxNotices = 4
)

// subtitles returns what is written over a scene, as Advanced SubStation Alpha:
// the names, and who comes and leaves.  FFmpeg's libass sets it, in any script.
func (c canvas) subtitles(m *meeting, s scene) string {
	small := max(12, c.height/34)
	var b strings.Builder
	fmt.Fprintf(&b, "[Script Info]\nScriptType: v4.00+\nPlayResX: %d\nPlayResY: %d\nWrapStyle: 2\nScaledBorderAndShadow: yes\n\n", c.width, c.height)
	b.WriteString("[V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, " +
		"BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, " +
		"Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\n")
	style := func(name string, size, border, padding, alignment int) {
		// Colours are transparency, blue, green, red.  Encoding -1 lets
		// libass find out in which direction a text runs.
		fmt.Fprintf(&b, "Style: %s,sans-serif,%d,&H00FFFFFF,&H00FFFFFF,&H50000000,&H50000000,0,0,0,0,100,100,0,0,%d,%d,0,%d,%d,%d,%d,-1\n",
			name, size, border, padding, alignment, small, small, small)
	}
	style("Name", small, 3, small/4, 1)
	style("Initial", small, 1, 0, 5)
	style("Notice", small*6/5, 3, small/3, 8)
	b.WriteString("\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n")
	line := func(from, to time.Duration, style, text string) {
		fmt.Fprintf(&b, "Dialogue: 0,%s,%s,%s,,0,0,0,,%s\n", stamp(from), stamp(to), style, text)
	}
	begin, length := c.time(s.first), c.time(s.frames)
	for _, t := range s.tiles {
		if t.clip == nil {
			line(0, length+time.Second, "Initial", fmt.Sprintf(`{\pos(%d,%d)\fs%d}%s`,
				t.x+t.w/2, t.y+t.h/2, max(small, t.h/3), escape(initial(t.name))))
		}
		name := t.name
		if t.share {
			name += " – screen"
		}
		x, y := t.x+small/2, t.y+t.h-small/2
		line(0, length+time.Second, "Name", fmt.Sprintf(`{\clip(%d,%d,%d,%d)\pos(%d,%d)}%s`,
			t.x, t.y, t.x+t.w, t.y+t.h, x, y, escape(shorten(name, t.w/small*17/10))))
	}
	if len(s.tiles) == 0 {
		line(0, length+time.Second, "Initial", fmt.Sprintf(`{\pos(%d,%d)\fs%d}%s`,
			c.width/2, c.height/2, c.height/14, escape(m.group)))
	}
	if s.hidden > 0 {
		line(0, length+time.Second, "Name", fmt.Sprintf(`{\an3\pos(%d,%d)}+%d`, c.width-small/2, c.height-small/2, s.hidden))
	}
	for _, n := range m.notices() {
		from, to := max(0, n.from-begin), min(length, n.to-begin)
		if to > from {
			line(from, to, "Notice", n.text)
		}
	}
	return b.String()
}

// notice is a text that is shown for a while; it is escaped.
type notice struct {
	interval
	text string
}

// notices returns who comes and leaves.  Those that overlap are together, on lines
// of their own.
func (m *meeting) notices() []notice {
	type event struct {
		at   time.Duration
		text string
	}
	var events []event
	for _, p := range m.people {
		if p.name == "" {
			continue
		}
		if p.from > settling && p.from < m.length {
			events = append(events, event{p.from, escape(shorten(p.name, 40)) + " joined"})
		}
		if p.to > settling && p.to < m.length-settling {
			events = append(events, event{p.to, escape(shorten(p.name, 40)) + " left"})
		}
	}
	// At each instant at which the lines change, another notice begins.
	var times []time.Duration
	for _, e := range events {
		times = append(times, e.at, e.at+noticeTime)
	}
	slices.Sort(times)
	times = slices.Compact(times)
	var list []notice
	for i := 0; i+1 < len(times); i++ {
		var lines []string
		for _, e := range events {
			if e.at <= times[i] && times[i] < e.at+noticeTime {
				lines = append(lines, e.text)
			}
		}
		if n := len(lines); n > maxNotices {
			lines = append([]string{fmt.Sprintf("%d more", n-maxNotices+1)}, lines[n-maxNotices+1:]...)
		}
		if len(lines) > 0 {
			list = append(list, notice{interval{times[i], times[i+1]}, strings.Join(lines, `\N`)})
		}
	}
	return list
}

// stamp writes a time as subtitles have it.
func stamp(d time.Duration) string {
	n := int64(d / (10 * time.Millisecond))
	return fmt.Sprintf("%d:%02d:%02d.%02d", n/360000, n/6000%60, n/100%60, n%100)
}

// escape makes a name mean itself in subtitles: a word joiner keeps a backslash
// from beginning a command, and there is only one line.
func escape(s string) string {
	return strings.NewReplacer(`\`, "\\\u2060", "{", `\{`, "}", `\}`, "\n", " ", "\r", " ", "\x00", "").
		Replace(strings.ToValidUTF8(s, "?"))
}

// shorten cuts a name after n characters, of which there is one at least.
func shorten(s string, n int) string {
	n = max(n, 1)
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:max(1, n-1)])) + "…"
}

// initial returns the first character of a name, as a capital.
func initial(s string) string {
	for _, r := range strings.ToUpper(s) {
		return string(r)
	}
	return ""
}
