package archive

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"galene/recorder/matroska"
)

// Entry is a file in the directory of a group.
type Entry struct {
	Name     string
	Size     int64 // bytes
	Modified time.Time
	// Recording says that it is one, complete or not.
	Recording bool
	// Duration is its length, and 0 if that is not known: it is still being
	// written, say.
	Duration time.Duration
}

// Partial says that the file is being written.
func (e Entry) Partial() bool { return strings.HasSuffix(e.Name, partial) }

// Final returns the name that the file has once it is complete.
func (e Entry) Final() string { return strings.TrimSuffix(e.Name, partial) }

// ContentType returns the media type of a file, which does not depend on the
// tables of the host.
func ContentType(name string) string {
	switch path.Ext(strings.TrimSuffix(name, partial)) {
	case ".webm":
		return "video/webm"
	case ".mkv":
		return "video/x-matroska"
	case ".mp4":
		return "video/mp4"
	case ".json":
		return "application/json"
	}
	return "application/octet-stream"
}

// List returns the regular files, sorted bytewise by name.  Those whose names
// begin with a period are left out.
func (d *Dir) List() ([]Entry, error) {
	files, err := fs.ReadDir(d.root.FS(), ".")
	if err != nil {
		return nil, err
	}
	var list []Entry
	for _, f := range files {
		if !f.Type().IsRegular() || CheckName(f.Name()) != nil {
			continue
		}
		fi, err := f.Info()
		if err != nil {
			continue // just removed
		}
		e := Entry{Name: f.Name(), Size: fi.Size(), Modified: fi.ModTime()}
		e.Recording = strings.HasPrefix(ContentType(e.Name), "video/")
		if e.Recording && !e.Partial() {
			e.Duration = d.duration(e.Name, e.Size)
		}
		list = append(list, e)
	}
	return list, nil
}

func (d *Dir) duration(name string, size int64) time.Duration {
	f, err := d.root.Open(name)
	if err != nil {
		return 0
	}
	defer f.Close()
	read := matroska.Duration
	if path.Ext(name) == ".mp4" {
		read = mp4Duration
	}
	duration, _ := read(f, size)
	return duration
}

// Usage returns the size of the files of a group, in bytes.
func (d *Dir) Usage() (int64, error) {
	files, err := fs.ReadDir(d.root.FS(), ".")
	if err != nil {
		return 0, err
	}
	total := int64(0)
	for _, f := range files {
		if fi, err := f.Info(); err == nil && fi.Mode().IsRegular() {
			total += fi.Size()
		}
	}
	return total, nil
}

// Free returns the space that is free for recordings, in bytes, and false if
// that is not known.
func (a *Archive) Free() (int64, bool) { return free(a.path) }

// Recover completes what a crash has left, in all groups: files that were last
// written before the given instant.  Report is called for each file, with what
// could not be done or nil; a file without contents is removed.
func (a *Archive) Recover(before time.Time, report func(name string, err error)) error {
	root, err := os.OpenRoot(a.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer root.Close()
	var indices []string
	err = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			if name == "." {
				return err
			}
			report(name, err)
			return nil
		}
		if e.IsDir() && name != "." && strings.HasPrefix(e.Name(), ".") {
			return fs.SkipDir // not a group
		}
		if e.Type().IsRegular() && IsIndex(name) {
			indices = append(indices, name)
		}
		if !e.Type().IsRegular() || !strings.HasSuffix(name, partial) {
			return nil
		}
		if fi, err := e.Info(); err != nil || !fi.ModTime().Before(before) {
			return nil // gone, or somebody is writing to it
		}
		report(name, recoverFile(root, name))
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range indices { // their files are complete now
		if done, err := a.recoverIndex(name, before); done || err != nil {
			report(name, err)
		}
	}
	return nil
}

// recoverFile completes one file.
func recoverFile(root *os.Root, name string) error {
	final := strings.TrimSuffix(name, partial)
	if !strings.HasPrefix(ContentType(final), "video/") {
		return nil // not ours
	}
	f, err := root.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	fi, err := f.Stat()
	if err == nil {
		err = matroska.Repair(f, fi.Size())
	}
	err = errors.Join(err, f.Close())
	if errors.Is(err, matroska.ErrEmpty) {
		return root.Remove(name)
	}
	if err != nil {
		return err
	}
	if _, err := root.Lstat(final); err == nil {
		return fs.ErrExist
	}
	return root.Rename(name, final)
}
