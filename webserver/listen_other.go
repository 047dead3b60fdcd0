//go:build !linux

package webserver

import (
	"io/fs"
	"syscall"
)

// restrict does nothing: there is no way to choose the mode of a Unix socket before it is
// bound.  The mode of its directory has to do until then.
func restrict(syscall.RawConn, fs.FileMode) error { return nil }
