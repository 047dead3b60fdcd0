package server

import (
	"fmt"
	"io/fs"
	"os"
	"time"

	"galene/static"
)

// frontend is the tree of files that browsers get.
type frontend struct {
	files fs.FS
	own   bool      // the embedded one, with files of a directory or without
	built time.Time // of what is embedded
	root  *os.Root  // the directory; nil if there is none
}

// openFrontend opens a directory or, if dir is empty, the embedded frontend.  A
// directory with a page of its own is another frontend; the files of any other one
// stand before those that are embedded.  Nothing outside the directory can be reached
// through it, not even by symbolic links (H-65).
func openFrontend(dir string) (*frontend, error) {
	embedded := &frontend{files: static.Files, own: true, built: buildTime()}
	if dir == "" {
		return embedded, nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	if hasFile(root.FS(), groupPage) || hasFile(root.FS(), "index.html") {
		return &frontend{files: root.FS(), root: root}, nil
	}
	embedded.files, embedded.root = overlay{over: root.FS(), under: static.Files}, root
	return embedded, nil
}

// check says what is wrong with the files.
func (f *frontend) check() error {
	switch {
	case f.root == nil:
		return nil
	case !f.own:
		if _, err := fs.Stat(f.files, groupPage); err != nil {
			return fmt.Errorf("no pages of groups: %w", err)
		}
		return nil
	}
	entries, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if hasFile(static.Files, entry.Name()) {
			return nil
		}
	}
	return fmt.Errorf("no pages of groups, nor anything that would be added to those of this program: no %s", groupPage)
}

func hasFile(files fs.FS, name string) bool {
	_, err := fs.Stat(files, name)
	return err == nil
}

// Close releases the directory.
func (f *frontend) Close() error {
	if f.root == nil {
		return nil
	}
	return f.root.Close()
}

// buildTime returns the modification time of the running binary, or zero if
// it is not known.
func buildTime() time.Time {
	name, err := os.Executable()
	if err != nil {
		return time.Time{}
	}
	fi, err := os.Stat(name)
	if err != nil {
		return time.Time{}
	}
	return fi.ModTime()
}
