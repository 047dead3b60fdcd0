//go:build darwin || freebsd || netbsd

package atomicfile

import (
	"io/fs"
	"syscall"
)

// changeTime returns when the inode was last changed, in nanoseconds, or 0 if
// that is unknown.
func changeTime(info fs.FileInfo) int64 {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	return stat.Ctimespec.Nano()
}
