package udpmux

import (
	"io"
	"net/netip"
	"os"
	"sync"
)

const (
	// smallPacket is the space for a packet that is kept ready.  Media and
	// handshakes fit into it.
	smallPacket = 1472
	// largestPacket is the largest packet that a peer connection reads.
	largestPacket = 8192
	// inboxLimit is the number of packets that wait for a peer connection
	// at most.
	inboxLimit = 1024
)

// packet is a received packet on its way to a peer connection.
type packet struct {
	next  *packet
	from  netip.AddrPort
	data  []byte
	small [smallPacket]byte
}

// packets is where packets come from, and go back to.
type packets struct{ pool sync.Pool }

// get returns a packet with a copy of b.
func (p *packets) get(b []byte, from netip.AddrPort) *packet {
	k, _ := p.pool.Get().(*packet)
	if k == nil {
		k = new(packet)
	}
	k.from = from
	k.data = append(k.small[:0], b...) // allocates if it is large
	return k
}

func (p *packets) put(k *packet) {
	k.next, k.data = nil, nil
	p.pool.Put(k)
}

// chain is a list of packets for one connection.
type chain struct {
	first, last *packet
	n           int
}

func (c *chain) add(k *packet) {
	if c.first == nil {
		c.first = k
	} else {
		c.last.next = k
	}
	c.last = k
	c.n++
}

// inbox holds the packets that a peer connection has not read yet.  Any
// goroutine may use it.
type inbox struct {
	mu      sync.Mutex
	arrived sync.Cond
	queue   chain
	closed  bool
}

func (i *inbox) init() { i.arrived.L = &i.mu }

// push appends packets.  It returns the packets that there is no room for: all
// or none.
func (i *inbox) push(c chain) (refused *packet) {
	i.mu.Lock()
	if i.closed || i.queue.n+c.n > inboxLimit {
		i.mu.Unlock()
		return c.first
	}
	wasEmpty := i.queue.first == nil
	if wasEmpty {
		i.queue = c
	} else {
		i.queue.last.next = c.first
		i.queue.last = c.last
		i.queue.n += c.n
	}
	i.mu.Unlock()
	if wasEmpty {
		i.arrived.Broadcast()
	}
	return nil
}

// pop waits for a packet, until reader has been closed or its deadline has
// passed.
func (i *inbox) pop(reader *handle) (*packet, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for {
		switch {
		case reader.closed.Load() || i.closed:
			return nil, io.ErrClosedPipe
		case reader.expired():
			return nil, os.ErrDeadlineExceeded
		case i.queue.first != nil:
			k := i.queue.first
			i.queue.first = k.next
			i.queue.n--
			return k, nil
		}
		i.arrived.Wait()
	}
}

// rouse makes readers look whether they have been closed or are late.
func (i *inbox) rouse() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.arrived.Broadcast()
}

// close ends reading, and returns what has not been read.
func (i *inbox) close() *packet {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.closed = true
	i.arrived.Broadcast()
	left := i.queue.first
	i.queue = chain{}
	return left
}
