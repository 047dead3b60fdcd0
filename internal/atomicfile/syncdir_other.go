//go:build !unix

package atomicfile

// syncDir has nothing to do here: directories cannot be synced.
func syncDir(string) error {
	return nil
}
