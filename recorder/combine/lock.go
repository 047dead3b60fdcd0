package combine

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"galene/internal/atomicfile"
)

// ErrBusy means that the same film is being made already.
var ErrBusy = errors.New("another galene combine is making this film")

// lock makes the directory for what is intermediate, if there is none, and keeps
// other processes, and other calls in this one, from using it until unlock, which
// may be called twice.  The lock is one of an open file, so that it ends with the
// process, however that ends; the file itself means nothing.
func lock(dir string) (unlock func(), err error) {
	path := filepath.Join(dir, "lock")
	for {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if errors.Is(err, fs.ErrNotExist) {
			continue // somebody who is done has just removed the directory
		}
		if err != nil {
			return nil, err
		}
		ok, err := atomicfile.TryLock(f)
		if err == nil && !ok {
			err = ErrBusy
		}
		if err != nil {
			f.Close()
			return nil, err
		}
		if isAt(f, path) {
			return func() { f.Close() }, nil
		}
		f.Close() // removed, by somebody who was done, before it was locked
	}
}

// isAt says whether an open file is what is at a path.
func isAt(f *os.File, path string) bool {
	a, err := f.Stat()
	if err != nil {
		return false
	}
	b, err := os.Stat(path)
	return err == nil && os.SameFile(a, b)
}
