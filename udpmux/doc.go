// Package udpmux decides which UDP ports media uses (the -udp-range flag).
//
// Without a range every peer connection gets ports of the system's choice;
// with a range A-B its sockets take ports within it; with a single port P all
// peer connections share one socket per local address, and packets are told
// apart by ICE user name (RFC 8445) and then by their source.
//
// A Mux is opened once per server.  In single-port mode pion owns one reading
// goroutine per socket, which ends when the Mux is closed.
package udpmux
