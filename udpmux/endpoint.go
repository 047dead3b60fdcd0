package udpmux

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
)

// endpoint is one local address: its sockets, the connections that use it, and
// who owns which remote address.
type endpoint struct {
	mux     *Mux
	addr    netip.AddrPort // without zone
	local   *net.UDPAddr
	zone    string // of a link-local address
	sockets []socket
	table   table
	readers sync.WaitGroup

	mu     sync.RWMutex
	conns  map[string]*muxedConn // by ICE user name
	closed bool
}

// socket is one open socket.  Its methods may be called by any goroutine,
// receive by one.
type socket interface {
	// receive reads packets until the socket is closed.  It calls take for
	// each, which must not keep it, and flush when no more is there to be
	// taken at the moment.
	receive(take func(b []byte, from netip.AddrPort), flush func())
	// write sends a packet at once.
	write(b []byte, to netip.AddrPort) error
	// address is the one that the socket is bound to.
	address() netip.AddrPort
	close() error
}

// newEndpoint opens a local address on a port, 0 for any, and starts to read.
func newEndpoint(m *Mux, ip netip.Addr, port uint16) (*endpoint, error) {
	sockets, err := m.openSockets(netip.AddrPortFrom(ip, port))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPort, err)
	}
	e := &endpoint{
		mux:     m,
		addr:    netip.AddrPortFrom(ip.WithZone(""), sockets[0].address().Port()),
		zone:    ip.Zone(),
		sockets: sockets,
		conns:   make(map[string]*muxedConn),
	}
	e.local = net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, e.addr.Port()))
	for _, s := range sockets {
		d := &distributor{endpoint: e}
		e.readers.Go(func() { s.receive(d.take, d.flush) })
	}
	return e, nil
}

// ip returns the local address, with its zone.
func (e *endpoint) ip() netip.Addr { return e.addr.Addr().WithZone(e.zone) }

// open returns a handle for an ICE user name.
func (e *endpoint) open(ufrag string, b *Batch) (*handle, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, net.ErrClosed
	}
	c := e.conns[ufrag]
	if c == nil {
		c = &muxedConn{endpoint: e, ufrag: ufrag, batch: b}
		c.inbox.init()
		e.conns[ufrag] = c
	}
	c.handles++
	return &handle{conn: c}, nil
}

// release is called when a handle is closed.
func (e *endpoint) release(c *muxedConn) {
	e.mu.Lock()
	c.handles--
	last := c.handles == 0
	if last && e.conns[c.ufrag] == c {
		delete(e.conns, c.ufrag)
	}
	e.mu.Unlock()
	if last {
		e.end(c)
	}
}

// remove makes packets for an ICE user name go nowhere.  Its handles can still
// send until they are closed.
func (e *endpoint) remove(ufrag string) {
	e.mu.Lock()
	c := e.conns[ufrag]
	delete(e.conns, ufrag)
	e.mu.Unlock()
	if c != nil {
		e.table.drop(c)
	}
}

// end ends a connection without handles.
func (e *endpoint) end(c *muxedConn) {
	e.table.drop(c)
	e.mux.discard(c.inbox.close())
}

// idle says whether nobody uses the endpoint.
func (e *endpoint) idle() bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return len(e.conns) == 0
}

// find returns the connection that a packet is for, or nil.  A binding request
// names its receiver; everything else belongs to the owner of its source.
func (e *endpoint) find(b []byte, from netip.AddrPort) *muxedConn {
	if ufrag, ok := localUfrag(b); ok {
		e.mu.RLock()
		c := e.conns[string(ufrag)]
		e.mu.RUnlock()
		if c != nil {
			return c
		}
	}
	return e.table.find(from)
}

// write sends a packet at once.
func (e *endpoint) write(b []byte, to netip.AddrPort) error {
	if e.zone != "" && to.Addr().IsLinkLocalUnicast() {
		to = netip.AddrPortFrom(to.Addr().WithZone(e.zone), to.Port())
	}
	err := e.sockets[0].write(b, to)
	if err == nil {
		e.mux.count.sent(1, 1)
	}
	return err
}

// close ends reading and closes the sockets and everything that is left.
func (e *endpoint) close() error {
	e.mu.Lock()
	e.closed = true
	left := e.conns
	e.conns = nil
	e.mu.Unlock()
	var errs []error
	for _, s := range e.sockets {
		errs = append(errs, s.close())
	}
	e.readers.Wait()
	for _, c := range left {
		e.end(c)
	}
	return errors.Join(errs...)
}

// distributor hands the packets that one socket has received to connections, in
// groups.  It belongs to the socket's reader.
type distributor struct {
	endpoint *endpoint
	conn     *muxedConn // whose packets wait in chain
	chain    chain
	received uint64
}

// take finds out whom a packet is for, and keeps it until flush.
func (d *distributor) take(b []byte, from netip.AddrPort) {
	m := d.endpoint.mux
	d.received++
	if len(b) > largestPacket || !isMedia(b) && !isSTUN(b) && !isDTLS(b) {
		m.count.strayed.Add(1)
		return
	}
	from = canonical(from)
	c := d.endpoint.find(b, from)
	if c == nil {
		m.count.strayed.Add(1)
		return
	}
	if c != d.conn {
		d.deliver()
		d.conn = c
	}
	d.chain.add(m.packets.get(b, from))
}

// deliver hands over the packets of one connection.
func (d *distributor) deliver() {
	if d.conn == nil {
		return
	}
	m := d.endpoint.mux
	m.count.overflowed.Add(m.discard(d.conn.inbox.push(d.chain)))
	d.conn, d.chain = nil, chain{}
}

// flush hands over everything.
func (d *distributor) flush() {
	d.deliver()
	d.endpoint.mux.count.received.Add(d.received)
	d.received = 0
}
