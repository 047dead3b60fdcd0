package lossynet

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/pion/transport/v5"
)

// A Path decides what becomes of a datagram: it arrives once for each of the
// delays returned, which is never if there is none.  It is called by whoever
// sends, and must not keep the datagram.
type Path func(datagram []byte, to net.Addr) (delays []time.Duration)

// Shape wraps inner so that what is sent takes path: it may be lost, delayed,
// duplicated and reordered.  What is received is left alone.  Datagrams with the
// same delay keep their order.
func Shape(inner transport.Net, path Path) transport.Net {
	return &shapedNet{Net: inner, path: path}
}

type shapedNet struct {
	transport.Net
	path Path
}

func (n *shapedNet) ListenPacket(network, address string) (net.PacketConn, error) {
	c, err := n.Net.ListenPacket(network, address)
	if err != nil {
		return nil, err
	}
	return &shapedPacketConn{c, newShaper(n.path, c.WriteTo)}, nil
}

func (n *shapedNet) ListenUDP(network string, address *net.UDPAddr) (transport.UDPConn, error) {
	c, err := n.Net.ListenUDP(network, address)
	if err != nil {
		return nil, err
	}
	return &shapedUDPConn{c, newShaper(n.path, c.WriteTo)}, nil
}

func (n *shapedNet) CreateListenConfig(c *net.ListenConfig) transport.ListenConfig {
	return &shapedListenConfig{n.Net.CreateListenConfig(c), n.path}
}

type shapedListenConfig struct {
	transport.ListenConfig
	path Path
}

func (l *shapedListenConfig) ListenPacket(ctx context.Context, network, address string) (net.PacketConn, error) {
	c, err := l.ListenConfig.ListenPacket(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &shapedPacketConn{c, newShaper(l.path, c.WriteTo)}, nil
}

type shapedPacketConn struct {
	net.PacketConn
	shaper *shaper
}

func (c *shapedPacketConn) WriteTo(b []byte, to net.Addr) (int, error) { return c.shaper.send(b, to) }

type shapedUDPConn struct {
	transport.UDPConn
	shaper *shaper
}

func (c *shapedUDPConn) WriteTo(b []byte, to net.Addr) (int, error) { return c.shaper.send(b, to) }

func (c *shapedUDPConn) WriteToUDP(b []byte, to *net.UDPAddr) (int, error) {
	return c.shaper.send(b, to)
}

// shaper sends datagrams of one socket later.
type shaper struct {
	path  Path
	write func([]byte, net.Addr) (int, error)

	mu   sync.Mutex
	last time.Time
}

func newShaper(path Path, write func([]byte, net.Addr) (int, error)) *shaper {
	return &shaper{path: path, write: write}
}

func (s *shaper) send(b []byte, to net.Addr) (int, error) {
	for _, delay := range s.path(b, to) {
		data := append([]byte(nil), b...)
		// Timers that are due at the same moment run in any order.
		s.mu.Lock()
		now := time.Now()
		if !now.After(s.last) {
			now = s.last.Add(time.Microsecond)
		}
		s.last = now
		s.mu.Unlock()
		time.AfterFunc(time.Until(now.Add(delay)), func() { _, _ = s.write(data, to) })
	}
	return len(b), nil
}
