package recorder

import "syscall"

// mountSmall mounts a file system of one megabyte.
func mountSmall(directory string) error {
	return syscall.Mount("tmpfs", directory, "tmpfs", 0, "size=1m")
}

func unmount(directory string) { _ = syscall.Unmount(directory, 0) }
