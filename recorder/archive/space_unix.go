//go:build linux || darwin || freebsd

package archive

import "golang.org/x/sys/unix"

// free returns the free space, in bytes, of the file system that has path.
func free(path string) (int64, bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true
}
