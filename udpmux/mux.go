package udpmux

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/transport/v5"
	"github.com/pion/webrtc/v4"
)

// rescanInterval is how long the list of local addresses is believed.
const rescanInterval = 2 * time.Second

// ErrBatching is wrapped by the errors for text that names no mode of batching.
var ErrBatching = errors.New("UDP batching")

// Options configures Open.
type Options struct {
	// Ports are the ports that may be used.
	Ports Ports
	// Shared makes all peer connections share one port even if Ports leaves
	// the choice; else each gets sockets of its own then.
	Shared bool
	// Preferred is the port to be shared then, if it is free; 0 is no
	// preference.
	Preferred uint16
	// Batching says how shared sockets are read and written.
	Batching Batching
	// Net is the network; nil is the system's.
	Net transport.Net
	// Loopback also uses loopback addresses.
	Loopback bool
	// IPFilter, if not nil, chooses the local addresses to be used.
	IPFilter func(net.IP) bool
	// Logger is told what socket buffers were granted, and of addresses
	// that come and go; nil is the default.
	Logger *slog.Logger
}

// Mux is the opened set of ports.  It may be used by any number of goroutines
// at once.
type Mux struct {
	ports    Ports
	net      transport.Net
	virtual  bool // net is not the system's
	loopback bool
	filter   func(net.IP) bool
	batching Batching
	logger   *slog.Logger
	cores    int
	system   system
	now      func() int64 // a clock, in ns
	enlarge  func(transport.UDPConn)
	// interrupt ends what net looks up and dials.
	interrupt context.CancelFunc

	shared  bool
	packets packets
	count   counters
	batches atomic.Uint32
	listen  atomic.Pointer[[]net.Addr] // the addresses of now

	mu        sync.Mutex // held while addresses are looked for
	port      uint16     // of new endpoints, 0 is any
	strict    bool       // only on that port
	endpoints map[netip.AddrPort]*endpoint
	failed    map[netip.Addr]bool // could not be opened, and that was logged
	scanned   time.Time
	rescan    time.Duration
	closed    bool
}

// Open prepares the ports.  It opens the sockets that are shared.  It returns an error that wraps ErrPort if
// the ports asked for cannot be opened; a port that is only preferred is
// replaced by one of the system's choice.
func Open(opts Options) (*Mux, error) {
	m, err := newMux(opts)
	if err != nil {
		return nil, err
	}
	if err := m.start(); err != nil {
		return nil, err
	}
	return m, nil
}

// newMux returns a Mux that has no sockets yet.
func newMux(opts Options) (*Mux, error) {
	m := &Mux{
		ports:     opts.Ports,
		virtual:   opts.Net != nil,
		loopback:  opts.Loopback,
		filter:    opts.IPFilter,
		batching:  opts.Batching,
		logger:    opts.Logger,
		cores:     runtime.GOMAXPROCS(0),
		system:    realSystem(),
		now:       func() int64 { return time.Now().UnixNano() },
		shared:    opts.Ports.Single() || opts.Ports.Any() && opts.Shared,
		endpoints: make(map[netip.AddrPort]*endpoint),
		failed:    make(map[netip.Addr]bool),
		rescan:    rescanInterval,
	}
	if m.logger == nil {
		m.logger = slog.Default()
	}
	ctx, cancel := context.WithCancel(context.Background())
	m.interrupt = cancel
	var err error
	m.net, m.enlarge, err = newNet(ctx, opts.Net, m.logger)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("%w: %w", ErrPort, err)
	}
	m.strict = opts.Ports.Single()
	m.port = opts.Ports.Min
	if !m.strict {
		m.port = opts.Preferred
	}
	return m, nil
}

// start opens all local addresses.
func (m *Mux) start() error {
	if !m.shared {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	list, err := m.localAddresses()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPort, err)
	}
	if len(list) == 0 && m.strict {
		return fmt.Errorf("%w: no local address to listen on", ErrPort)
	}
	if err := m.openEach(list); err != nil {
		if m.strict {
			return err
		}
		if m.port != 0 {
			m.logger.Info("the UDP port is taken, using another one", "port", m.port, "err", err)
		}
		m.port = 0
		if err := m.openEach(list); err != nil {
			return err
		}
	}
	m.publish(list)
	m.scanned = time.Now()
	return nil
}

// openEach opens addresses, or none of them.  If the port is left to the
// system, the one chosen for the first address is used for all where it is
// free.
func (m *Mux) openEach(list []netip.Addr) error {
	for _, ip := range list {
		e, err := m.openOne(ip)
		if err != nil {
			for _, e := range m.endpoints {
				_ = e.close()
			}
			clear(m.endpoints)
			return err
		}
		m.endpoints[e.addr] = e
	}
	return nil
}

// openOne opens one address.
func (m *Mux) openOne(ip netip.Addr) (*endpoint, error) {
	port := m.port
	if port == 0 {
		for _, other := range m.endpoints {
			port = other.addr.Port()
			break
		}
	}
	e, err := newEndpoint(m, ip, port)
	if err != nil && m.port == 0 && port != 0 {
		return newEndpoint(m, ip, 0)
	}
	return e, err
}

