//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly || windows

package atomicfile

import (
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// One at a time holds the lock, and who waits for too long is told.
func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "file")
	var holders atomic.Int32
	var users sync.WaitGroup
	for range 4 {
		users.Go(func() {
			for range 20 {
				unlock, err := Lock(path)
				if err != nil {
					t.Error(err)
					return
				}
				if n := holders.Add(1); n != 1 {
					t.Errorf("%d hold the lock", n)
				}
				holders.Add(-1)
				unlock()
			}
		})
	}
	users.Wait()
	unlock, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock(path, 20*time.Millisecond); !errors.Is(err, ErrLocked) {
		t.Errorf("got %v", err)
	}
	unlock()
	if unlock, err = Lock(path); err != nil {
		t.Fatal(err)
	}
	unlock()
}
