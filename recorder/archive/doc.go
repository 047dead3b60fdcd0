// Package archive keeps recordings on disk (spec media.md 4.1, server-cli.md
// 2.5).
//
// The recordings of a group are in a directory of its own, which nests as the
// names of groups do.  Directories are opened as roots, so that no name and no
// symbolic link leads out of them.  A file being written has the suffix .part;
// what a crash has left under such a name is completed by Recover.  Beside the
// files there is one index for each session, a JSON file.
//
// An Archive may be used by several goroutines; a Dir belongs to one.
package archive
