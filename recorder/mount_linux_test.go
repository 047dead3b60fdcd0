package recorder

import "syscall"

// mountSmall mounts a file system of one megabyte.
func mountSmall(directory string) error {
	return syscall.Mount("tmpfs", directory, "tmpfs", 0, "size=1m")
}

func unmount(directory string) { _ = syscall.Unmount(directory, 0) }

// remount makes a file system read-only, or writable again.
func remount(directory string, readOnly bool) error {
	flags := uintptr(syscall.MS_REMOUNT)
	if readOnly {
		flags |= syscall.MS_RDONLY
	}
	return syscall.Mount("tmpfs", directory, "tmpfs", flags, "size=1m")
}
