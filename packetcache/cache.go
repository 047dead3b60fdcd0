// Package packetcache is the lock-free history of one up track: the packets
// received lately, found by sequence number in constant time, for
// retransmission, for replay to newcomers, and as the one copy that all
// receivers share.
//
// It is design B of spec media.md 5: packets are reference-counted and come
// from a pool; the cache is a ring of atomic pointers to them, and the ring is
// itself behind an atomic pointer, so that it can be replaced while it is
// being read.
//
// One goroutine, the one that receives the track's packets, writes: it calls
// Store and Reset.  Everything else may be called by anybody at any time.
// Store waits for nobody; Acquire fails only because of progress made by
// somebody else; neither takes a lock nor allocates.
//
// # Why it is correct
//
// Publication: Store writes the packet's fields, then refs, then the slot.  A
// reader's successful compare-and-swap of refs has observed that store, hence
// the fields.
//
// Stale pointers: between reading a slot and taking a reference, a packet may
// be released, filled anew and stored elsewhere.  The reader then observes the
// newer refs, and so the newer owner and Ext, which differ: a generation of a
// cache has an owner number of its own, and holds an Ext at most once.
//
// Recycling: a packet is filled only after the release that took refs to 0,
// which has observed all earlier releases; nobody takes refs up from 0 but the
// writer that has it from the pool.
//
// Each slot of the current ring owns one reference to its packet; whoever swaps
// the pointer out of the slot releases that reference.  When the ring is
// replaced, the references move to the new one.
package packetcache

import (
	"sync"
	"sync/atomic"
)

// MaxCapacity is the largest capacity of a cache, in packets.
const MaxCapacity = 4096

// maxKeyframeBytes limits the payload that is kept only to be able to replay
// from the last keyframe (spec media.md 5.6).
const maxKeyframeBytes = 2 << 20

// Cache holds the most recent packets of a track.
type Cache struct {
	ring   atomic.Pointer[ring]
	closed atomic.Bool
	pool   *Pool
	// request is the capacity that Resize asked for, in the low 16 bits, and
	// above them the number of requests.
	request atomic.Uint64

	// The reader's fields end here; the writer's are on other cache lines.
	_ [64]byte

	write writer
	// spare is a packet that Store has displaced, and that Get hands out
	// next: in a steady state packets go round without the pool.
	spare atomic.Pointer[Packet]

	// mu serializes the replacement of the ring, Resize and Close.
	mu sync.Mutex
}

// writer is the state that only the writing goroutine uses.
type writer struct {
	head     uint64
	started  bool
	request  uint64 // the value of Cache.request that was last honoured
	keyframe keyframeTracker
}

// New returns an empty cache for packets of pool.  Capacity is in packets; it
// is raised to a power of two, and is at most MaxCapacity.
func New(pool *Pool, capacity int) *Cache {
	c := &Cache{pool: pool}
	n := roundCapacity(capacity)
	c.request.Store(uint64(n))
	c.write.request = uint64(n)
	c.ring.Store(newRing(c.newGeneration(), n))
	return c
}

// Store puts p into the cache and sets its references: one for the cache, if
// it keeps the packet, and extra for the caller, who hands them on.  Afterwards
// the packet is read-only, and the caller may use it only if extra > 0.
//
// The cache does not keep a packet that it has already, one that is older than
// what it holds, nor any packet after Close.
//
// Ext must be below 2^64-1 and, since late packets may precede the first one,
// should begin above 2^16.  Store must be called by one goroutine only.
func (c *Cache) Store(p *Packet, extra int) {
	if p.refs.Load() != 0 {
		panic("packetcache: Store of a packet that is in use")
	}
	w := &c.write
	r := c.ring.Load()
	newest := !w.started || p.Ext > w.head
	if request := c.request.Load(); request != w.request {
		r = c.resize(r, request, max(p.Ext, w.head))
	}
	if newest && w.keyframe.wouldLose(p.Ext, r) {
		r = c.grow(r, p.Ext)
	}
	slot := p.Ext & r.mask
	if !newest && !r.accepts(p.Ext, w.head) || c.closed.Load() {
		p.owner = noOwner
		if extra == 0 {
			c.pool.put(p)
		} else {
			p.refs.Store(int32(extra))
		}
		return
	}

	ext := p.Ext
	p.owner = r.owner
	w.keyframe.add(p, w.head, r)
	p.refs.Store(int32(1 + extra))
	r.exts[slot] = ext + 1
	old := r.slots[slot].Swap(p)
	// From here on, p may be gone at any time.
	if newest {
		w.started = true
		w.head = ext
		r.gen.head.Store(ext + 1)
	}
	w.keyframe.publish(r.gen)
	if old != nil && old.refs.Add(-1) == 0 {
		c.keepSpare(old)
	}
	if c.closed.Load() {
		// Close may have emptied the slot before p came into it.
		if q := r.slots[slot].Swap(nil); q != nil {
			q.Release()
		}
		c.dropSpare()
	}
}

