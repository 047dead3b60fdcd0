// Package matroska writes WebM and Matroska files (RFC 9559) that can be
// played at any moment of their making, and repairs those whose writer died.
//
// A Writer sends each cluster to the file in one piece, at most two seconds
// after its first block.  What is in the file is then playable, even if
// nothing follows: sizes are right, but for that of the whole, which is
// "unknown" until the end.  Close adds what makes the file seekable: the
// index (Cues), where the index is (SeekHead), the duration and the size.
// Repair does the same for a file that was never closed.
//
// Nothing here is safe for concurrent use; a Writer belongs to one goroutine.
package matroska
