// Package atomicfile replaces files so that readers see the old content or the new
// one, also after a crash, and tells whether a file has changed since it was read.
//
// The package holds no state; callers serialise writers of one file.
package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Modes of the files and directories that are created.
const (
	fileMode      = 0o600
	directoryMode = 0o700
)

// Write replaces the file at path by what write writes: into a temporary file in
// the same directory, of mode 0600, which is synced and then renamed.  Directories
// that lack are created with mode 0700.  If check is not nil, it is called just
// before the renaming with the name of the temporary file; its error leaves the old
// file in place and is returned as it is.
func Write(path string, write func(io.Writer) error, check func(temporary string) error) (err error) {
	directory := filepath.Dir(path)
	if err := os.MkdirAll(directory, directoryMode); err != nil {
		return fmt.Errorf("create directory: %w", err)
	}
	// CreateTemp uses mode 0600; the period hides the file from scans.
	file, err := os.CreateTemp(directory, temporary+"*")
	if err != nil {
		return fmt.Errorf("create temporary file: %w", err)
	}
	defer func() {
		if err != nil {
			os.Remove(file.Name())
		}
	}()
	err = write(file)
	if err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("write temporary file: %w", err)
	}
	if check != nil {
		if err := check(file.Name()); err != nil {
			return err
		}
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return fmt.Errorf("replace file: %w", err)
	}
	syncDirectory(directory)
	sweep(directory)
	return nil
}

// Append adds data at the end of the file at path and syncs it, creating the file
// with mode 0600 and its directory with mode 0700 if need be.  If it fails, the
// file has its old length.
func Append(path string, data []byte) (err error) {
	directory := filepath.Dir(path)
	if err := os.MkdirAll(directory, directoryMode); err != nil {
		return fmt.Errorf("create directory: %w", err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, fileMode)
	if err != nil {
		return fmt.Errorf("open file: %w", err)
	}
	defer func() {
		err = errors.Join(err, file.Close())
	}()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("append: %w", err)
	}
	if _, err = file.Write(data); err == nil {
		err = file.Sync()
	}
	if err != nil {
		err = errors.Join(err, file.Truncate(info.Size()))
		return fmt.Errorf("append: %w", err)
	}
	if info.Size() == 0 {
		syncDirectory(directory)
	}
	return nil
}

// syncDirectory makes a renaming durable, where the system can do that; elsewhere
// it is durable soon.
func syncDirectory(directory string) {
	if d, err := os.Open(directory); err == nil {
		d.Sync()
		d.Close()
	}
}
