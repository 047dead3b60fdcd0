package shard

import (
	"sync/atomic"

	"galene/packetcache"
)

// Queue brings packets from the one goroutine that receives a track to one
// shard.  It is a bounded ring with one producer, who calls Push, and one
// consumer, the shard.
//
// When the ring is full, the shard does not keep up.  The packets that come
// then are dropped until a quarter of the ring is free again, and from there
// on until the first packet of a frame, so that frames are dropped whole from
// where the gap begins (every audio packet is a frame).  What was queued before
// is delivered, then gap is called, once, then what follows.
type Queue struct {
	shard   *Shard
	deliver func(batch []*packetcache.Packet)
	gap     func()
	// slots holds packets, and nil where packets were dropped.
	slots []*packetcache.Packet
	mask  uint64

	closed  atomic.Bool
	dropped atomic.Uint64

	_ [64]byte // the producer's fields are on other cache lines

	tail      atomic.Uint64 // the next slot to fill
	knownHead uint64        // a former value of head
	dropping  bool

	_ [64]byte // and so are the consumer's

	head      atomic.Uint64 // the next slot to empty
	scheduled atomic.Bool   // in the ready list, or about to be
	nextReady *Queue        // the next in the ready list
}

// NewQueue returns a queue of the given capacity, which is raised to a power of
// two that is at least 4.  Deliver gets the packets, in the order in which they
// were pushed; the slice and the references stay the queue's, a packet that is
// kept must be retained.  Gap, which may be nil, is called when packets were
// dropped, before the first packet after them is delivered.
func (s *Shard) NewQueue(capacity int, deliver func(batch []*packetcache.Packet), gap func()) *Queue {
	n := 4
	for n < capacity {
		n *= 2
	}
	q := &Queue{
		shard:   s,
		deliver: deliver,
		gap:     gap,
		slots:   make([]*packetcache.Packet, n),
		mask:    uint64(n - 1),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		q.closed.Store(true)
	} else {
		s.queues[q] = struct{}{}
	}
	return q
}

// Push hands p to the shard together with one reference, which the queue
// releases after delivery.  If there is no room, or the queue or its shard is
// closed, it releases the reference at once and returns false.  Only one
// goroutine may call Push.
func (q *Queue) Push(p *packetcache.Packet) bool {
	if q.closed.Load() || q.shard.dead.Load() {
		p.Release()
		return false
	}
	tail := q.tail.Load()
	if !q.admits(p, tail) {
		q.dropping = true
		q.dropped.Add(1)
		p.Release()
		return false
	}
	if q.dropping {
		q.dropping = false
		q.slots[tail&q.mask] = nil
		tail++
	}
	q.slots[tail&q.mask] = p
	q.tail.Store(tail + 1)
	q.schedule()
	if q.shard.dead.Load() {
		// The shard may have emptied the queue before p came into it;
		// once it has ended, the queue is the producer's.
		<-q.shard.done
		q.releaseAll()
		return false
	}
	return true
}

// admits says whether there is room for p, and for the mark of a gap if there
// is one.
func (q *Queue) admits(p *packetcache.Packet, tail uint64) bool {
	need := uint64(1)
	if q.dropping {
		if !p.Info.Start && p.Info.Known {
			return false
		}
		need = uint64(len(q.slots)) / 4
		need = max(need, 2)
	}
	size := uint64(len(q.slots))
	if size-(tail-q.knownHead) >= need {
		return true
	}
	q.knownHead = q.head.Load()
	return size-(tail-q.knownHead) >= need
}

// Dropped returns the number of packets dropped because the queue was full.
func (q *Queue) Dropped() uint64 {
	return q.dropped.Load()
}

// Close ends the queue: packets in it are released.  It may be called from any
// goroutine and does not block; if it is called on the shard's goroutine, no
// call of deliver or gap follows, else none follows once a function posted to
// the shard afterwards has run.
func (q *Queue) Close() {
	if !q.closed.Swap(true) {
		q.schedule()
	}
}

// schedule puts the queue into the shard's ready list and wakes the shard.
func (q *Queue) schedule() {
	if !q.scheduled.Load() && q.scheduled.CompareAndSwap(false, true) {
		q.shard.ready.add(q)
		q.shard.rouse()
	}
}

// drain delivers packets, at most a batch.  It runs on the shard's goroutine,
// after the queue was taken from the ready list.
func (q *Queue) drain() {
	// Whatever is pushed from now on schedules the queue again.
	q.scheduled.Store(false)
	if q.closed.Load() {
		q.releaseAll()
		q.shard.forget(q)
		return
	}
	head := q.head.Load()
	tail := q.tail.Load()
	batch := q.shard.batch[:0]
	for head != tail && len(batch) < batchSize {
		p := q.slots[head&q.mask]
		if p == nil {
			if len(batch) > 0 {
				break
			}
			head++
			q.callGap()
			continue
		}
		q.slots[head&q.mask] = nil
		head++
		batch = append(batch, p)
	}
	q.head.Store(head)
	if len(batch) > 0 {
		q.callDeliver(batch)
	}
	if head != tail {
		q.schedule()
	}
}

// callDeliver delivers a batch and releases it.
func (q *Queue) callDeliver(batch []*packetcache.Packet) {
	defer q.shard.recovered()
	defer release(batch)
	if !q.closed.Load() {
		q.deliver(batch)
	}
}

func (q *Queue) callGap() {
	defer q.shard.recovered()
	if q.gap != nil && !q.closed.Load() {
		q.gap()
	}
}

// releaseAll empties the queue without delivering anything.
func (q *Queue) releaseAll() {
	head := q.head.Load()
	tail := q.tail.Load()
	for ; head != tail; head++ {
		if p := q.slots[head&q.mask]; p != nil {
			q.slots[head&q.mask] = nil
			p.Release()
		}
	}
	q.head.Store(head)
}

func release(batch []*packetcache.Packet) {
	for i, p := range batch {
		batch[i] = nil
		p.Release()
	}
}

// readyList holds the queues that have something for the shard.  Any goroutine
// adds to it; the shard takes all of it.
type readyList struct {
	top atomic.Pointer[Queue]
}

// add puts q into the list.  Only whoever has set q.scheduled may call it.
func (l *readyList) add(q *Queue) {
	for {
		top := l.top.Load()
		q.nextReady = top
		if l.top.CompareAndSwap(top, q) {
			return
		}
	}
}

// takeAll empties the list and returns its first queue, in the order in which
// they were added.
func (l *readyList) takeAll() *Queue {
	q := l.top.Swap(nil)
	var first *Queue
	for q != nil {
		next := q.nextReady
		q.nextReady = first
		first = q
		q = next
	}
	return first
}

func (l *readyList) empty() bool {
	return l.top.Load() == nil
}
