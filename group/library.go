package group

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"galene/internal/problem"
)

// library finds group descriptions, and keeps those that were read.  Its methods
// may be called concurrently, but read files: never call them with a group
// locked.
type library struct {
	directory string
	now       func() time.Time
	log       *slog.Logger
	writing   sync.Mutex // held while a file is replaced

	mu     sync.Mutex // guards the maps, not held while a file is read
	files  map[string]*watchedFile[Description]
	public map[string]bool // names of groups that were public when last read
}

func newLibrary(directory string, now func() time.Time, log *slog.Logger) *library {
	return &library{
		directory: directory, now: now, log: log,
		files:  make(map[string]*watchedFile[Description]),
		public: make(map[string]bool),
	}
}

// path returns the name of the description file for exactly this group name.
func (l *library) path(name string) string {
	return filepath.Join(l.directory, filepath.FromSlash(name)+".json")
}

// validFileName says whether a group may have this name, and a file here can.
func validFileName(name string) bool {
	return ValidName(name) && filepath.IsLocal(filepath.FromSlash(name)+".json")
}

// file returns the description file for exactly this group name.
func (l *library) file(name string) *watchedFile[Description] {
	path := l.path(name)
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.files[path]
	if f == nil {
		f = &watchedFile[Description]{
			path: path, parse: parseDescription, now: l.now,
			failed: l.failed,
			loaded: func(d *Description) { l.loaded(name, d) },
		}
		l.files[path] = f
	}
	return f
}

// forget drops a file that does not exist.
func (l *library) forget(f *watchedFile[Description]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.files[f.path] == f {
		delete(l.files, f.path)
	}
}

func (l *library) failed(p problem.Problem, kept bool) {
	l.log.Error("unusable group description", "file", p.File, "line", p.Line,
		"column", p.Column, "reason", p.Text, "previous version kept", kept)
}

func (l *library) loaded(name string, d *Description) {
	if d.Public {
		l.mu.Lock()
		l.public[name] = true
		l.mu.Unlock()
	}
	for _, p := range d.warnings {
		l.log.Warn("group description", "file", p.File, "line", p.Line,
			"column", p.Column, "reason", p.Text)
	}
}

// find returns the description that applies to a group (GRP-4).  The error wraps
// ErrIllegalName, ErrNoGroup or ErrDescription.
func (l *library) find(name string) (*Description, error) {
	if !validFileName(name) {
		return nil, fmt.Errorf("%w: %q", ErrIllegalName, truncate(name, maxName))
	}
	for candidate := name; ; {
		d, err := l.load(candidate)
		switch {
		case err == nil && candidate == name:
			return d, nil
		case err == nil && d.AutoSubgroups:
			return d.sub, nil
		case err == nil:
			return nil, fmt.Errorf("%w: %s", ErrNoGroup, name)
		case !missing(err):
			return nil, fmt.Errorf("%w: %w", ErrDescription, err)
		}
		i := strings.LastIndexByte(candidate, '/')
		if i < 0 {
			return nil, fmt.Errorf("%w: %s", ErrNoGroup, name)
		}
		candidate = candidate[:i]
	}
}

// load returns the description in the file of exactly this group.
func (l *library) load(name string) (*Description, error) {
	f := l.file(name)
	d, err := f.load()
	if missing(err) {
		l.forget(f)
	}
	return d, err
}

// names returns the groups that have a file, sorted (GRP-9).
func (l *library) names() ([]string, error) {
	var names []string
	err := walkGroups(l.directory, func(_, name string, isGroup bool) {
		if isGroup {
			names = append(names, name)
		}
	}, func(path string, err error) {
		l.log.Error("cannot read groups directory", "file", path, "error", err)
	})
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	slices.Sort(names)
	return names, err
}

// walkGroups calls visit for every file in the groups directory that is not hidden
// (GRP-9), with the name of the group that it stands for, if it does.  A directory
// that cannot be read does not hide the others: it is passed to unreadable, except for
// the groups directory itself, whose error is returned.
func walkGroups(directory string, visit func(path, name string, isGroup bool), unreadable func(path string, err error)) error {
	return filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			if path == directory {
				return err
			}
			unreadable(path, err)
			return nil
		}
		hidden := strings.HasPrefix(entry.Name(), ".") && path != directory
		if entry.IsDir() {
			if hidden {
				return fs.SkipDir
			}
			return nil
		}
		relative, err := filepath.Rel(directory, path)
		if err != nil {
			return err
		}
		if !hidden {
			name, ok := strings.CutSuffix(filepath.ToSlash(relative), ".json")
			visit(path, name, ok)
		}
		return nil
	})
}

// scan reads all files that have changed.
func (l *library) scan() {
	names, err := l.names()
	if err != nil {
		l.log.Error("cannot read groups directory", "file", l.directory, "error", err)
	}
	for _, name := range names {
		if validFileName(name) {
			l.load(name) // logs what is wrong with the file
		}
	}
}

// publicNames returns the names of the public groups, sorted.
func (l *library) publicNames() []string {
	l.mu.Lock()
	names := slices.Sorted(maps.Keys(l.public))
	l.mu.Unlock()
	return slices.DeleteFunc(names, func(name string) bool {
		d, err := l.load(name)
		if err == nil && d.Public {
			return false
		}
		l.mu.Lock()
		delete(l.public, name)
		l.mu.Unlock()
		return true
	})
}

// check reads all files and returns what is wrong with them.
func (l *library) check() []problem.Problem {
	names, err := l.names()
	if err != nil {
		return []problem.Problem{{File: l.directory, Text: err.Error()}}
	}
	var problems []problem.Problem
	for _, name := range names {
		if !validFileName(name) {
			problems = append(problems, problem.Problem{
				File: l.path(name),
				Text: ErrIllegalName.Error(),
			})
			continue
		}
		l.load(name) // the outcome stays with the file
		problems = append(problems, l.file(name).problems(func(d *Description) []problem.Problem {
			return d.warnings
		})...)
	}
	return problems
}
