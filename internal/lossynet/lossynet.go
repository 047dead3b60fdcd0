// Package lossynet is a network that loses datagrams, for tests on real
// sockets.
//
// It wraps a transport.Net, so that a pion client whose SettingEngine gets it
// by SetNet loses a given share of the UDP datagrams that it sends and
// receives, each independently of the others.  (pion's vnet does more, but its
// packets never leave the process and never pass a real socket.)
package lossynet

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"

	"github.com/pion/transport/v5"
)

// Net loses datagrams.  It may be used from any goroutine.
type Net struct {
	transport.Net
	dice *dice
}

// New wraps inner.  Loss is the probability, between 0 and 1, that a datagram
// is lost, in each direction; seed makes the losses repeatable as far as the
// order of the packets is.
func New(inner transport.Net, loss float64, seed uint64) *Net {
	return &Net{
		Net:  inner,
		dice: &dice{loss: loss, random: rand.New(rand.NewPCG(seed, 0))},
	}
}

// Lost returns how many datagrams have been lost so far.
func (n *Net) Lost() uint64 {
	n.dice.mu.Lock()
	defer n.dice.mu.Unlock()
	return n.dice.lost
}

// ListenPacket listens like the inner network.
func (n *Net) ListenPacket(network, address string) (net.PacketConn, error) {
	c, err := n.Net.ListenPacket(network, address)
	if err != nil {
		return nil, err
	}
	return &packetConn{PacketConn: c, dice: n.dice}, nil
}

// ListenUDP listens like the inner network.
func (n *Net) ListenUDP(network string, address *net.UDPAddr) (transport.UDPConn, error) {
	c, err := n.Net.ListenUDP(network, address)
	if err != nil {
		return nil, err
	}
	return &udpConn{UDPConn: c, dice: n.dice}, nil
}

// CreateListenConfig returns a configuration whose sockets lose datagrams.
func (n *Net) CreateListenConfig(c *net.ListenConfig) transport.ListenConfig {
	return &listenConfig{ListenConfig: n.Net.CreateListenConfig(c), dice: n.dice}
}

type listenConfig struct {
	transport.ListenConfig
	dice *dice
}

func (l *listenConfig) ListenPacket(ctx context.Context, network, address string) (net.PacketConn, error) {
	c, err := l.ListenConfig.ListenPacket(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &packetConn{PacketConn: c, dice: l.dice}, nil
}

// dice decide which datagrams are lost.
type dice struct {
	mu     sync.Mutex
	random *rand.Rand
	loss   float64
	lost   uint64
}

func (d *dice) lose() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.random.Float64() >= d.loss {
		return false
	}
	d.lost++
	return true
}

type packetConn struct {
	net.PacketConn
	dice *dice
}

func (c *packetConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, addr, err := c.PacketConn.ReadFrom(b)
		if err != nil || !c.dice.lose() {
			return n, addr, err
		}
	}
}

func (c *packetConn) WriteTo(b []byte, addr net.Addr) (int, error) {
	if c.dice.lose() {
		return len(b), nil
	}
	return c.PacketConn.WriteTo(b, addr)
}

type udpConn struct {
	transport.UDPConn
	dice *dice
}

func (c *udpConn) Read(b []byte) (int, error) {
	for {
		n, err := c.UDPConn.Read(b)
		if err != nil || !c.dice.lose() {
			return n, err
		}
	}
}

func (c *udpConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, addr, err := c.UDPConn.ReadFrom(b)
		if err != nil || !c.dice.lose() {
			return n, addr, err
		}
	}
}

func (c *udpConn) ReadFromUDP(b []byte) (int, *net.UDPAddr, error) {
	for {
		n, addr, err := c.UDPConn.ReadFromUDP(b)
		if err != nil || !c.dice.lose() {
			return n, addr, err
		}
	}
}

func (c *udpConn) Write(b []byte) (int, error) {
	if c.dice.lose() {
		return len(b), nil
	}
	return c.UDPConn.Write(b)
}

func (c *udpConn) WriteTo(b []byte, addr net.Addr) (int, error) {
	if c.dice.lose() {
		return len(b), nil
	}
	return c.UDPConn.WriteTo(b, addr)
}

func (c *udpConn) WriteToUDP(b []byte, addr *net.UDPAddr) (int, error) {
	if c.dice.lose() {
		return len(b), nil
	}
	return c.UDPConn.WriteToUDP(b, addr)
}
