package rtpconn

import "net"

// offered returns a filter for the local addresses that ICE may use: those that
// also allows, which may be nil, without link-local IPv6 ones.
//
// Pion tries these without telling peers of them.  Browsers learn of them from
// the checks (as peer-reflexive candidates), but not on which of their interfaces
// they are, so that a pair that was chosen may work in one direction only: ICE
// seems to have ended, and DTLS never does.
func offered(also func(net.IP) bool) func(net.IP) bool {
	return func(ip net.IP) bool {
		linkLocal := ip.To4() == nil && ip.IsLinkLocalUnicast()
		return !linkLocal && (also == nil || also(ip))
	}
}
