package ice

import (
	"errors"
	"net"
	"net/netip"

	"github.com/pion/turn/v5"
)

// errNoTCPRelay refuses what no client of ours needs (RFC 6062).
var errNoTCPRelay = errors.New("TURN: no relaying over TCP")

// relayGenerator opens the sockets of relays, which all obey a policy.
type relayGenerator struct {
	turn.RelayAddressGenerator
	policy *peerPolicy
}

// newRelayGenerator returns a generator of relays that listen on local and are
// known to the world as advertised.  Their ports are between min and max, or
// any if min is 0.
func newRelayGenerator(local, advertised netip.Addr, min, max uint16, policy *peerPolicy) *relayGenerator {
	ip := net.IP(advertised.AsSlice())
	if min == 0 {
		return &relayGenerator{
			RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{RelayAddress: ip, Address: local.String()},
			policy:                policy,
		}
	}
	return &relayGenerator{
		RelayAddressGenerator: &turn.RelayAddressGeneratorPortRange{
			RelayAddress: ip, Address: local.String(), MinPort: min, MaxPort: max, MaxRetries: 64,
		},
		policy: policy,
	}
}

// AllocatePacketConn opens the socket of a relay.
func (g *relayGenerator) AllocatePacketConn(conf turn.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	conn, addr, err := g.RelayAddressGenerator.AllocatePacketConn(conf)
	if err != nil {
		return nil, nil, err
	}
	return &policedConn{PacketConn: conn, policy: g.policy}, addr, nil
}

// AllocateListener refuses.
func (g *relayGenerator) AllocateListener(turn.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errNoTCPRelay
}

// AllocateConn refuses.
func (g *relayGenerator) AllocateConn(turn.AllocateConnConfig) (net.Conn, error) {
	return nil, errNoTCPRelay
}
