package udpmux

import (
	"net/netip"
	"sync"
	"time"
)

const (
	// batchPackets and batchBytes are how much a batch holds.
	batchPackets = 256
	batchBytes   = 320 << 10
	// retryInterval is the time between two attempts to send when the
	// network takes no more, and lateness how long a packet may wait for
	// that; sound and reports, known by their size, may wait longer.
	retryInterval = time.Millisecond
	lateness      = 50 * time.Millisecond
	smallLateness = 200 * time.Millisecond
	smallMedia    = 400
)

// Batch collects the media packets of many connections and sends them together.
// It belongs to whoever calls Begin and End, usually a shard: between the two,
// media written to the connections that use the batch waits for End, or until
// there is much of it.  Outside, and when the system cannot send many packets
// at once, it is sent without delay.
//
// Begin and End must be called by one goroutine at a time; connections may be
// written to by any.
type Batch struct {
	mux   *Mux
	index int

	mu      sync.Mutex
	open    bool
	arena   []byte // the packets' contents
	used    int
	queued  []queued
	groups  []group
	stalled bool   // something could not be sent
	spare   []byte // an arena for what is kept then
	scratch scratch
}

// queued is one packet in a batch.
type queued struct {
	offset, size int32
	next         int32 // the next one to the same destination, or -1
	since        int64 // when it could not be sent, in ns, or 0
}

// group is the destinations of one socket that have packets in a batch.
type group struct {
	socket      batchSocket
	first, last *destination
}

// batchSocket is a socket that sends packets of a batch.
type batchSocket interface {
	socket
	// send sends the packets of a list of destinations, and takes off what
	// need not be kept.  It returns false if the network takes no more for
	// now.  It is called with the batch locked.
	send(b *Batch, first *destination) bool
}

// destination is a remote address that media is sent to.  A batch keeps it
// while it has packets for it.
type destination struct {
	addr   netip.AddrPort
	socket batchSocket // nil if it cannot send batches
	name   sockaddr

	// Guarded by Batch.mu.
	single      bool         // no segmentation: the path does not like it
	next        *destination // in the group
	first, last int32        // packets in the batch; first is -1 if none
}

func newDestination(e *endpoint, b *Batch, to netip.AddrPort) *destination {
	d := &destination{addr: to, first: -1}
	if s, ok := e.sockets[b.index%len(e.sockets)].(batchSocket); ok {
		d.socket = s
		d.name.set(to, e.local.Zone)
	}
	return d
}

// NewBatch returns a batch.  It need not be closed.
func (m *Mux) NewBatch() *Batch {
	return &Batch{mux: m, index: int(m.batches.Add(1) - 1)}
}

// Begin makes media wait for End.
func (b *Batch) Begin() {
	b.mu.Lock()
	b.open = true
	b.mu.Unlock()
}

// End sends what waits.  If the network does not take everything, it returns
// the time after which Begin and End should be called again, else 0.
func (b *Batch) End() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open = false
	b.flush()
	if b.stalled {
		return retryInterval
	}
	return 0
}

// add takes a packet for a destination.  It returns false if the packet must be
// sent at once.
func (b *Batch) add(d *destination, p []byte) bool {
	if d.socket == nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open {
		return false
	}
	if !b.room(len(p)) {
		b.flush()
		if !b.room(len(p)) {
			b.mux.count.late.Add(1)
			return true
		}
	}
	b.append(d, p, 0)
	return true
}

// room says whether there is room for a packet of a size.
func (b *Batch) room(size int) bool {
	return len(b.queued) < batchPackets && b.used+size <= batchBytes
}

// append puts a packet behind the others for its destination.
func (b *Batch) append(d *destination, p []byte, since int64) {
	if b.arena == nil {
		b.arena = make([]byte, batchBytes)
		b.queued = make([]queued, 0, batchPackets)
	}
	n := int32(len(b.queued))
	b.queued = append(b.queued, queued{
		offset: int32(b.used), size: int32(len(p)), next: -1, since: since,
	})
	b.used += copy(b.arena[b.used:], p)
	if d.first >= 0 {
		b.queued[d.last].next = n
	} else {
		d.first = n
		b.enlist(d)
	}
	d.last = n
}

// enlist puts a destination into the group of its socket.
func (b *Batch) enlist(d *destination) {
	for i := range b.groups {
		if g := &b.groups[i]; g.socket == d.socket {
			g.last.next = d
			g.last = d
			return
		}
	}
	b.groups = append(b.groups, group{socket: d.socket, first: d, last: d})
}

// flush sends everything, group by group and destination by destination, and
// keeps what cannot be sent yet.
func (b *Batch) flush() {
	if len(b.queued) == 0 {
		return
	}
	if b.stalled {
		b.dropLate(b.mux.now())
	}
	done := true
	for i := range b.groups {
		if !b.groups[i].socket.send(b, b.groups[i].first) {
			done = false
		}
	}
	if !done {
		b.keep(b.mux.now())
		return
	}
	for i := range b.groups {
		for d := b.groups[i].first; d != nil; {
			d, d.next = d.next, nil
		}
	}
	b.reset()
}

// reset empties the batch.
func (b *Batch) reset() {
	clear(b.groups)
	b.groups = b.groups[:0]
	b.queued = b.queued[:0]
	b.used = 0
	b.stalled = false
}

// dropLate forgets packets that have waited too long for the network.
func (b *Batch) dropLate(now int64) {
	for _, g := range b.groups {
		for d := g.first; d != nil; d = d.next {
			last := int32(-1)
			for i := d.first; i >= 0; i = b.queued[i].next {
				if b.tooLate(&b.queued[i], now) {
					b.mux.count.late.Add(1)
					if last < 0 {
						d.first = b.queued[i].next
					} else {
						b.queued[last].next = b.queued[i].next
					}
					continue
				}
				last = i
			}
			d.last = last
		}
	}
}

func (b *Batch) tooLate(q *queued, now int64) bool {
	limit := lateness
	if q.size <= smallMedia {
		limit = smallLateness
	}
	return q.since != 0 && now-q.since > int64(limit)
}

// keep moves what was not sent to the front of a fresh arena.
func (b *Batch) keep(now int64) {
	if b.spare == nil {
		b.spare = make([]byte, batchBytes)
	}
	arena, packets, groups := b.arena, b.queued, b.groups
	b.arena, b.spare = b.spare, arena
	b.queued = make([]queued, 0, batchPackets)
	b.groups = nil
	b.used = 0
	b.stalled = false
	for _, g := range groups {
		for d := g.first; d != nil; {
			next, i := d.next, d.first
			d.next, d.first, d.last = nil, -1, -1
			for ; i >= 0; i = packets[i].next {
				q := packets[i]
				if q.since == 0 {
					q.since = now
				}
				b.append(d, arena[q.offset:q.offset+q.size], q.since)
				b.stalled = true
			}
			d = next
		}
	}
}
