// Package nat knows the addresses by which others reach this machine through a NAT that
// forwards ports to it unchanged, as that of many cloud providers does.  Nobody asks a
// STUN server for them: they are configured.
//
// The package has no state and starts no goroutine.
package nat

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
)

// ErrAddress means that something cannot be a public address.
var ErrAddress = errors.New("public address")

// Parse reads public addresses.  The error wraps ErrAddress.
func Parse(list []string) ([]netip.Addr, error) {
	var addrs []netip.Addr
	for _, s := range list {
		addr, err := netip.ParseAddr(s)
		if err != nil {
			return nil, fmt.Errorf("%w: %q is no IP address (names are not looked up)", ErrAddress, s)
		}
		addr = addr.Unmap()
		switch {
		case addr.Zone() != "":
			return nil, fmt.Errorf("%w: %s has a zone", ErrAddress, addr)
		case addr.IsUnspecified(), addr.IsMulticast(), addr.IsLinkLocalUnicast(),
			addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
			return nil, fmt.Errorf("%w: nobody can be reached at %s", ErrAddress, addr)
		case slices.Contains(addrs, addr):
			return nil, fmt.Errorf("%w: %s is given twice", ErrAddress, addr)
		}
		addrs = append(addrs, addr)
	}
	return addrs, nil
}

// Base returns the address of this machine that a public address leads to: the one by
// which the machine reaches the outside in that direction.  dial is net.Dial or another
// network's.  Nothing is sent.
func Base(dial func(network, address string) (net.Conn, error), public netip.Addr) (netip.Addr, error) {
	const discard = 9 // any port would do
	conn, err := dial("udp", netip.AddrPortFrom(public, discard).String())
	if err != nil {
		return netip.Addr{}, err
	}
	defer conn.Close()
	local, ok := conn.LocalAddr().(*net.UDPAddr)
	if !ok {
		return netip.Addr{}, fmt.Errorf("%w: no local address for %s", ErrAddress, public)
	}
	return local.AddrPort().Addr().Unmap().WithZone(""), nil
}
