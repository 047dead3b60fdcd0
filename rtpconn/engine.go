package rtpconn

import (
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/pion/logging"
	"github.com/pion/transport/v5"

	"galene/packetcache"
	"galene/shard"
	"galene/udpmux"
)

// Options configures an Engine.  The zero value is usable.
type Options struct {
	// Ports are the UDP ports for media (the -udp-range flag).
	Ports udpmux.Ports
	// SharedPort makes all connections share one port if Ports leaves the
	// choice: PreferredPort if that is free.
	SharedPort    bool
	PreferredPort uint16
	// Batching says how shared sockets are read and written.
	Batching udpmux.Batching
	// Plain is for comparisons: nothing is shared between connections,
	// neither port (unless Ports names one), certificate, nor media engine,
	// and packets are read and sent one by one.
	Plain bool
	// Net is the network to be used instead of the system's, for tests.
	Net transport.Net
	// MulticastDNS resolves and offers .local candidates (the -mdns flag).
	MulticastDNS bool
	// Loopback offers loopback addresses to peers.  They are offered
	// anyway if the machine has no other address.
	Loopback bool
	// PublicAddresses are those by which peers reach this machine through a NAT
	// that forwards UDP ports unchanged; host candidates are announced with them,
	// too.  They are of no use together with MulticastDNS.
	PublicAddresses []netip.Addr
	// IPFilter, if not nil, chooses the local addresses offered to peers,
	// of which link-local IPv6 ones never are.
	IPFilter func(net.IP) bool
	// Shards is the number of goroutines that forward packets; 0 chooses
	// it by the number of processors.
	Shards int
	// MemoryLimit bounds the memory of all packets held, in bytes; 0 is no
	// limit.
	MemoryLimit int64
	// MaxTracks is how many tracks one stream may have, simulcast layers
	// counted; 0 is 8.
	MaxTracks int
	// ICEDisconnected, ICEFailed and ICEKeepalive are the times without
	// any packet after which a connection counts as disconnected and, after
	// that, as failed, and the interval between keepalives; 0 leaves pion's
	// defaults of 5 s, 25 s and 2 s.
	ICEDisconnected, ICEFailed, ICEKeepalive time.Duration
	// Logger is told of what happens to connections; nil is the default.
	Logger *slog.Logger
	// LoggerFactory is where pion logs to; nil is Logger, warnings and
	// errors only.
	LoggerFactory logging.LoggerFactory
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Engine makes peer connections.  It owns what they share: the certificate,
// the UDP ports, the shards and the pool of packets.  Its methods may be
// called from any goroutine.
type Engine struct {
	opts     Options
	logger   *slog.Logger
	identity identity
	mux      *udpmux.Mux
	loopback bool
	shards   *shard.Pool
	pool     *packetcache.Pool
	engines  mediaEngines
	clock    clock
	public   *publicAddresses

	mu          sync.Mutex
	connections map[closer]struct{}
	closed      bool
	closing     sync.WaitGroup // peer connections whose goroutines are ending
}

// closer is a connection or a receiver, closed with the engine.
type closer interface{ Close() }

// New opens the ports and starts the shards.  Errors about ports wrap
// udpmux.ErrPort or udpmux.ErrRange.
func New(opts Options) (*Engine, error) {
	e := &Engine{
		opts:        opts,
		logger:      opts.Logger,
		loopback:    opts.Loopback,
		connections: make(map[closer]struct{}),
		clock:       newClock(opts.Now),
	}
	if e.logger == nil {
		e.logger = slog.Default()
	}
	e.opts.IPFilter = offered(opts.IPFilter)
	e.public = newPublicAddresses(opts, e.logger)
	if e.opts.MaxTracks <= 0 {
		e.opts.MaxTracks = defaultMaxTracks
	}
	if e.opts.LoggerFactory == nil {
		e.opts.LoggerFactory = newLoggerFactory(e.logger)
	}
	if !e.loopback && opts.Net == nil && !hasNetwork() {
		e.logger.Info("no network but loopback: offering loopback addresses")
		e.loopback = true
	}
	if opts.Plain {
		opts.SharedPort = false
		opts.Batching = udpmux.BatchNone
	} else {
		var err error
		if e.identity, err = newIdentity(); err != nil {
			return nil, err
		}
	}
	mux, err := udpmux.Open(udpmux.Options{
		Ports:     opts.Ports,
		Shared:    opts.SharedPort,
		Preferred: opts.PreferredPort,
		Batching:  opts.Batching,
		Net:       opts.Net,
		Loopback:  e.loopback,
		IPFilter:  e.opts.IPFilter,
		Logger:    e.logger,
	})
	if err != nil {
		return nil, err
	}
	e.mux = mux
	e.pool = packetcache.NewPool(opts.MemoryLimit)
	e.shards = shard.NewPoolWith(opts.Shards, shard.Options{
		Logger:   e.logger,
		NewBurst: func() shard.Burst { return mux.NewBatch() },
	})
	return e, nil
}

// batchOf returns where the media goes that a shard sends.
func batchOf(s *shard.Shard) *udpmux.Batch {
	b, _ := s.Burst().(*udpmux.Batch)
	return b
}

// Addresses returns the local addresses that all media shares; it is empty if
// each connection has a port of its own.
func (e *Engine) Addresses() []net.Addr { return e.mux.Addresses() }

// SharedPorts returns the ports of Addresses, each once.
func (e *Engine) SharedPorts() []uint16 {
	var ports []uint16
	for _, a := range e.Addresses() {
		if u, ok := a.(*net.UDPAddr); ok && !slices.Contains(ports, uint16(u.Port)) {
			ports = append(ports, uint16(u.Port))
		}
	}
	return ports
}

// Sockets returns what the shared sockets have done so far.
func (e *Engine) Sockets() udpmux.Stats { return e.mux.Stats() }

// Pool returns the pool that all packets come from.
func (e *Engine) Pool() *packetcache.Pool { return e.pool }

// Panics returns how often work of the shards has ended in a panic.
func (e *Engine) Panics() uint64 { return e.shards.Panics() }

// closePeer begins to close a peer connection.  Pion may take seconds for that,
// for instance while it waits for an ICE server, so the engine sees to the end
// of its goroutines, and not whoever closes a stream.
func (e *Engine) closePeer(shut func() error, logger *slog.Logger) {
	e.closing.Go(func() {
		if err := shut(); err != nil {
			logger.Debug("closing peer connection", "err", err)
		}
	})
}

// Close closes all connections that are left, the shards and the ports.  It
// returns when all their goroutines have ended.
func (e *Engine) Close() {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return
	}
	e.closed = true
	left := make([]closer, 0, len(e.connections))
	for c := range e.connections {
		left = append(left, c)
	}
	e.mu.Unlock()

	e.mux.Interrupt()
	for _, c := range left {
		c.Close()
	}
	e.closing.Wait()
	e.shards.Close()
	if err := e.mux.Close(); err != nil {
		e.logger.Warn("closing UDP ports", "err", err)
	}
}

// add registers something to be closed with the engine.
func (e *Engine) add(c closer) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return ErrClosed
	}
	e.connections[c] = struct{}{}
	return nil
}

// remove undoes add.
func (e *Engine) remove(c closer) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.connections, c)
}

// hasNetwork reports whether any interface but the loopback one is usable.
func hasNetwork() bool {
	interfaces, err := net.Interfaces()
	if err != nil {
		return true // not known: behave as usual
	}
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addresses, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addresses {
			if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
				return true
			}
		}
	}
	return false
}
