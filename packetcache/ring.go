package packetcache

import "sync/atomic"

// noOwner is the owner of packets that no cache holds.
const noOwner = 0

// generation is what a cache knows of the packets between two resets.  It
// survives the replacement of the ring by a larger or smaller one.
type generation struct {
	owner uint32
	// Each of these is a sequence number plus one, so that 0 is none.
	head          atomic.Uint64
	keyframeFirst atomic.Uint64
	keyframeLast  atomic.Uint64
}

// ring is an array of packets; the packet Ext is in slot Ext & mask.
type ring struct {
	gen   *generation
	owner uint32 // that of gen, away from what the writer changes
	mask  uint64
	slots []atomic.Pointer[Packet]
	// exts holds Ext+1 of the packet that was last stored in each slot, or
	// 0.  It belongs to the writer, who thus need not touch the packets.
	exts []uint64
}

func newRing(gen *generation, capacity int) *ring {
	return &ring{
		gen:   gen,
		owner: gen.owner,
		mask:  uint64(capacity - 1),
		slots: make([]atomic.Pointer[Packet], capacity),
		exts:  make([]uint64, capacity),
	}
}

// acquire returns the packet ext with a reference for the caller, or nil.
func (r *ring) acquire(ext uint64) *Packet {
	p := r.slots[ext&r.mask].Load()
	if p == nil || !p.acquire() {
		return nil
	}
	if p.owner != r.owner || p.Ext != ext {
		p.Release()
		return nil
	}
	return p
}

// has says whether the writer has stored ext here and not yet overwritten it.
func (r *ring) has(ext uint64) bool {
	return r.exts[ext&r.mask] == ext+1
}

// accepts says whether a packet that is not newer than head may be stored: it
// is not older than the ring, nor is it here already.
func (r *ring) accepts(ext, head uint64) bool {
	return head-ext <= r.mask && r.exts[ext&r.mask] < ext+1
}

// clear releases all packets.
func (r *ring) clear() {
	for i := range r.slots {
		if p := r.slots[i].Swap(nil); p != nil {
			p.Release()
		}
	}
}
