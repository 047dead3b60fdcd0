package webserver

import (
	"context"
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
// socket, which is removed when the listener is closed.  A Unix socket has the given
// mode, or what the umask leaves if that is 0.
func listen(address string, mode fs.FileMode) (net.Listener, error) {
	if !strings.HasPrefix(address, "/") {
		return net.Listen("tcp", address)
	}
	l, err := listenUnix(address, mode)
	if errors.Is(err, syscall.EADDRINUSE) {
		if stale(address) {
			if err := os.Remove(address); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("stale socket: %w", err)
			}
			return listenUnix(address, mode)
		}
	}
	return l, err
}

// listenUnix binds a Unix socket.
func listenUnix(address string, mode fs.FileMode) (net.Listener, error) {
	if mode == 0 {
		return net.Listen("unix", address)
	}
	// Nobody may connect before the mode is right, which chmod alone cannot ensure: it
	// comes after the file, and may only grant more.
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		return restrict(c, mode)
	}}
	l, err := config.Listen(context.Background(), "unix", address)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(address, mode); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
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
