package archive

import (
	"path"
	"slices"
	"time"
)

// recoverIndex completes the index of a session that a crash ended: the durations
// of its files are read from these, and the session ends with the last of them.
// It says whether there was something to do.
func (a *Archive) recoverIndex(name string, before time.Time) (done bool, err error) {
	dir, err := a.Open(path.Dir(name))
	if err != nil {
		return false, nil // not the directory of a group
	}
	defer dir.Close()
	name = path.Base(name)
	fi, err := dir.root.Stat(name)
	if err != nil || !fi.ModTime().Before(before) {
		return false, err
	}
	index, err := dir.ReadIndex(name)
	if err != nil || !index.End.IsZero() {
		return false, err
	}
	list, err := dir.List()
	if err != nil {
		return false, err
	}
	index.Complete(list)
	return true, dir.WriteIndex(name, index)
}

// Complete ends a session that was interrupted, by what the files that exist show.
func (x *Index) Complete(list []Entry) {
	x.Interrupted, x.End = true, x.Start
	x.Files = slices.DeleteFunc(x.Files, func(f IndexFile) bool {
		return !slices.ContainsFunc(list, func(e Entry) bool { return e.Final() == f.Name })
	})
	later := func(t time.Time) {
		if t.After(x.End) {
			x.End = t
		}
	}
	for i := range x.Files {
		f := &x.Files[i]
		for _, e := range list {
			if e.Name == f.Name && e.Duration > 0 {
				f.Duration = e.Duration.Seconds()
			}
		}
		later(f.End())
	}
	for _, p := range x.Participants {
		later(p.Joined)
		later(p.Left)
	}
	for i := range x.Participants {
		if p := &x.Participants[i]; p.Left.IsZero() {
			p.Left = x.End
		}
	}
}
