package recorder

import (
	"sync"
	"time"

	"galene/codecs"
	"galene/packetcache"
)

const (
	// queueBytes and queueTime bound what waits to be written of one stream
	//
	queueBytes = 8 << 20
	queueTime  = 5 * time.Second
)

// item is something for a stream's goroutine: a packet of an input, or that
// packets of it were dropped.
type item struct {
	in     *input
	packet *packetcache.Packet // nil is a gap
}

// queue brings packets to a stream's goroutine.  Pushing never blocks.
type queue struct {
	ready chan struct{} // holds a token if there is something

	mu       sync.Mutex
	items    []item
	spare    []item
	bytes    int
	dropped  uint64
	overflow bool // since the last take
	closed   bool
}

func newQueue() *queue { return &queue{ready: make(chan struct{}, 1)} }

// push adds the packets of a batch.  It runs on the shard, which owns
// in.dropping.
func (q *queue) push(in *input, batch []*packetcache.Packet) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	for _, p := range batch {
		if in.dropping && !q.resumes(in, p) || !in.dropping && q.full(p) {
			if !in.dropping {
				in.dropping, q.overflow = true, true
				q.items = append(q.items, item{in: in})
			}
			q.dropped++
			continue
		}
		in.dropping = false
		p.Retain()
		q.items = append(q.items, item{in: in, packet: p})
		q.bytes += packetcache.PacketSize
	}
	q.notify()
}

// full says whether there is no room for p.
func (q *queue) full(p *packetcache.Packet) bool {
	if q.bytes >= queueBytes {
		return true
	}
	for _, i := range q.items {
		if i.packet != nil {
			return p.Arrival-i.packet.Arrival > int64(queueTime)
		}
	}
	return false
}

// resumes says whether p is where an input goes on after packets were dropped:
// at a keyframe, when half of the queue is free.
func (q *queue) resumes(in *input, p *packetcache.Packet) bool {
	if q.bytes > queueBytes/2 || q.full(p) {
		return false
	}
	return in.kind == codecs.Audio || p.Info.Keyframe != codecs.KeyframeNo
}

// gap says that packets were dropped on the way to the shard.
func (q *queue) gap(in *input) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.items = append(q.items, item{in: in})
		q.notify()
	}
}

// notify is called with the queue locked.
func (q *queue) notify() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// wake makes the goroutine look, though there may be nothing in the queue.
func (q *queue) wake() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.notify()
}

// take empties the queue.  The items, whose references become the caller's, are
// valid until the next call.
func (q *queue) take() (items []item, overflow, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	items, q.items, q.spare = q.items, q.spare[:0], q.items
	overflow, q.overflow = q.overflow, false
	q.bytes = 0
	return items, overflow, q.closed
}

// close makes the queue refuse what comes from now on.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.notify()
}
