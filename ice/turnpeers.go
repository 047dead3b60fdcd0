package ice

import (
	"net"
	"net/netip"
	"slices"
)

// peerPolicy decides where the TURN server sends what its clients give it.  A
// relay that went anywhere would open the networks behind it to strangers.
//
// Public addresses may be reached, as they may without us.  Of private ones,
// only those of this host, where its own media is, and there only the ports of
// media and of the relays themselves.
type peerPolicy struct {
	// own are the addresses of this host, and those it is advertised under.
	own []netip.Addr
	// minPort and maxPort are the ports that media and relays use on them.
	minPort, maxPort uint16
	// media are further ports of media.
	media []uint16
}

// allowsAddress says whether anything at an address may be reached.
func (p *peerPolicy) allowsAddress(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	return slices.Contains(p.own, addr) || isPublic(addr)
}

// allows says whether an address and port may be reached.
func (p *peerPolicy) allows(peer netip.AddrPort) bool {
	addr := peer.Addr().Unmap().WithZone("")
	if slices.Contains(p.own, addr) {
		return peer.Port() >= p.minPort && peer.Port() <= p.maxPort ||
			slices.Contains(p.media, peer.Port())
	}
	return isPublic(addr)
}

// permit is the policy as the TURN server wants it when a client asks for
// permission to reach an address.
func (p *peerPolicy) permit(_ net.Addr, peer net.IP) bool {
	addr, ok := netip.AddrFromSlice(peer)
	return ok && p.allowsAddress(addr)
}

// policedConn is the socket of a relay.  It neither sends to nor receives from
// peers that the policy forbids.
type policedConn struct {
	net.PacketConn
	policy *peerPolicy
}

// WriteTo drops what may not be sent, as a network would.
func (c *policedConn) WriteTo(b []byte, peer net.Addr) (int, error) {
	if !c.policy.allows(addrPort(peer)) {
		return len(b), nil
	}
	return c.PacketConn.WriteTo(b, peer)
}

// ReadFrom skips what may not be received.
func (c *policedConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, peer, err := c.PacketConn.ReadFrom(b)
		if err != nil || c.policy.allows(addrPort(peer)) {
			return n, peer, err
		}
	}
}

func addrPort(addr net.Addr) netip.AddrPort {
	if udp, ok := addr.(*net.UDPAddr); ok {
		return udp.AddrPort()
	}
	return netip.AddrPort{}
}
