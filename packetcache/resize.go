package packetcache

// resize honours a request for another capacity, before a packet is stored that
// makes head the highest sequence number.  It returns the new ring.  Only the
// writer calls it.
func (c *Cache) resize(r *ring, request, head uint64) *ring {
	w := &c.write
	w.request = request
	capacity := requestedCapacity(request)
	if w.keyframe.worthKeeping(head, r) {
		for capacity < len(r.slots) && head-w.keyframe.first >= uint64(capacity) {
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
// of r, and returns it (spec media.md 5.7).  The packets' references move to
// the new ring; readers of the old one see the packets, or nothing and then
// look into the new one.
func (c *Cache) replace(r *ring, capacity int) *ring {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := newRing(r.gen, capacity)
	if c.closed.Load() {
		// Close has released the packets: do not carry them over.
		c.ring.Store(next)
		return next
	}
	w := &c.write
	n := uint64(min(capacity, len(r.slots)))
	for i := range n {
		ext := w.head - i
		if !w.started || !r.has(ext) {
			continue
		}
		next.slots[ext&next.mask].Store(r.slots[ext&r.mask].Load())
		next.exts[ext&next.mask] = ext + 1
	}
	c.ring.Store(next)
	for i := range r.slots {
		p := r.slots[i].Swap(nil)
		if p != nil && !next.has(p.Ext) {
			p.Release()
		}
	}
	return next
}
