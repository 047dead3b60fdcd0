package webserver

import (
	"context"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// withUmask runs f with another umask, which is one of the whole process.
func withUmask(mask int, f func()) {
	old := syscall.Umask(mask)
	defer syscall.Umask(old)
	f()
}

// A Unix socket has the mode that is wanted, whatever the umask; else what that leaves
// (H-3, HW-14).
func TestSocketMode_H3_HW14(t *testing.T) {
	for _, c := range []struct {
		umask      int
		mode, want fs.FileMode
	}{
		{0o022, 0, 0o755},
		{0o077, 0, 0o700},
		{0o077, 0o660, 0o660},
		{0o077, 0o666, 0o666},
		{0o000, 0o600, 0o600},
		{0o777, 0o660, 0o660},
	} {
		withUmask(c.umask, func() {
			path := filepath.Join(t.TempDir(), "s")
			for range 2 { // the second time in the place of a stale one
				d, err := Open(DoorOptions{Address: path, SocketMode: c.mode, Handler: http.NotFoundHandler()})
				if err != nil {
					t.Fatalf("%+v: %v", c, err)
				}
				fi, err := os.Lstat(path)
				if err != nil || fi.Mode().Perm() != c.want {
					t.Errorf("%+v: %v, %v", c, fi.Mode(), err)
				}
				d.listener.(*net.UnixListener).SetUnlinkOnClose(false)
				shutdown(t, d)
			}
		})
	}
}

// The mode is right from the beginning: there is no time at which more people may connect.
func TestSocketModeFromTheBeginning_HW14(t *testing.T) {
	withUmask(0, func() {
		path := filepath.Join(t.TempDir(), "s")
		config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error { return restrict(c, 0o640) }}
		l, err := config.Listen(context.Background(), "unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if fi, err := os.Lstat(path); err != nil || fi.Mode().Perm() != 0o640 {
			t.Errorf("%v, %v", fi.Mode(), err)
		}
	})
}
