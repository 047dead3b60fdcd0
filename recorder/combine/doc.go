// Package combine makes one file of a recorded meeting: all sound mixed, and a
// picture in which the shared screen or whoever speaks is large, with the names,
// and with who comes and goes.
//
// A session (package archive) is read into a meeting, which places its recordings
// on one time axis.  The time is cut into scenes in which the layout is the same.
// FFmpeg makes a file of each scene, in a directory for intermediate files; sound
// is decoded by FFmpeg, mixed here, and encoded by FFmpeg in one pass; and at last
// scenes and sound are joined without being encoded again.  Names of intermediate
// files are made from everything that they depend on, so that a run which was
// interrupted goes on where it was, and never uses what belongs to other options.
//
// The recordings are only read.  The result gets its name when it is complete.
// Command is the command line; everything runs on the caller's goroutine, beside
// those that read from FFmpeg.
package combine