// refresh opens addresses that have come, and closes those that have gone and
// that nobody uses.
func (m *Mux) refresh() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed || time.Since(m.scanned) < m.rescan {
		return
	}
	m.scanned = time.Now()
	list, err := m.localAddresses()
	if err != nil {
		return // those of before may still be right
	}
	var gone []*endpoint
	for key, e := range m.endpoints {
		if !slices.Contains(list, e.ip()) && e.idle() {
			delete(m.endpoints, key)
			gone = append(gone, e)
			m.logger.Info("local address has gone", "address", e.addr)
		}
	}
	for _, e := range gone {
		_ = e.close()
	}
	for _, ip := range list {
		if m.endpointOf(ip) != nil {
			continue
		}
		e, err := m.openOne(ip)
		if err != nil && !m.strict && m.port != 0 {
			e, err = newEndpoint(m, ip, 0)
		}
		if err != nil {
			if !m.failed[ip] {
				m.failed[ip] = true
				m.logger.Warn("cannot use new local address", "address", ip, "err", err)
			}
			continue
		}
		delete(m.failed, ip)
		m.endpoints[e.addr] = e
		m.logger.Info("new local address", "address", e.addr)
	}
	m.publish(list)
}

// endpointOf returns the endpoint of a local address, or nil.
func (m *Mux) endpointOf(ip netip.Addr) *endpoint {
	for _, e := range m.endpoints {
		if e.ip() == ip {
			return e
		}
	}
	return nil
}

// publish makes the endpoints of a list of addresses known, in that order.
func (m *Mux) publish(list []netip.Addr) {
	var addresses []net.Addr
	for _, ip := range list {
		if e := m.endpointOf(ip); e != nil {
			addresses = append(addresses, e.local)
		}
	}
	m.listen.Store(&addresses)
}

// openPlain opens an address with a socket of the network's.
func (m *Mux) openPlain(at netip.AddrPort) ([]socket, error) {
	c, err := m.net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, err
	}
	return []socket{newPlainSocket(c)}, nil
}

// Configure makes the peer connections of a setting engine use these ports.
// What they send is sent at once.
func (m *Mux) Configure(settings *webrtc.SettingEngine) error {
	return m.ConfigureBatch(settings, nil)
}

// ConfigureBatch is Configure for peer connections whose media waits in a
// batch.
func (m *Mux) ConfigureBatch(settings *webrtc.SettingEngine, b *Batch) error {
	settings.SetNet(m.net)
	switch {
	case m.shared:
		settings.SetICEUDPMux(&view{mux: m, batch: b})
	case !m.ports.Any():
		err := settings.SetEphemeralUDPPortRange(m.ports.Min, m.ports.Max)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrRange, err)
		}
	}
	return nil
}

// AgentOptions makes an ICE agent use these ports, like ConfigureBatch.
func (m *Mux) AgentOptions(b *Batch) []ice.AgentOption {
	list := []ice.AgentOption{ice.WithNet(m.net)}
	switch {
	case m.shared:
		list = append(list, ice.WithUDPMux(&view{mux: m, batch: b}))
	case !m.ports.Any():
		list = append(list, ice.WithPortRange(m.ports.Min, m.ports.Max))
	}
	return list
}

// Addresses returns the addresses of the shared sockets; it is empty unless
// sockets are shared.
func (m *Mux) Addresses() []net.Addr {
	if p := m.listen.Load(); p != nil {
		return slices.Clone(*p)
	}
	return nil
}

// Stats returns what the shared sockets have done so far.
func (m *Mux) Stats() Stats { return m.count.stats() }

// Interrupt makes the lookups of names and the connection attempts end that peer
// connections make for the sake of ICE servers, so that they can be closed at once; there
// are none after that.
func (m *Mux) Interrupt() { m.interrupt() }

// Close closes the shared sockets.  Peer connections that use them must have
// been closed before.
func (m *Mux) Close() error {
	m.interrupt()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	var errs []error
	for _, e := range m.endpoints {
		errs = append(errs, e.close())
	}
	clear(m.endpoints)
	m.listen.Store(nil)
	return errors.Join(errs...)
}

// discard gives packets back and returns how many.
func (m *Mux) discard(k *packet) uint64 {
	n := uint64(0)
	for k != nil {
		next := k.next
		m.packets.put(k)
		k = next
		n++
	}
	return n
}

// view is the shared sockets as the peer connections of one batch see them.
type view struct {
	mux   *Mux
	batch *Batch
}

var _ ice.UDPMux = (*view)(nil)

// GetConn returns a connection for an ICE user name on one of the addresses.
func (v *view) GetConn(ufrag string, addr net.Addr) (net.PacketConn, error) {
	u, ok := addr.(*net.UDPAddr)
	if !ok {
		return nil, net.InvalidAddrError("not a UDP address")
	}
	v.mux.mu.Lock()
	e := v.mux.endpoints[canonical(u.AddrPort())]
	v.mux.mu.Unlock()
	if e == nil {
		return nil, net.InvalidAddrError("no local address")
	}
	return e.open(ufrag, v.batch)
}

// RemoveConnByUfrag makes packets for an ICE user name go nowhere.
func (v *view) RemoveConnByUfrag(ufrag string) {
	v.mux.mu.Lock()
	defer v.mux.mu.Unlock()
	for _, e := range v.mux.endpoints {
		e.remove(ufrag)
	}
}

// GetListenAddresses returns the local addresses of now.
func (v *view) GetListenAddresses() []net.Addr {
	v.mux.refresh()
	return v.mux.Addresses()
}

// Close does nothing: the sockets are the Mux's.
func (v *view) Close() error { return nil }
