//go:build !linux

package udpmux

import "github.com/pion/transport/v5"

// readBuffer is not known here.
func readBuffer(transport.UDPConn) (int, bool) { return 0, false }
