// Package hostnet is the host's network as pion wants it, with an end.  Pion waits for the
// names of ICE servers to be looked up, and for connections to them, with no way to
// interrupt that: where nobody answers, closing a peer connection takes as long as the
// system tries, which is up to two minutes.
package hostnet

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/stdnet"
)

// Net is the host's network until its context ends: from then on, lookups and connection
// attempts fail, those that have begun as well.  Sockets that are open are not concerned.
// Its methods may be called from any goroutine.
type Net struct {
	*stdnet.Net
	ctx context.Context // pion's methods have none
}

var _ transport.Net = (*Net)(nil)

// New returns the host's network with the interfaces of now.
func New(ctx context.Context) (*Net, error) {
	system, err := stdnet.NewNet()
	if err != nil {
		return nil, err
	}
	return &Net{Net: system, ctx: ctx}, nil
}

// ResolveIPAddr is net.ResolveIPAddr.
func (n *Net) ResolveIPAddr(network, address string) (*net.IPAddr, error) {
	ip, err := n.lookup(network, address)
	if err != nil {
		return nil, err
	}
	return &net.IPAddr{IP: ip.AsSlice(), Zone: ip.Zone()}, nil
}

// ResolveUDPAddr is net.ResolveUDPAddr.
func (n *Net) ResolveUDPAddr(network, address string) (*net.UDPAddr, error) {
	at, err := n.resolve(network, address)
	if err != nil {
		return nil, err
	}
	return net.UDPAddrFromAddrPort(at), nil
}

// ResolveTCPAddr is net.ResolveTCPAddr.
func (n *Net) ResolveTCPAddr(network, address string) (*net.TCPAddr, error) {
	at, err := n.resolve(network, address)
	if err != nil {
		return nil, err
	}
	return net.TCPAddrFromAddrPort(at), nil
}

// resolve looks host and port of an address up.
func (n *Net) resolve(network, address string) (netip.AddrPort, error) {
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return netip.AddrPort{}, err
	}
	port, err := net.DefaultResolver.LookupPort(n.ctx, network, service)
	if err != nil {
		return netip.AddrPort{}, err
	}
	ip, err := n.lookup(network, host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	return netip.AddrPortFrom(ip, uint16(port)), nil
}

// lookup returns one address of a host: one of IPv4, if there is one and the network is
// not one of IPv6, as the functions of package net do.
func (n *Net) lookup(network, host string) (netip.Addr, error) {
	family := "ip"
	if last := len(network) - 1; last >= 0 && (network[last] == '4' || network[last] == '6') {
		family += network[last:]
	}
	list, err := net.DefaultResolver.LookupNetIP(n.ctx, family, host)
	if err != nil {
		return netip.Addr{}, err
	}
	if len(list) == 0 {
		return netip.Addr{}, fmt.Errorf("%s has no address", host)
	}
	for i := range list {
		list[i] = list[i].Unmap()
	}
	if i := slices.IndexFunc(list, netip.Addr.Is4); i >= 0 {
		return list[i], nil
	}
	return list[0], nil
}

// Dial is net.Dial.
func (n *Net) Dial(network, address string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(n.ctx, network, address)
}

// DialTCP is net.DialTCP.
func (n *Net) DialTCP(network string, laddr, raddr *net.TCPAddr) (transport.TCPConn, error) {
	var local, remote netip.AddrPort
	if laddr != nil {
		local = laddr.AddrPort()
	}
	if raddr != nil {
		remote = raddr.AddrPort()
	}
	var d net.Dialer
	return d.DialTCP(n.ctx, network, local, remote)
}
