package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"time"
)

// Outdate makes sure that size and modification time tell a temporary file from
// the one that it is about to replace, even if both were written within the
// granularity of the clock.
func Outdate(temporary, path string) error {
	before, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	after, err := os.Stat(temporary)
	if err != nil {
		return err
	}
	if after.Size() != before.Size() || after.ModTime().After(before.ModTime()) {
		return nil
	}
	later := before.ModTime().Add(time.Millisecond)
	return os.Chtimes(temporary, later, later)
}
