package main

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// maxPublishers is how many publishers a run may have.
const maxPublishers = 4096

// target is the server that is loaded.
type target struct {
	name     string
	url      string // of the WebSocket
	group    string
	password string
	admin    string   // password of the administrator benchAdmin; empty is none
	process  *process // nil if nothing is known of it
}

// run is one scenario on its way.  Its methods may be called by any goroutine.
type run struct {
	target   *target
	identity *identity
	mediaIP  netip.Addr
	timeout  time.Duration
	failure  chan error // holds the first error
	progress *progress

	mu         sync.Mutex
	publishers []*publisher
	viewers    map[*viewer]struct{}
	clients    []*client

	// Packets from these indices on are counted.
	from       [maxPublishers][2]atomic.Uint64
	received   atomic.Uint64
	disordered atomic.Uint64
	failures   atomic.Uint64 // packets that could not be sent
	delays     atomic.Pointer[histogram]
}

func newRun(t *target, id *identity, p *progress, timeout time.Duration) (*run, error) {
	ip, err := mediaAddress()
	if err != nil {
		return nil, err
	}
	r := &run{
		target: t, identity: id, mediaIP: ip, timeout: timeout, progress: p,
		failure: make(chan error, 1),
		viewers: make(map[*viewer]struct{}),
	}
	r.delays.Store(new(histogram))
	r.ignore()
	return r, nil
}

// mediaAddress returns the address on which media is received: one that is not
// the loopback one if there is any, since servers look for such.
func mediaAddress() (netip.Addr, error) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return netip.Addr{}, err
	}
	for _, a := range list {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && n.IP.IsGlobalUnicast() {
			ip, _ := netip.AddrFromSlice(n.IP.To4())
			return ip, nil
		}
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1}), nil
}

// fail ends the run with an error.
func (r *run) fail(err error) {
	select {
	case r.failure <- err:
	default:
	}
}

// wait waits for something, for a failure, or for the deadline.
func (r *run) wait(what string, c <-chan struct{}) error {
	timer := time.NewTimer(r.timeout)
	defer timer.Stop()
	select {
	case <-c:
		return nil
	case err := <-r.failure:
		r.fail(err)
		return fmt.Errorf("%s: %w", what, err)
	case <-timer.C:
		return fmt.Errorf("%s: waited in vain for %v", what, r.timeout)
	}
}

// pause lets time pass, or returns the error that has ended the run.
func (r *run) pause(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case err := <-r.failure:
		r.fail(err)
		return err
	}
}

func (r *run) addPublisher(p *publisher) uint32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.publishers = append(r.publishers, p)
	if len(r.publishers) > maxPublishers {
		r.fail(errors.New("too many publishers"))
		return 0
	}
	return uint32(len(r.publishers) - 1)
}

func (r *run) addViewer(v *viewer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.viewers[v] = struct{}{}
}

func (r *run) removeViewer(v *viewer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.viewers, v)
}

// allViewers returns the viewers of now.
func (r *run) allViewers() []*viewer {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]*viewer, 0, len(r.viewers))
	for v := range r.viewers {
		list = append(list, v)
	}
	return list
}

// count counts a packet, if it was sent since measuring began.
func (r *run) count(s *stamp, now int64) {
	if s.publisher >= maxPublishers || s.index < r.from[s.publisher][s.track].Load() {
		return
	}
	r.received.Add(1)
	r.delays.Load().add(time.Duration(now - s.sent))
}

// ignore ends counting.
func (r *run) ignore() {
	for i := range r.from {
		for k := range r.from[i] {
			r.from[i][k].Store(math.MaxUint64)
		}
	}
}

// begin begins to count, anew, and returns how many packets have been sent.
func (r *run) begin() (start [][2]uint64) {
	r.ignore()
	r.received.Store(0)
	r.disordered.Store(0)
	r.delays.Store(new(histogram))
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, p := range r.publishers {
		var s [2]uint64
		for k := range s {
			s[k] = p.tracks[k].next.Load()
			r.from[i][k].Store(s[k])
		}
		start = append(start, s)
	}
	return start
}

// sent returns how many packets have been sent since begin.
func (r *run) sent(start [][2]uint64) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := uint64(0)
	for i, s := range start {
		for k := range s {
			n += r.publishers[i].tracks[k].next.Load() - s[k]
		}
	}
	return n
}

// drain waits until no more packets come.
func (r *run) drain() error {
	last := r.received.Load()
	for range 50 {
		if err := r.pause(100 * time.Millisecond); err != nil {
			return err
		}
		now := r.received.Load()
		if now == last {
			return nil
		}
		last = now
	}
	return errors.New("packets come although nothing is sent")
}

// end ends all clients.
func (r *run) end() {
	r.mu.Lock()
	clients := r.clients
	r.clients = nil
	r.mu.Unlock()
	for _, c := range clients {
		c.leave()
	}
}

// closing makes clients expect the end of their connections.
func (r *run) closing() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.clients {
		c.mu.Lock()
		c.closing = true
		c.mu.Unlock()
	}
}

// joinAll makes n clients join, one after the other.
func (r *run) joinAll(prefix string, n int) ([]*client, error) {
	var list []*client
	for i := range n {
		c, err := join(r, fmt.Sprintf("%s%d", prefix, i))
		if err != nil {
			return nil, err
		}
		r.keep(c)
		list = append(list, c)
	}
	return list, nil
}

// keep makes a client be ended with the run.
func (r *run) keep(c *client) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clients = append(r.clients, c)
}
