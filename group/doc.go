// Package group is the engine of the conference groups: who is in a group,
// what each member may do, what each member learns, and in which order.
//
// It implements sections 6 to 12, 14 to 16, 18 and 19 of the protocol
// specification: description files, passwords, joining and leaving,
// permissions, chat and its history, user and group actions, tokens, and the
// registry of streams.  It knows neither sockets nor media: a member is a
// Client, a stream is a conn.Source.
//
// A Registry holds the loaded groups, and each Group has one mutex that guards
// its members, lock, chat history, data and streams.  Whatever a member learns
// is an Event, handed to Client.Deliver with that mutex held, so that there is
// one total order of events in a group.  Deliver must therefore only enqueue.
// No file is read, no password is hashed and nothing is written to a client
// with the mutex held.  The lock order is: the lock on writing descriptions, a
// group's refresh lock, the locks of watched files, the registry's mutex, a group's
// mutex; at most one group's mutex is held at a time.
//
// The package starts no goroutine of its own: Registry.Run is the caller's, and
// everything else runs on the goroutine of whoever calls it.
package group
