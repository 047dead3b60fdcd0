package packetcache

import "galene/codecs"

// keyframeTracker follows the last keyframe.  It belongs to the writer.
type keyframeTracker struct {
	valid     bool
	dirty     bool // to be published
	complete  bool // all its packets have been stored
	hasLast   bool // last is known
	timestamp uint32
	before    uint64 // the first packet of the keyframe before, or 0
	first     uint64
	last      uint64 // the packet with the marker
	count     uint64 // packets of the keyframe that have been stored
	bytes     int    // payload stored since first, first included
}

// add takes note of a packet that is about to be stored in r.  Head is the
// highest sequence number before it.
func (k *keyframeTracker) add(p *Packet, head uint64, r *ring) {
	first, begins := p.Ext, false
	switch p.Info.Keyframe {
	case codecs.KeyframeYes:
		begins = !k.valid || p.Ext > k.first
	case codecs.KeyframeBegun:
		first = firstOf(p, r)
		begins = !k.valid || first > k.first
	}
	if begins {
		*k = keyframeTracker{
			valid: true, dirty: true,
			before: k.first, first: first, timestamp: p.Timestamp,
		}
		// Parts of the keyframe may have come before.
		for ext := first; ext <= max(head, p.Ext); ext++ {
			if ext == p.Ext {
				k.part(p)
			} else if q := r.acquire(ext); q != nil {
				k.part(q)
				q.Release()
			}
		}
	} else if k.valid && p.Ext > k.first {
		k.part(p)
	}
	if k.hasLast && !k.complete && k.count == k.last-k.first+1 {
		k.complete = true
		k.dirty = true
	}
}

// firstOf returns the first of the packets before p, without a gap, that have its
// timestamp.
func firstOf(p *Packet, r *ring) uint64 {
	for first := p.Ext; ; first-- {
		q := r.acquire(first - 1)
		if q == nil {
			return first
		}
		same := q.Timestamp == p.Timestamp
		q.Release()
		if !same {
			return first
		}
	}
}

// part takes note of a packet at or after the keyframe's first.
func (k *keyframeTracker) part(p *Packet) {
	k.bytes += int(p.length)
	if k.complete || p.Timestamp != k.timestamp {
		return
	}
	k.count++
	if p.Marker {
		k.last = p.Ext
		k.hasLast = true
	}
}

// publish tells the readers what add has changed.
func (k *keyframeTracker) publish(gen *generation) {
	if !k.dirty {
		return
	}
	k.dirty = false
	if gen.keyframeFirst.Load() != k.first+1 {
		gen.keyframeLast.Store(0)
		gen.keyframeFirst.Store(k.first + 1)
	}
	if k.complete {
		gen.keyframeLast.Store(k.last + 1)
	}
}

// worthKeeping says whether the keyframe, if it is still in r, may make the
// cache larger than it would otherwise be.
func (k *keyframeTracker) worthKeeping(head uint64, r *ring) bool {
	return k.valid && r.has(k.first) && k.bytes <= maxKeyframeBytes &&
		head-k.first < MaxCapacity
}

// replayed returns where the replays that may be going on began: at the keyframe before
// while the last one is new, since they go on from that between two frames.
func (k *keyframeTracker) replayed(head uint64, capacity int) uint64 {
	if k.before != 0 && head-k.first < uint64(capacity)/2 {
		return k.before
	}
	return k.first
}

// wouldLose says whether storing ext in r would overwrite the first packet of a
// keyframe that is worth keeping.
func (k *keyframeTracker) wouldLose(ext uint64, r *ring) bool {
	return k.valid && ext-k.first > r.mask && k.worthKeeping(ext, r)
}

// Keyframe returns the sequence number of the first packet of the last
// keyframe, and false if there has been none or the cache does not hold it any
// more.  A replay is possible if everything from there to Head can be acquired.
func (c *Cache) Keyframe() (first uint64, ok bool) {
	r := c.ring.Load()
	first = r.gen.keyframeFirst.Load() - 1
	head := r.gen.head.Load() - 1
	if first+1 == 0 || head+1 == 0 || head > first && head-first > r.mask {
		return 0, false
	}
	return first, true
}

// CompleteKeyframe is like Keyframe, but returns false unless all packets of
// the keyframe have been stored.  Last is the packet with the marker.
func (c *Cache) CompleteKeyframe() (first, last uint64, ok bool) {
	first, ok = c.Keyframe()
	if !ok {
		return 0, 0, false
	}
	gen := c.ring.Load().gen
	last = gen.keyframeLast.Load() - 1
	// The writer clears keyframeLast before it changes keyframeFirst: if
	// that is still the same, the two belong together.
	if last+1 == 0 || gen.keyframeFirst.Load() != first+1 {
		return 0, 0, false
	}
	return first, last, true
}
