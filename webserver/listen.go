package webserver

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// probeTimeout bounds the attempt to reach whoever listens on a Unix socket.
const probeTimeout = time.Second

// listen binds a TCP address or, if address starts with a slash, a Unix
// socket, which is removed when the listener is closed.
func listen(address string) (net.Listener, error) {
	if !strings.HasPrefix(address, "/") {
		return net.Listen("tcp", address)
	}
	l, err := net.Listen("unix", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		if stale(address) {
			if err := os.Remove(address); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("stale socket: %w", err)
			}
			return net.Listen("unix", address)
		}
	}
	return l, err
}

// stale reports whether path is a socket that nobody listens on, left behind
// by a server that did not end properly.
func stale(path string) bool {
	fi, err := os.Lstat(path)
	if err != nil || fi.Mode().Type() != fs.ModeSocket {
		return false
	}
	conn, err := net.DialTimeout("unix", path, probeTimeout)
	if err == nil {
		conn.Close()
		return false
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}
