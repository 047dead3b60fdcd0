//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly || windows)

package atomicfile

import "os"

// tryLock does nothing: this system has no advisory locks.
func tryLock(*os.File) (bool, error) { return true, nil }
