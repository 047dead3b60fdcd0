package packetcache

// resize honours a request for another capacity, before a packet is stored that
// makes head the highest sequence number.  It returns the new ring.  Only the
// writer calls it.
func (c *Cache) resize(r *ring, request, head uint64) *ring {
	w := &c.write
	w.request = request
	capacity := requestedCapacity(request)
	if w.keyframe.worthKeeping(head, r) {
		first := w.keyframe.replayed(head, capacity)
		for capacity < len(r.slots) && head-first >= uint64(capacity) {
			capacity *= 2
		}
	}
	if capacity == len(r.slots) {
		return r
	}
	return c.replace(r, capacity)
}

// grow returns a ring that can hold ext without losing the last keyframe.
func (c *Cache) grow(r *ring, ext uint64) *ring {
	capacity := len(r.slots)
	for uint64(capacity) <= ext-c.write.keyframe.first {
		capacity *= 2
	}
	return c.replace(r, capacity)
}

// replace publishes a ring of another capacity that holds the newest packets
// of r, and returns it (spec media.md 5.7).  The slots' references move to the
// new ring, without touching the packets.
//
// The old ring keeps its pointers: a reader that still uses it finds the packet
// it looks for or notices, by owner and Ext, that it is gone.
func (c *Cache) replace(r *ring, capacity int) *ring {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := newRing(r.gen, capacity)
	if c.closed.Load() {
		// Close has released the packets: there is nothing to carry over.
		c.ring.Store(next)
		return next
	}
	head := c.write.head
	n := uint64(min(capacity, len(r.slots)))
	for i, stored := range r.exts {
		if stored == 0 || head+1-stored >= n {
			continue
		}
		ext := stored - 1
		next.slots[ext&next.mask].Store(r.slots[i].Load())
		next.exts[ext&next.mask] = stored
	}
	c.ring.Store(next)
	for i, stored := range r.exts {
		if stored != 0 && head+1-stored >= n {
			r.slots[i].Load().Release()
		}
	}
	return next
}
