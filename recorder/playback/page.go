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

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"rows": func(p page, files []file) table {
		t := table{T: p.T}
		for _, f := range files {
			t.Rows = append(t.Rows, row{p.T, p.Action, f})
		}
		return t
	},
	"row": func(p page, f file) row { return row{p.T, p.Action, f} },
}).Parse(pageSource))

// table is what the template shows of the files of a session.
type table struct {
	T    language
	Rows []row
}

// row is what the template shows of a file.
type row struct {
	T      language
	Action string
	file
}

// page is what the template shows.
type page struct {
	T        language
	Title    string
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
	Size     string
	Parts    string // how many files there are
	Films    []file // made of the whole session
	Files    []file
	sortedBy time.Time
}

// file is a file of a session.
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
	Question  string // before it is deleted
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
	t := languageOf(r)
	p := page{T: t, Title: fmt.Sprintf(t.Title, t.name(name)), Action: action.EscapedPath(), Sessions: t.sessions(dir, entries)}
	w.Header().Add("Vary", "Accept-Language")
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
func (t language) sessions(dir *archive.Dir, entries []archive.Entry) []session {
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
		s := t.describe(index)
		bytes := int64(0)
		add := func(list *[]file, o archive.Entry, f *archive.IndexFile) {
			placed[o.Name] = true
			bytes += o.Size
			*list = append(*list, t.row(o, f))
		}
		known := make(map[string]archive.IndexFile)
		for _, f := range index.Files {
			known[f.Name] = f
		}
		for _, o := range entries {
			switch f, ok := known[o.Final()]; {
			case placed[o.Name]:
			case archive.IsCombined(e.Name, o.Name):
				add(&s.Films, o, nil)
			case ok:
				add(&s.Files, o, &f)
			}
		}
		add(&s.Files, e, nil)
		s.Size, s.Parts = t.size(bytes), fmt.Sprintf(t.Details, len(s.Files))
		list = append(list, s)
	}
	slices.SortStableFunc(list, func(a, b session) int { return cmp.Compare(b.sortedBy.UnixNano(), a.sortedBy.UnixNano()) })
	others := session{Title: t.Others}
	for _, e := range entries {
		if !placed[e.Name] {
			others.Files = append(others.Files, t.row(e, nil))
		}
	}
	if len(others.Files) > 0 {
		list = append(list, others)
	}
	return list
}

// describe returns the heading of a session.
func (t language) describe(index *archive.Index) session {
	start := index.Start.Local()
	s := session{
		Title: t.date(start),
		Start: start.Format(time.RFC3339), sortedBy: start,
	}
	if index.End.IsZero() {
		s.Running = true
	} else {
		s.Length = fmt.Sprintf(t.Lasted, length(index.End.Sub(index.Start)))
	}
	var people []string
	for _, p := range index.Participants {
		if p.Username != "" && !slices.Contains(people, t.name(p.Username)) {
			people = append(people, t.name(p.Username))
		}
	}
	if len(people) > 0 {
		s.People = fmt.Sprintf(t.With, strings.Join(people, t.comma()))
	}
	return s
}

// row describes a file.
func (t language) row(e archive.Entry, f *archive.IndexFile) file {
	r := file{
		Name: e.Name, Link: "./" + url.PathEscape(e.Name),
		Size: t.size(e.Size), Bytes: e.Size, Recording: e.Recording, Partial: e.Partial(),
		Question: fmt.Sprintf(t.DeleteFor, t.name(e.Name)),
	}
	if e.Duration > 0 {
		r.Length = length(e.Duration)
	}
	if f != nil {
		if r.Length == "" && f.Duration > 0 {
			r.Length = length(time.Duration(f.Duration * float64(time.Second)))
		}
		r.Who = t.name(f.Username)
		switch f.Label {
		case "", "camera":
		case "screenshare":
			r.Who += " (" + t.Screen + ")"
		default:
			r.Who += " (" + t.name(f.Label) + ")"
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
