package group

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"time"

	"galene/internal/atomicfile"
	"galene/internal/problem"
)

// maxFile is the greatest size of a file that is read, in bytes.
const maxFile = 16 << 20

// watchedFile is a file that is parsed again when it has changed.  If it cannot
// be, the last good content stays in use (W-8, W-30).
type watchedFile[T any] struct {
	path  string
	parse func(path string, data []byte) (*T, error)
	now   func() time.Time
	// failed is called once per new content that is unusable, with whether
	// an older content stays in use.
	failed func(p problem.Problem, kept bool)
	// loaded is called once per new good content.
	loaded func(*T)

	mu      sync.Mutex // held while the file is read
	stamp   atomicfile.Stamp
	data    []byte
	content *T              // last good content
	problem problem.Problem // of the data, if it could not be parsed
	bad     bool
}

// load returns the current content.  If the file does not exist, the error is
// fs.ErrNotExist and the content is forgotten.  Any other error means that there
// never was a good content.
func (f *watchedFile[T]) load() (*T, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.refresh()
	if missing(err) {
		f.stamp, f.data, f.content, f.bad = atomicfile.Stamp{}, nil, nil, false
		return nil, fs.ErrNotExist
	}
	if err != nil {
		// Whatever comes next is news.
		f.stamp, f.data = atomicfile.Stamp{}, nil
		f.fail(problem.Problem{File: f.path, Text: err.Error()})
	}
	if f.content == nil {
		return nil, errors.New(f.problem.String())
	}
	return f.content, nil
}

// refresh reads the file if it has changed.
func (f *watchedFile[T]) refresh() error {
	info, err := os.Stat(f.path)
	if err != nil {
		return err
	}
	if f.stamp.Matches(info) {
		return nil
	}
	if !info.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	stamp := atomicfile.NewStamp(info, f.now())
	data, err := readFile(f.path)
	if err != nil {
		return err
	}
	f.stamp = stamp
	if f.data != nil && bytes.Equal(data, f.data) {
		return nil
	}
	f.data = data
	content, err := f.parse(f.path, data)
	if err != nil {
		f.fail(problemOf(f.path, data, err))
		return nil
	}
	f.content, f.bad, f.problem = content, false, problem.Problem{}
	if f.loaded != nil {
		f.loaded(content)
	}
	return nil
}

// fail notes why the file is unusable, and reports it if that is news.
func (f *watchedFile[T]) fail(p problem.Problem) {
	if f.bad && f.problem == p {
		return
	}
	f.bad, f.problem = true, p
	if f.failed != nil {
		f.failed(p, f.content != nil)
	}
}

// problems returns what is wrong with the file as it was last loaded.
func (f *watchedFile[T]) problems(warnings func(*T) []problem.Problem) []problem.Problem {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.bad {
		return []problem.Problem{f.problem}
	}
	if f.content == nil {
		return nil
	}
	return warnings(f.content)
}

// missing says whether an error means that a file does not exist.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// readFile reads a whole file of reasonable size.
func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("file is larger than %d bytes", maxFile)
	}
	if data == nil {
		data = []byte{}
	}
	return data, nil
}
