package udpmux

import (
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
)

// maxDestinations is how many destinations a connection remembers.
const maxDestinations = 16

// muxedConn is what an endpoint keeps for one ICE user name: packets for it,
// and where it sends to.  All handles for that name share it.
type muxedConn struct {
	endpoint *endpoint
	ufrag    string
	batch    *Batch // where its media goes; nil is at once
	inbox    inbox

	handles int // guarded by endpoint.mu

	// The table's, guarded by its lock.
	owned   []netip.AddrPort
	dropped bool

	// last is the destination used last: nearly always the right one.
	last         atomic.Pointer[destination]
	mu           sync.Mutex
	destinations []*destination
}

// write sends a packet: media with the batch, everything else at once.
func (c *muxedConn) write(b []byte, to netip.AddrPort) error {
	to = canonical(to)
	if isMedia(b) {
		if c.batch != nil && c.batch.add(c.destination(to), b) {
			return nil
		}
	} else if isSTUN(b) {
		// Whoever gets a success response has proved to know the
		// password, and may take over an address from another
		// connection; a mere check may not, since everybody can make
		// us check any address.
		c.endpoint.table.claim(to, c, stunType(b) == stunSuccess)
	}
	return c.endpoint.write(b, to)
}

// destination returns what is known of a remote address.
func (c *muxedConn) destination(to netip.AddrPort) *destination {
	if d := c.last.Load(); d != nil && d.addr == to {
		return d
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.destinations {
		if d.addr == to {
			c.last.Store(d)
			return d
		}
	}
	if len(c.destinations) >= maxDestinations {
		c.destinations = nil
	}
	d := newDestination(c.endpoint, c.batch, to)
	c.destinations = append(c.destinations, d)
	c.last.Store(d)
	return d
}

// canonical returns the form in which addresses are compared: IPv4 not mapped
// to IPv6, and without a zone, which is that of our own address.
func canonical(a netip.AddrPort) netip.AddrPort {
	ip := a.Addr()
	if ip.Is4() {
		return a
	}
	return netip.AddrPortFrom(ip.Unmap().WithZone(""), a.Port())
}

// handle is one user of a muxedConn: what a peer connection reads from and
// writes to.
type handle struct {
	conn   *muxedConn
	closed atomic.Bool

	// The read deadline, guarded by conn.inbox.mu.
	deadline time.Time
	alarm    *time.Timer
}

var (
	_ net.PacketConn           = (*handle)(nil)
	_ ice.AddrPortReaderWriter = (*handle)(nil)
)

// ReadFromAddrPort waits for a packet.
func (h *handle) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	k, err := h.conn.inbox.pop(h)
	if err != nil {
		return 0, netip.AddrPort{}, err
	}
	defer h.conn.endpoint.mux.packets.put(k)
	if len(k.data) > len(b) {
		return copy(b, k.data), k.from, io.ErrShortBuffer
	}
	return copy(b, k.data), k.from, nil
}

// ReadFrom waits for a packet.
func (h *handle) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := h.ReadFromAddrPort(b)
	if !from.IsValid() {
		return n, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), err
}

// WriteToAddrPort sends a packet.
func (h *handle) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	if h.closed.Load() {
		return 0, io.ErrClosedPipe
	}
	if err := h.conn.write(b, to); err != nil {
		return 0, err
	}
	return len(b), nil
}

// WriteTo sends a packet.
func (h *handle) WriteTo(b []byte, to net.Addr) (int, error) {
	u, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, net.InvalidAddrError("not a UDP address")
	}
	return h.WriteToAddrPort(b, u.AddrPort())
}

// LocalAddr returns the address that packets are sent from.
func (h *handle) LocalAddr() net.Addr { return h.conn.endpoint.local }

// SetDeadline sets the deadline for reading; writing does not wait.
func (h *handle) SetDeadline(t time.Time) error { return h.SetReadDeadline(t) }

// SetWriteDeadline does nothing: writing does not wait.
func (h *handle) SetWriteDeadline(time.Time) error {
	if h.closed.Load() {
		return io.ErrClosedPipe
	}
	return nil
}

// SetReadDeadline sets the time after which reading fails; zero is never.
func (h *handle) SetReadDeadline(t time.Time) error {
	if h.closed.Load() {
		return io.ErrClosedPipe
	}
	i := &h.conn.inbox
	i.mu.Lock()
	defer i.mu.Unlock()
	h.deadline = t
	if h.alarm != nil {
		h.alarm.Stop()
		h.alarm = nil
	}
	if t.IsZero() {
		return nil
	}
	if wait := time.Until(t); wait > 0 {
		h.alarm = time.AfterFunc(wait, i.rouse)
	} else {
		i.arrived.Broadcast()
	}
	return nil
}

// expired says whether the read deadline has passed.  It is called with the
// inbox locked.
func (h *handle) expired() bool {
	return !h.deadline.IsZero() && !time.Now().Before(h.deadline)
}

// Close ends reading and writing through this handle.
func (h *handle) Close() error {
	if h.closed.Swap(true) {
		return nil
	}
	i := &h.conn.inbox
	i.mu.Lock()
	if h.alarm != nil {
		h.alarm.Stop()
	}
	i.arrived.Broadcast()
	i.mu.Unlock()
	h.conn.endpoint.release(h.conn)
	return nil
}
