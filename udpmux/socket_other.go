//go:build !linux

package udpmux

import "net/netip"

// system is empty: there are no system calls for many packets.
type system struct{}

func realSystem() system { return system{} }

// sockaddr and scratch are empty: no socket sends batches.
type (
	sockaddr struct{}
	scratch  struct{}
)

func (*sockaddr) set(netip.AddrPort, string) {}

// openSockets opens an address.  If the port is 0, the system chooses it.
func (m *Mux) openSockets(at netip.AddrPort) ([]socket, error) { return m.openPlain(at) }
