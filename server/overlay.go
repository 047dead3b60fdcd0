package server

import (
	"errors"
	"io/fs"
)

// overlay is a tree of files, and before it another one that adds files to it and
// replaces some.  Directories are not merged when they are listed: pages never do.
type overlay struct{ over, under fs.FS }

// Open implements fs.FS.
func (o overlay) Open(name string) (fs.File, error) {
	if name == "." {
		return o.under.Open(name)
	}
	f, err := o.over.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return o.under.Open(name)
	}
	return f, err
}
