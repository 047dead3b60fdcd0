//go:build !unix

package server

// fileLimit reports that the limit is not known.
func fileLimit() (limit uint64, ok bool) {
	return 0, false
}
