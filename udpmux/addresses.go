package udpmux

import (
	"net"
	"net/netip"
	"slices"
)

// localAddresses returns the addresses that this machine has now and that may
// be used, those of link-local scope with their zone.
func (m *Mux) localAddresses() ([]netip.Addr, error) {
	interfaces, err := m.net.Interfaces()
	if err != nil {
		return nil, err
	}
	var list []netip.Addr
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 && !m.loopback {
			continue
		}
		addresses, err := i.Addrs()
		if err != nil {
			continue // it has just gone
		}
		for _, a := range addresses {
			ip, ok := interfaceAddress(a)
			if !ok || !m.usable(ip) || slices.Contains(list, ip) {
				continue
			}
			if ip.IsLinkLocalUnicast() && ip.Is6() {
				ip = ip.WithZone(i.Name)
			}
			list = append(list, ip)
		}
	}
	return list, nil
}

// interfaceAddress returns the address of a network interface.
func interfaceAddress(a net.Addr) (netip.Addr, bool) {
	var ip net.IP
	switch a := a.(type) {
	case *net.IPNet:
		ip = a.IP
	case *net.IPAddr:
		ip = a.IP
	}
	addr, ok := netip.AddrFromSlice(ip)
	return addr.Unmap(), ok
}

// siteLocal is a prefix that candidates must not have (RFC 8445, 5.1.1.1).
var siteLocal = netip.MustParsePrefix("fec0::/10")

// usable says whether an address may be offered to peers.
func (m *Mux) usable(ip netip.Addr) bool {
	return !ip.IsUnspecified() && !ip.IsMulticast() &&
		(m.loopback || !ip.IsLoopback()) && !siteLocal.Contains(ip) &&
		(m.filter == nil || m.filter(net.IP(ip.AsSlice())))
}
