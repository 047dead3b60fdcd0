package packetcache

import (
	"errors"
	"fmt"
	"sync/atomic"

	"galene/codecs"
	"galene/codecs/dependency"
)

// MaxPayload is the largest payload that a Packet holds, in bytes.  With a
// 12-byte RTP header it makes the 1480 bytes of.
const MaxPayload = 1468

// ErrTooLarge is returned for a payload longer than MaxPayload.
var ErrTooLarge = errors.New("packet payload is too large")

// Packet is one media packet, shared by reference counting between the cache
// and everybody who forwards it.
//
// Whoever got it from the pool fills it, then gives it to Cache.Store (or to
// Discard); from then on it is read-only for everybody, and may be read by
// whoever holds a reference.
type Packet struct {
	// The fields before buf fit, together with the 8 bytes that the
	// runtime puts before an object with pointers, into one cache line.

	// refs counts the references.  It is 0 while the packet is in the pool
	// or being filled, and nobody but Store raises it from there.
	refs atomic.Int32
	// owner identifies the generation of the cache that the packet belongs
	// to: together with Ext it identifies the packet.
	owner uint32

	// Ext is the unwrapped sequence number.
	Ext uint64
	// Arrival is the arrival time, in nanoseconds of a monotonic clock.
	Arrival int64

	// home is the pool that the packet came from, with what few packets have.
	home *home

	// Timestamp is the RTP timestamp, in units of the codec's clock.
	Timestamp uint32
	length    uint16
	// Marker is the marker bit of the RTP header.
	Marker bool
	// PayloadType is the RTP payload type.
	PayloadType uint8
	// Info is what the payload says about itself.
	Info codecs.Info

	buf [MaxPayload]byte
}

// home is what a packet knows besides itself.  Packets without a dependency
// descriptor share that of their pool, so that they are no larger for it; a
// packet that once had one keeps a home of its own.
type home struct {
	pool       *Pool
	present    bool // the packet has descriptor
	descriptor dependency.Descriptor
}

// NewDescriptor returns a descriptor to be filled, which the packet then has.  It
// may be called only before Store.
func (p *Packet) NewDescriptor() *dependency.Descriptor {
	if p.home == &p.home.pool.plain {
		p.home = &home{pool: p.home.pool}
	}
	p.home.present = true
	return &p.home.descriptor
}

// DropDescriptor undoes NewDescriptor.
func (p *Packet) DropDescriptor() {
	if p.home.present {
		p.home.present = false
	}
}

// Descriptor returns the dependency descriptor that came with the packet, or
// nil.  It may be read while a reference is held.
func (p *Packet) Descriptor() *dependency.Descriptor {
	if !p.home.present {
		return nil
	}
	return &p.home.descriptor
}

// SetPayload copies b into the packet.  It returns an error that wraps
// ErrTooLarge, and changes nothing, if b is longer than MaxPayload.
func (p *Packet) SetPayload(b []byte) error {
	if len(b) > MaxPayload {
		return fmt.Errorf("%w: %d bytes", ErrTooLarge, len(b))
	}
	p.length = uint16(copy(p.buf[:], b))
	return nil
}

// Payload returns the payload, without header, extensions and padding.  It may
// be read while a reference is held, and never written after Store.
func (p *Packet) Payload() []byte {
	return p.buf[:p.length:p.length]
}

// Retain adds a reference.  The caller must hold one already.
func (p *Packet) Retain() {
	if p.refs.Add(1) <= 1 {
		panic("packetcache: Retain of a packet without references")
	}
}

// Release gives a reference back; the last one returns the packet to its pool.
func (p *Packet) Release() {
	n := p.refs.Add(-1)
	if n > 0 {
		return
	}
	if n < 0 {
		panic("packetcache: Release of a packet without references")
	}
	p.home.pool.put(p)
}

// Discard returns a packet that was never stored to its pool.
func (p *Packet) Discard() {
	if p.refs.Load() != 0 {
		panic("packetcache: Discard of a packet that is in use")
	}
	p.home.pool.put(p)
}

// reset makes a recycled packet empty.
func (p *Packet) reset() {
	p.length = 0
	p.Info = codecs.Info{}
	p.DropDescriptor()
}

// acquire adds a reference unless there is none: a packet in the pool must not
// be revived.
func (p *Packet) acquire() bool {
	for {
		n := p.refs.Load()
		if n <= 0 {
			return false
		}
		if p.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}
