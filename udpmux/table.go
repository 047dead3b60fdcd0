package udpmux

import (
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
)

const (
	// tableShards is the number of parts of a table; a change copies one.
	tableShards = 64
	// maxOwned is how many remote addresses one connection may own.  A
	// peer that keeps coming from new addresses loses the oldest.
	maxOwned = 64
)

// table maps remote addresses to connections.  Looking up takes no lock; a
// change replaces a part of the table.
type table struct {
	mu     sync.Mutex // held while changing
	shards [tableShards]atomic.Pointer[map[netip.AddrPort]*muxedConn]
}

func shardOf(addr netip.AddrPort) int {
	ip := addr.Addr().As16()
	h := uint(addr.Port()) ^ uint(addr.Port())>>6 ^ uint(ip[15]) ^ uint(ip[14])<<3 ^ uint(ip[7])
	return int(h % tableShards)
}

// find returns the connection that owns an address, or nil.
func (t *table) find(addr netip.AddrPort) *muxedConn {
	m := t.shards[shardOf(addr)].Load()
	if m == nil {
		return nil
	}
	return (*m)[addr]
}

// claim makes c the owner of an address, if the address has none, or if take is
// set.  A connection that has been dropped owns nothing.
func (t *table) claim(addr netip.AddrPort, c *muxedConn, take bool) {
	owner := t.find(addr)
	if owner == c || owner != nil && !take {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.dropped {
		return
	}
	owner = t.find(addr)
	if owner == c || owner != nil && !take {
		return
	}
	if owner != nil {
		owner.owned = slices.DeleteFunc(owner.owned, func(a netip.AddrPort) bool { return a == addr })
	}
	if len(c.owned) >= maxOwned {
		t.set(c.owned[0], nil)
		c.owned = append(c.owned[:0], c.owned[1:]...)
	}
	c.owned = append(c.owned, addr)
	t.set(addr, c)
}

// drop takes all addresses from c, for good.
func (t *table) drop(c *muxedConn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c.dropped = true
	for _, addr := range c.owned {
		t.set(addr, nil)
	}
	c.owned = nil
}

// set replaces the shard of an address by one with the change.  It is called
// with mu held.
func (t *table) set(addr netip.AddrPort, c *muxedConn) {
	shard := &t.shards[shardOf(addr)]
	var next map[netip.AddrPort]*muxedConn
	if old := shard.Load(); old != nil {
		next = maps.Clone(*old)
	}
	if next == nil {
		next = make(map[netip.AddrPort]*muxedConn)
	}
	if c == nil {
		delete(next, addr)
	} else {
		next[addr] = c
	}
	shard.Store(&next)
}

// len returns the number of addresses.
func (t *table) len() int {
	n := 0
	for i := range t.shards {
		if m := t.shards[i].Load(); m != nil {
			n += len(*m)
		}
	}
	return n
}
