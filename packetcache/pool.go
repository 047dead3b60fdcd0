package packetcache

import (
	"sync"
	"sync/atomic"
	"unsafe"
)

// PacketSize is the memory that a Packet is accounted for, in bytes: the size
// class that it is allocated from.
const PacketSize = 1536

// A Packet and the runtime's 8-byte header must fit into PacketSize: this
// does not compile otherwise.
const _ = uint(PacketSize - 8 - unsafe.Sizeof(Packet{}))

// reserve is the part of a pool's limit from which on it is tight, from the end.
const reserve = 8

// Pool recycles packets.  All methods may be called from any goroutine.
type Pool struct {
	free        sync.Pool
	limit       int64 // in packets; 0 is none
	outstanding atomic.Int64
	owners      atomic.Uint32 // the last cache generation given out
	poison      bool
	plain       home // of packets without a descriptor; never changed
}

// NewPool returns a pool that hands out packets of at most limit bytes in
// total, of PacketSize each; 0 is no limit.
func NewPool(limit int64) *Pool {
	pool := &Pool{}
	pool.plain.pool = pool
	if limit > 0 {
		pool.limit = max(1, limit/PacketSize)
	}
	return pool
}

// Poison makes the pool overwrite packets when their last reference is
// released, so that tests notice whoever still reads them.  It must be called
// before the first Get.
func (pool *Pool) Poison() {
	pool.poison = true
}

// Get returns an empty packet without references, or nil if the pool's limit
// is reached: the caller then drops what it has received.  The packet must be
// given to Cache.Store or to Packet.Discard.
func (pool *Pool) Get() *Packet {
	n := pool.outstanding.Add(1)
	if pool.limit != 0 && n > pool.limit {
		pool.outstanding.Add(-1)
		return nil
	}
	p, _ := pool.free.Get().(*Packet)
	if p == nil {
		return &Packet{home: &pool.plain}
	}
	p.reset()
	return p
}

// Tight reports whether the pool is near its limit, so that what matters less should
// be dropped, lest there be nothing left for what matters more.
func (pool *Pool) Tight() bool {
	return pool.limit != 0 && pool.outstanding.Load() >= pool.limit-pool.limit/reserve
}

// Outstanding returns the number of packets that were handed out and have not
// come back.
func (pool *Pool) Outstanding() int64 {
	return pool.outstanding.Load()
}

// put takes back a packet whose reference count is 0.
func (pool *Pool) put(p *Packet) {
	pool.spoil(p)
	pool.outstanding.Add(-1)
	pool.free.Put(p)
}

// spoil overwrites a packet without references, if Poison was called.
func (pool *Pool) spoil(p *Packet) {
	if !pool.poison {
		return
	}
	p.owner = ^uint32(0)
	p.Ext = ^uint64(0)
	p.Timestamp = 0xdbdbdbdb
	for i := range p.buf {
		p.buf[i] = 0xdb
	}
}
