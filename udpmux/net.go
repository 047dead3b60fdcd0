package udpmux

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/stdnet"

	"galene/internal/hostnet"
)

// bufferSize is what is asked for each socket, in bytes and per direction
// .  Kernels grant less if told so (net.core.rmem_max on Linux).
const bufferSize = 4 << 20

// bufferedNet is a network whose UDP sockets have large buffers: a burst of
// keyframes from several senders overflows the usual 208 KiB.
type bufferedNet struct {
	transport.Net
	logger *slog.Logger
	once   sync.Once

	mu     sync.Mutex
	seen   []*transport.Interface // never changed
	seenAt time.Time
}

// newNet returns a network with large buffers on top of base, which may be nil,
// and a function that enlarges the buffers of one socket.  Where base is nil, lookups and
// connection attempts end with ctx.
func newNet(ctx context.Context, base transport.Net,
	logger *slog.Logger) (transport.Net, func(transport.UDPConn), error) {
	if base != nil {
		// A virtual network: it has no buffers to set.
		return base, func(transport.UDPConn) {}, nil
	}
	system, err := hostnet.New(ctx)
	if err != nil {
		return nil, nil, err
	}
	n := &bufferedNet{Net: system, logger: logger}
	return n, n.enlarge, nil
}

// interfacesAge is how long interfaces are not looked for again: each peer connection
// asks, and that takes a tenth of the time of making one.
const interfacesAge = time.Second

// Interfaces returns the interfaces of now, or of a moment ago: those of the embedded
// network are the ones that existed when it was made.
func (n *bufferedNet) Interfaces() ([]*transport.Interface, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.seen != nil && time.Since(n.seenAt) < interfacesAge {
		return n.seen, nil
	}
	system, err := stdnet.NewNet()
	if err != nil {
		return nil, err
	}
	list, err := system.Interfaces()
	if err != nil {
		return nil, err
	}
	n.seen, n.seenAt = list, time.Now()
	return list, nil
}

// ListenUDP opens a socket and enlarges its buffers.
func (n *bufferedNet) ListenUDP(network string, addr *net.UDPAddr) (transport.UDPConn, error) {
	c, err := n.Net.ListenUDP(network, addr)
	if err != nil {
		return nil, err
	}
	n.enlarge(c)
	return c, nil
}

// enlarge enlarges the buffers of a socket; not being granted that is no error.
func (n *bufferedNet) enlarge(c transport.UDPConn) {
	readErr := c.SetReadBuffer(bufferSize)
	writeErr := c.SetWriteBuffer(bufferSize)
	n.once.Do(func() {
		if granted, ok := readBuffer(c); ok && granted < bufferSize {
			n.logger.Warn("small UDP receive buffer: bursts may be lost (see net.core.rmem_max)",
				"bytes", granted, "wanted", bufferSize)
		}
		for _, err := range []error{readErr, writeErr} {
			if err != nil {
				n.logger.Warn("cannot enlarge UDP buffer", "err", err)
			}
		}
	})
}
