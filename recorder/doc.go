// Package recorder records what the members of a group send (spec media.md 4).
//
// A Recorder belongs to a server.  Each recording of a group is a session,
// which is a member of the group named RECORDING; each stream that is announced
// to it is written to files of its own, by way of the packages assembly,
// matroska and archive.
//
// Packets arrive on a shard that the Recorder has for itself; there they are
// only put into the stream's queue, which is bounded, so that neither slow disks
// nor anything else here delays whoever forwards packets.  Each stream
// has a goroutine that empties its queue and writes its files; each session has
// one that reads the events of the group and writes the index.  Close ends them
// all, and returns when every file is complete.
package recorder
