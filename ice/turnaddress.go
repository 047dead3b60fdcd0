package ice

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
)

const (
	// turnAuto is the value of the -turn flag that leaves it to us whether
	// the TURN server runs: it does while there is no file.
	turnAuto = "auto"
	// turnAutoPort is where it listens then.
	turnAutoPort = 1194
)

var (
	errTURNAddress  = errors.New("TURN: bad address")
	errTURNNoPublic = errors.New("TURN: no public addresses")
)

// turnAddress is a parsed -turn flag.
type turnAddress struct {
	// auto: only while no ICE servers are configured.
	auto bool
	port uint16
	// advertised is the address told to clients, behind a NAT that
	// forwards the port; the zero value stands for all public addresses of
	// the host.
	advertised netip.Addr
}

// parseTURNAddress parses the -turn flag (spec server-cli.md 5).  A host name is
// looked up with resolve.  The empty string is no server: ok is false.
func parseTURNAddress(s string, resolve func(host string) (netip.Addr, error)) (a turnAddress, ok bool, err error) {
	switch s {
	case "":
		return turnAddress{}, false, nil
	case turnAuto:
		return turnAddress{auto: true, port: turnAutoPort}, true, nil
	}
	host, portText, err := net.SplitHostPort(s)
	if err != nil {
		return turnAddress{}, false, fmt.Errorf("%w: %w", errTURNAddress, err)
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil || port == 0 {
		return turnAddress{}, false, fmt.Errorf("%w: port %q is not in 1…65535", errTURNAddress, portText)
	}
	a.port = uint16(port)
	if host == "" {
		return a, true, nil
	}
	if a.advertised, err = resolve(host); err != nil {
		return turnAddress{}, false, fmt.Errorf("%w: %w", errTURNAddress, err)
	}
	if a.advertised.IsUnspecified() {
		a.advertised = netip.Addr{}
	}
	return a, true, nil
}

// resolve returns an address of a host, an IPv4 one if there is one.
func resolve(host string) (netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap(), nil
	}
	ips, err := net.LookupIP(host)
	if err != nil {
		return netip.Addr{}, err
	}
	var found netip.Addr
	for _, ip := range ips {
		addr, ok := netip.AddrFromSlice(ip)
		if !ok {
			continue
		}
		addr = addr.Unmap()
		if addr.Is4() {
			return addr, nil
		}
		found = addr
	}
	if !found.IsValid() {
		return netip.Addr{}, fmt.Errorf("%s has no address", host)
	}
	return found, nil
}

// localAddresses returns the addresses of the host's interfaces.
func localAddresses() ([]netip.Addr, error) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var addrs []netip.Addr
	for _, a := range list {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil {
			addrs = append(addrs, prefix.Addr().Unmap().WithZone(""))
		}
	}
	return addrs, nil
}

// Public says whether an address can be reached from everywhere.
func Public(addr netip.Addr) bool { return isPublic(addr) }

// isPublic says whether an address can be reached from everywhere: it is in
// none of the special-purpose registries of RFC 6890.
func isPublic(addr netip.Addr) bool {
	addr = addr.Unmap()
	if !addr.IsGlobalUnicast() || addr.IsPrivate() {
		return false
	}
	for _, prefix := range specialPrefixes() {
		if prefix.Contains(addr) {
			return false
		}
	}
	return true
}

// specialPrefixes returns the blocks that are neither public nor recognised by
// package netip.
func specialPrefixes() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),
		netip.MustParsePrefix("100.64.0.0/10"),   // shared by carriers, RFC 6598
		netip.MustParsePrefix("192.0.0.0/24"),    // protocol assignments
		netip.MustParsePrefix("192.0.2.0/24"),    // documentation
		netip.MustParsePrefix("192.88.99.0/24"),  // former 6to4 relays
		netip.MustParsePrefix("198.18.0.0/15"),   // benchmarking
		netip.MustParsePrefix("198.51.100.0/24"), // documentation
		netip.MustParsePrefix("203.0.113.0/24"),  // documentation
		netip.MustParsePrefix("240.0.0.0/4"),     // reserved
		netip.MustParsePrefix("64:ff9b:1::/48"),  // local translation
		netip.MustParsePrefix("100::/64"),        // discard
		netip.MustParsePrefix("2001::/23"),       // protocol assignments
		netip.MustParsePrefix("2001:db8::/32"),   // documentation
		netip.MustParsePrefix("2002::/16"),       // 6to4, leads to any IPv4 address
		netip.MustParsePrefix("3fff::/20"),       // documentation
		netip.MustParsePrefix("5f00::/16"),       // segment routing
	}
}
