package atomicfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// ErrLocked means that another process has held the lock of a file for too long.
var ErrLocked = errors.New("file is locked by another process")

// How long Lock waits, and how often it tries.
const (
	lockTimeout  = 10 * time.Second
	lockInterval = 2 * time.Millisecond
)

// Lock keeps other processes, and other users in this one, from changing the file
// at path, provided that they call Lock as well; readers need not.  It creates a
// file in the same directory, whose name begins with a period, which stays.  On
// systems without such locks it does nothing.  The error wraps ErrLocked if the lock
// cannot be had within ten seconds.
func Lock(path string) (unlock func(), err error) { return lock(path, lockTimeout) }

// TryLock locks a file that is open for writing until it is closed or the process
// ends, and says whether that was possible: nobody else, in another process or in
// this one, has locked it.  On systems without such locks it always is.
func TryLock(file *os.File) (bool, error) { return tryLock(file) }

func lock(path string, timeout time.Duration) (unlock func(), err error) {
	directory := filepath.Dir(path)
	if err := os.MkdirAll(directory, directoryMode); err != nil {
		return nil, fmt.Errorf("create directory: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(directory, "."+filepath.Base(path)+".lock"),
		os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	for deadline := time.Now().Add(timeout); ; time.Sleep(lockInterval) {
		ok, err := tryLock(file)
		if ok {
			// Closing the file gives the lock back, as the end of the process does.
			return func() { file.Close() }, nil
		}
		if err == nil && time.Now().After(deadline) {
			err = ErrLocked
		}
		if err != nil {
			file.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
	}
}
