// Package atomicfile replaces files in one step: whoever reads one sees either
// the old contents or the new, whole, and so does a machine that lost power.
package atomicfile

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// dirMode is the mode of directories that have to be made.
const dirMode = 0o700

// Write makes data the contents of the file name, with the given mode.  It goes
// through a temporary file in the same directory, whose name starts with a dot,
// and makes that directory if need be (DESC-1).
func Write(name string, data []byte, mode fs.FileMode) (err error) {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(data); err != nil {
		return fmt.Errorf("write %s: %w", f.Name(), err)
	}
	if err := f.Chmod(mode); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return err
	}
	return syncDir(dir)
}
