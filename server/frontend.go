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
	own   bool      // the embedded one
	built time.Time // of the embedded one
	root  *os.Root  // nil for the embedded one
}

// openFrontend opens a directory or, if dir is empty, the embedded frontend.
// Nothing outside the directory can be reached through it, not even by
// symbolic links (H-65).
func openFrontend(dir string) (*frontend, error) {
	if dir == "" {
		return &frontend{files: static.Files, own: true, built: buildTime()}, nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	return &frontend{files: root.FS(), root: root}, nil
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
