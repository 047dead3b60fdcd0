package combine

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"galene/recorder/archive"
)

var (
	// ErrRunning means that a session has not ended yet.
	ErrRunning = errors.New("this is still being recorded, or was interrupted: end the recording, or start the server once so that it completes the files")
	// ErrEmpty means that a session has no recordings.
	ErrEmpty = errors.New("nothing was recorded in this session")
)

// minTurn is the length of a turn below which the layout does not follow.
const minTurn = 2 * time.Second

// meeting is a session on a time axis of its own, which begins with the first
// recording.
type meeting struct {
	group   string
	start   time.Time // of the axis
	length  time.Duration
	clips   []*clip
	people  []person
	turns   []turn // long ones only
	missing []string
}

// person is a stay of a member.
type person struct {
	id, name string
	from, to time.Duration
}

// turn says since when somebody speaks.
type turn struct {
	user string
	from time.Duration
}

// clip is one recording.
type clip struct {
	path         string
	size         int64
	user, name   string
	share        bool // a screen or a film, rather than a person
	from, to     time.Duration
	video, audio bool
	silences     []interval // on the axis, when there is no sound
	blanks       []interval // when there is no picture
	shapes       []shape    // of the picture, in order
}

type interval struct{ from, to time.Duration }

// shape is the size that the picture of a clip has from some time on.
type shape struct {
	from          time.Duration // on the axis
	width, height int
}

// shown says whether there is a picture at t.
func (c *clip) shown(t time.Duration) bool {
	return c.video && c.from <= t && t < c.to && !slices.ContainsFunc(c.blanks, func(i interval) bool {
		return i.from <= t && t < i.to
	})
}

// shapeAt returns the size of the picture at t.
func (c *clip) shapeAt(t time.Duration) shape {
	var s shape
	for _, o := range c.shapes {
		if s.width == 0 || o.from <= t {
			s = o
		}
	}
	return s
}

// isShare says whether what has a label is to be looked at, rather than a person.
func isShare(label string) bool { return label == "screenshare" || label == "video" }

// load reads the session that has the named index in a directory.
func load(directory, name string) (*meeting, error) {
	dir, err := archive.OpenDirectory(directory)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	index, err := dir.ReadIndex(name)
	if err != nil {
		return nil, err
	}
	list, err := dir.List()
	if err != nil {
		return nil, err
	}
	entries := make(map[string]archive.Entry)
	for _, e := range list {
		entries[e.Final()] = e
	}
	for _, f := range index.Files {
		if e, ok := entries[f.Name]; ok && e.Partial() {
			return nil, ErrRunning
		}
	}
	if index.End.IsZero() {
		if time.Since(entries[name].Modified) < time.Minute {
			return nil, ErrRunning
		}
		index.Complete(list)
	}
	m := &meeting{group: index.Group}
	var files []archive.IndexFile
	for _, f := range index.Files {
		if err := archive.CheckName(f.Name); err != nil {
			return nil, err
		}
		e, ok := entries[f.Name]
		switch {
		case !ok:
			m.missing = append(m.missing, f.Name)
			continue
		case e.Duration > 0:
			f.Duration = e.Duration.Seconds()
		}
		files = append(files, f)
		if m.start.IsZero() || f.Start.Before(m.start) {
			m.start = f.Start
		}
	}
	if len(files) == 0 {
		return nil, ErrEmpty
	}
	for _, f := range files {
		m.addClip(filepath.Join(directory, f.Name), entries[f.Name].Size, f)
	}
	slices.SortStableFunc(m.clips, func(a, b *clip) int { return cmp.Compare(a.from, b.from) })
	m.addPeople(index)
	return m, nil
}

// seconds converts to a duration.
func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func (m *meeting) addClip(path string, size int64, f archive.IndexFile) {
	from := f.Start.Sub(m.start)
	c := &clip{
		path: path, size: size, user: f.User, name: f.Username, share: isShare(f.Label),
		from: from, to: from + seconds(f.Duration),
	}
	if still := f.Closed.Sub(m.start); c.share && !f.Closed.IsZero() && still < c.to+maxScreenStill {
		c.to = max(c.to, still)
	}
	for _, t := range f.Tracks {
		if t.Kind == "audio" {
			c.audio = true
			continue
		}
		c.video = true
		c.shapes = []shape{{from: from, width: t.Width, height: t.Height}}
	}
	for _, g := range f.Gaps {
		i := interval{from + seconds(g.From), from + seconds(g.To)}
		switch {
		case g.Kind == "audio":
			c.silences = append(c.silences, i)
		case i.to-i.from > maxStill && !c.share:
			// A screen that does not change sends nothing, and stays.
			i.from += time.Second
			c.blanks = append(c.blanks, i)
		}
	}
	m.length = max(m.length, c.to)
	m.clips = append(m.clips, c)
}

// maxScreenStill is how long a screen is believed to have shown the last picture.
const maxScreenStill = 10 * time.Minute

// maxStill is how long a camera may send nothing before its picture is taken away.
const maxStill = 3 * time.Second

func (m *meeting) addPeople(index *archive.Index) {
	for _, p := range index.Participants {
		m.people = append(m.people, person{p.ID, p.Username, p.Joined.Sub(m.start), p.Left.Sub(m.start)})
	}
	slices.SortStableFunc(m.people, func(a, b person) int { return cmp.Compare(a.from, b.from) })
	for i, t := range index.Speakers {
		from, to := t.From.Sub(m.start), m.length
		if i+1 < len(index.Speakers) {
			to = index.Speakers[i+1].From.Sub(m.start)
		}
		n := len(m.turns)
		if to-max(from, 0) < minTurn || n > 0 && m.turns[n-1].user == t.User {
			continue
		}
		m.turns = append(m.turns, turn{t.User, from})
	}
}

// speaker returns who speaks at t, or the empty string.
func (m *meeting) speaker(t time.Duration) (user string) {
	for _, o := range m.turns {
		if o.from <= t {
			user = o.user
		}
	}
	return user
}

// lastSpoke returns since when somebody is or was speaking last, before t;
// negative if never.
func (m *meeting) lastSpoke(user string, t time.Duration) time.Duration {
	last := time.Duration(-1)
	for _, o := range m.turns {
		if o.user == user && o.from <= t {
			last = max(o.from, 0)
		}
	}
	return last
}

// title is what a player shows.
func (m *meeting) title() string {
	return fmt.Sprintf("%s, %s", m.group, m.start.Local().Format("2 January 2006, 15:04"))
}

// sessions returns the names of the indices in a directory, the newest first, of
// those that begin with a prefix.
func sessions(directory, prefix string) ([]string, error) {
	dir, err := archive.OpenDirectory(directory)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	list, err := dir.List()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range list {
		if archive.IsIndex(e.Name) && strings.HasPrefix(e.Name, prefix) {
			names = append(names, e.Name)
		}
	}
	slices.Reverse(names)
	return names, nil
}