// Get is like Pool.Get, but cheaper: it prefers a packet that the last Store
// has displaced.  It must be called by the goroutine that calls Store.
func (c *Cache) Get() *Packet {
	if c.spare.Load() != nil {
		if p := c.spare.Swap(nil); p != nil {
			p.reset()
			return p
		}
	}
	return c.pool.Get()
}

// keepSpare keeps a packet without references for Get.
func (c *Cache) keepSpare(p *Packet) {
	if c.spare.Load() != nil {
		c.pool.put(p)
		return
	}
	c.pool.spoil(p)
	c.spare.Store(p) // nobody else puts one there
}

// dropSpare gives the spare packet, if any, to the pool.
func (c *Cache) dropSpare() {
	if p := c.spare.Swap(nil); p != nil {
		c.pool.put(p)
	}
}

// Acquire returns the packet with the unwrapped sequence number ext, or nil if
// the cache does not hold it.  The caller must Release the packet.
func (c *Cache) Acquire(ext uint64) *Packet {
	r := c.ring.Load()
	for {
		if p := r.acquire(ext); p != nil {
			return p
		}
		// The ring may have been replaced after it was loaded.
		again := c.ring.Load()
		if again == r {
			return nil
		}
		r = again
	}
}

// Head returns the highest unwrapped sequence number stored since the last
// Reset, and false if there is none.
func (c *Cache) Head() (ext uint64, ok bool) {
	head := c.ring.Load().gen.head.Load()
	return head - 1, head != 0
}

// Capacity returns the number of packets that the cache can hold now.  It is
// at least what Resize asked for, once a packet has been stored after Resize,
// and more while the cache has grown to keep the last keyframe.
func (c *Cache) Capacity() int {
	return len(c.ring.Load().slots)
}

// Resize asks for another capacity, in packets; it is raised to a power of two
// and is at most MaxCapacity.  The writer honours it when it next stores a
// packet; of the packets held, as many of the newest as fit stay available all
// the time.  A cache does not shrink below what a replay from the last
// keyframe needs or, while that is new, one from the keyframe before (spec
// media.md 5.6).
func (c *Cache) Resize(capacity int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	requests := c.request.Load() >> 16
	c.request.Store((requests+1)<<16 | uint64(roundCapacity(capacity)))
}

// Reset begins a new generation, after a restart of the stream: the packets
// held are released, and sequence numbers may be used again.  It must be called
// by the goroutine that calls Store.
func (c *Cache) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.ring.Load()
	request := c.request.Load()
	c.write = writer{request: request}
	c.ring.Store(newRing(c.newGeneration(), requestedCapacity(request)))
	old.clear()
}

// Close releases everything that the cache holds; afterwards it stays empty.
// The writer may still be running.
func (c *Cache) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed.Store(true)
	c.ring.Load().clear()
	c.dropSpare()
}

// newGeneration returns a generation with an owner number that no other
// generation of any cache of the pool has.
func (c *Cache) newGeneration() *generation {
	return &generation{owner: c.pool.owners.Add(1)}
}

// roundCapacity returns the power of two that a capacity is raised to.
func roundCapacity(capacity int) int {
	n := 1
	for n < capacity && n < MaxCapacity {
		n *= 2
	}
	return n
}

// requestedCapacity returns the capacity in a value of Cache.request.
func requestedCapacity(request uint64) int {
	return int(request & 0xffff)
}
