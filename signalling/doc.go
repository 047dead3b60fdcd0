// Package signalling speaks the protocol of the clients: one JSON object per
// WebSocket message (protocol.md; RFC 6455).
//
// A session owns one WebSocket.  Three goroutines serve it:
//
//   - the reader decodes what the client sends, slows a client down that sends
//     too much, and hands one message at a time to the handler;
//   - the handler owns all state of the session: membership, streams, what the
//     client has requested.  It alone touches that state;
//   - the writer empties the outbox into the socket.
//
// Events of the group and callbacks of peer connections are posted to the
// handler's inbox, which never blocks whoever posts.  Everything that the
// client gets is put into the outbox by the handler, so that there is one order
// (ORD-1 to ORD-6).  Nobody ever waits for another's client: if one does not read
// fast enough, its outbox fills, then its handler waits, then its inbox fills; it
// is dropped when something has waited for too long or the inbox is full (W-21).
//
// Messages are a table from type to handler, in table.go; supporting one more
// message is adding one row.
package signalling
