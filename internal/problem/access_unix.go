//go:build unix

package problem

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// readableByAll says whether every user of the machine can read a file: its mode and
// those of all directories on the way to it allow it.
func readableByAll(path string) bool {
	const read, search = 0o004, 0o001
	path, err := filepath.Abs(path)
	if err != nil {
		return false
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return false
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode()&read == 0 {
		return false
	}
	for path != filepath.Dir(path) {
		path = filepath.Dir(path)
		if info, err := os.Stat(path); err == nil && info.Mode()&search == 0 {
			return false
		}
	}
	return true
}

// mayWrite returns why this process may not create files in a directory.
func mayWrite(directory string) error {
	return unix.Access(directory, unix.W_OK|unix.X_OK)
}
