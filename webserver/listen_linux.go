package webserver

import (
	"io/fs"
	"syscall"
)

// restrict makes a Unix socket that is not bound yet have a file of this mode at most,
// when it is bound.
func restrict(c syscall.RawConn, mode fs.FileMode) error {
	var err error
	if controlErr := c.Control(func(fd uintptr) {
		err = syscall.Fchmod(int(fd), uint32(mode.Perm()))
	}); controlErr != nil {
		return controlErr
	}
	return err
}
