// Package udpmux decides which UDP ports media uses (the -udp-range flag), and
// has the sockets that many peer connections share (spec media.md 6.5).
//
// With a range A-B the sockets of each peer connection take ports within it.
// With a single port P, or with Options.Shared, all peer connections share one
// port on each local address.  Packets are then told apart by the ICE user name
// in connectivity checks (RFC 8445) and by their source: an address belongs to
// the connection that has checked it first, or to whoever has answered a check
// from there, which only a peer that knows the password can cause.
//
// On Linux a shared port has several sockets, among which the kernel spreads
// the peers, and each system call takes many packets: received ones are merged
// by the kernel if they belong together; media to be sent waits in a Batch for
// the end of a burst, and runs of equal size for one destination are split by
// the kernel.  What the kernel or the device cannot do is found out while
// running and left out.  Elsewhere, and on virtual networks, packets are read
// and written one by one.
//
// A Mux is opened once per server.  It owns one reading goroutine per socket,
// which ends when the Mux is closed.  A Batch belongs to a goroutine that
// forwards media.  No path of a packet takes memory or a lock that two busy
// goroutines share.
package udpmux
