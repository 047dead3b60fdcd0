package playback

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"galene/recorder/archive"
)

//go:embed page.html
var pageSource string

//go:embed missing.html
var missingPage []byte

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// page is what the template shows.
type page struct {
	Group    string
	Action   string // where forms go
	Sessions []session
}

// session is one part of the page: a recording from its start to its end, or
// files that belong to none.
type session struct {
	Title    string
	Start    string // for machines; empty if it is not known
	Running  bool
	Length   string
	People   string
	Files    []file
	sortedBy time.Time
}

// file is one row.
type file struct {
	Name      string
	Link      string // escaped
	Who       string
	Start     string
	Length    string
	Size      string
	Bytes     int64
	Recording bool
	Partial   bool
}

// list shows the recordings of a group (H-91).
func (h *Handler) list(w http.ResponseWriter, r *http.Request, name string) {
	dir, ok := h.open(w, r, name)
	if !ok {
		return
	}
	defer dir.Close()
	entries, err := dir.List()
	if err != nil {
		h.fail(w, r, err)
		return
	}
	action := url.URL{Path: Prefix + name + "/"}
	p := page{Group: name, Action: action.EscapedPath(), Sessions: sessions(dir, entries)}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		h.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if r.Method != http.MethodHead {
		_, _ = w.Write(b.Bytes())
	}
}

// notFound answers 404 with a page.
func (h *Handler) notFound(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	if r.Method != http.MethodHead {
		_, _ = w.Write(missingPage)
	}
}

// sessions sorts files by session, the newest session first; within one, they
// are in the order of their names.
func sessions(dir *archive.Dir, entries []archive.Entry) []session {
	var list []session
	placed := make(map[string]bool)
	for _, e := range entries {
		if !archive.IsIndex(e.Name) {
			continue
		}
		index, err := dir.ReadIndex(e.Name)
		if err != nil {
			continue // shown among the other files
		}
		placed[e.Name] = true
		s := describe(index)
		known := make(map[string]archive.IndexFile)
		for _, f := range index.Files {
			known[f.Name] = f
		}
		for _, o := range entries {
			if f, ok := known[o.Final()]; ok && !placed[o.Name] {
				placed[o.Name] = true
				s.Files = append(s.Files, row(o, &f))
			}
		}
		s.Files = append(s.Files, row(e, nil))
		list = append(list, s)
	}
	slices.SortStableFunc(list, func(a, b session) int { return cmp.Compare(b.sortedBy.UnixNano(), a.sortedBy.UnixNano()) })
	others := session{Title: "Other files"}
	for _, e := range entries {
		if !placed[e.Name] {
			others.Files = append(others.Files, row(e, nil))
		}
	}
	if len(others.Files) > 0 {
		list = append(list, others)
	}
	return list
}

// describe returns the heading of a session.
func describe(index *archive.Index) session {
	start := index.Start.Local()
	s := session{
		Title: start.Format("Monday, 2 January 2006, 15:04"),
		Start: start.Format(time.RFC3339), sortedBy: start,
	}
	if index.End.IsZero() {
		s.Running = true
	} else {
		s.Length = length(index.End.Sub(index.Start))
	}
	var people []string
	for _, p := range index.Participants {
		if p.Username != "" && !slices.Contains(people, p.Username) {
			people = append(people, p.Username)
		}
	}
	s.People = strings.Join(people, ", ")
	return s
}

// row describes a file.
func row(e archive.Entry, f *archive.IndexFile) file {
	r := file{
		Name: e.Name, Link: "./" + url.PathEscape(e.Name),
		Size: size(e.Size), Bytes: e.Size, Recording: e.Recording, Partial: e.Partial(),
	}
	if e.Duration > 0 {
		r.Length = length(e.Duration)
	}
	if f != nil {
		r.Who = f.Username
		if f.Label != "" {
			r.Who += " (" + f.Label + ")"
		}
		r.Start = f.Start.Local().Format("15:04:05")
	}
	return r
}

// length writes a duration as hours, minutes and seconds.
func length(d time.Duration) string {
	s := int64(d.Round(time.Second) / time.Second)
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// size writes a number of bytes.
func size(n int64) string {
	v, unit := float64(n), 0
	for v >= 1000 && unit < 4 {
		v /= 1000
		unit++
	}
	if unit == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %cB", v, "kMGT"[unit-1])
}
