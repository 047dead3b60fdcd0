//go:build !linux

package udpmux

// canSegment says whether the socket of a connection segments.
func canSegment(*handle) bool { return false }
