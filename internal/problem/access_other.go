//go:build !unix

package problem

// readableByAll says that nothing is known: the rights are not in the mode.
func readableByAll(string) bool { return false }

// mayWrite says that nothing is known that forbids writing.
func mayWrite(string) error { return nil }
