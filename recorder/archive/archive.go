package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"galene/group"
)

// Modes of what is created.
const (
	fileMode      = 0o600
	directoryMode = 0o700
)

// partial is the suffix of files that are being written.
const partial = ".part"

var (
	// ErrName means that a name cannot be that of a recording or of a group.
	ErrName = errors.New("illegal name")
	// ErrCollision means that no free name was found for a recording.
	ErrCollision = errors.New("too many recordings of the same name")
)

// Archive is the directory of all recordings.  It need not exist.
type Archive struct {
	path string
}

// New returns the archive in a directory.
func New(directory string) *Archive { return &Archive{path: directory} }

// Path returns the directory.
func (a *Archive) Path() string { return a.path }

// Dir is the directory of one group.
type Dir struct {
	root *os.Root
}

// Open opens the directory of a group.  The error is ErrName or fs.ErrNotExist,
// wrapped, or another.
func (a *Archive) Open(name string) (*Dir, error) {
	if !group.ValidName(name) {
		return nil, fmt.Errorf("%w: %q", ErrName, name)
	}
	root, err := os.OpenRoot(a.path)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	sub, err := root.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return &Dir{root: sub}, nil
}

// OpenDirectory opens the directory of a group by its path.
func OpenDirectory(path string) (*Dir, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return &Dir{root: root}, nil
}

// Create is like Open, but makes the directory if there is none.
func (a *Archive) Create(name string) (*Dir, error) {
	if !group.ValidName(name) {
		return nil, fmt.Errorf("%w: %q", ErrName, name)
	}
	if err := os.MkdirAll(a.path, directoryMode); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(a.path)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if err := root.MkdirAll(name, directoryMode); err != nil {
		return nil, err
	}
	sub, err := root.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return &Dir{root: sub}, nil
}

// Close closes the directory.  Files opened stay open.
func (d *Dir) Close() error { return d.root.Close() }

// File is a recording being written.
type File struct {
	*os.File
	dir *Dir
	// Name is the name that the file gets when it is complete.
	Name string
}

// Begin creates a file for a recording that a user's stream begins at t.  The
// extension has its dot.
func (d *Dir) Begin(t time.Time, username, extension string) (*File, error) {
	base := baseName(t, username)
	for i := range 100 {
		name := base
		if i > 0 {
			name = fmt.Sprintf("%s-%02d", base, i)
		}
		name += extension
		if _, err := d.root.Lstat(name); err == nil {
			continue
		}
		f, err := d.root.OpenFile(name+partial, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return &File{File: f, dir: d, Name: name}, nil
	}
	return nil, ErrCollision
}

// Finish gives a file, which has been closed, its name.
func (f *File) Finish() error { return f.dir.root.Rename(f.Name+partial, f.Name) }

// Discard removes a file, which has been closed.
func (f *File) Discard() error { return f.dir.root.Remove(f.Name + partial) }

// maxUsername is how much of a username goes into the name of a file, in bytes.
const maxUsername = 120

// baseName returns the name of a recording, without its extension.
func baseName(t time.Time, username string) string {
	username = strings.NewReplacer("/", "-slash-", "\\", "-backslash-").Replace(username)
	username = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(forbidden, r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(username, "_"))
	for len(username) > maxUsername {
		runes := []rune(username)
		username = string(runes[:len(runes)-1])
	}
	return strings.TrimRight(stamp(t)+"-"+username, ". ")
}

// Remove deletes a file.  The error is ErrName or fs.ErrNotExist, wrapped, or
// another.
func (d *Dir) Remove(name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	fi, err := d.root.Lstat(name)
	if err != nil {
		return err
	}
	if !fi.Mode().IsRegular() {
		return fmt.Errorf("%w: %q is not a file", fs.ErrNotExist, name)
	}
	return d.root.Remove(name)
}

// OpenFile opens a regular file for reading.
func (d *Dir) OpenFile(name string) (*os.File, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	fi, err := d.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %q is not a file", fs.ErrNotExist, name)
	}
	return d.root.Open(name)
}

// CheckName says whether name can be the name of a file in a directory.
func CheckName(name string) error {
	if name == "" || strings.HasPrefix(name, ".") || strings.ContainsAny(name, "/\\\x00") ||
		path.Base(name) != name || strings.ContainsRune(name, os.PathSeparator) {
		return fmt.Errorf("%w: %q", ErrName, name)
	}
	return nil
}
