package udpmux

import (
	"syscall"

	"github.com/pion/transport/v5"
)

// readBuffer returns the size of a socket's receive buffer in bytes.  Linux
// reports twice what it grants, for its own bookkeeping (socket(7)).
func readBuffer(c transport.UDPConn) (int, bool) {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return 0, false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return 0, false
	}
	size := 0
	var sockErr error
	err = raw.Control(func(fd uintptr) {
		size, sockErr = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF)
	})
	if err != nil || sockErr != nil {
		return 0, false
	}
	return size / 2, true
}
