package signalling

import (
	"sync"
	"time"
)

// opcode says what an item of the outbox becomes on the wire.
type opcode uint8

const (
	opText opcode = iota
	opPong
	opClose
)

// item is one frame that waits to be written.
type item struct {
	op       opcode
	data     []byte
	deadline time.Time
}

// outbox is the queue of frames for one client.  Its bounds are those of W-21.
// It is safe for concurrent use.
type outbox struct {
	maxItems int
	maxBytes int
	maxAge   time.Duration

	mu     sync.Mutex
	items  []item
	spare  [4]item // where items begins: a crowd that has come leaves no memory behind
	bytes  int
	closed bool
	ready  chan struct{} // holds a token if there may be something to take
	room   chan struct{} // holds a token if there may be room again
}

func newOutbox(l Limits) *outbox {
	o := &outbox{
		maxItems: l.OutboxMessages,
		maxBytes: l.OutboxBytes,
		maxAge:   l.OutboxAge,
		ready:    make(chan struct{}, 1),
		room:     make(chan struct{}, 1),
	}
	o.items = o.spare[:0]
	return o
}

// put appends a frame, to be written before the greatest age has passed, and
// waits until there is room.  That does not take longer than the greatest age:
// by then the writer has given up, and a closed outbox swallows whatever comes.
// There must be one goroutine that puts.
func (o *outbox) put(op opcode, data []byte) {
	for !o.tryPut(op, data) {
		<-o.room
	}
}

// tryPut is put for those who must not wait; it reports whether there was room.
func (o *outbox) tryPut(op opcode, data []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return true
	}
	if len(o.items) >= o.maxItems || len(o.items) > 0 && o.bytes+len(data) > o.maxBytes {
		return false
	}
	o.append(op, data)
	return true
}

// finish appends a last frame, for which there is always room, and closes the
// outbox.  If data is nil it only closes the outbox.
func (o *outbox) finish(data []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}
	if data != nil {
		o.append(opClose, data)
	}
	o.closed = true
	o.wake()
}

// abandon closes the outbox and forgets what is in it.
func (o *outbox) abandon() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.items, o.bytes = nil, 0
	o.closed = true
	o.wake()
	signal(o.room)
}

func (o *outbox) append(op opcode, data []byte) {
	o.items = append(o.items, item{op, data, time.Now().Add(o.maxAge)})
	o.bytes += len(data)
	o.wake()
}

func (o *outbox) wake() { signal(o.ready) }

// signal leaves a token in a channel that has room for one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// take waits for a frame and returns it; false means that the outbox is closed
// and empty.  There must be one taker.
func (o *outbox) take() (item, bool) {
	for {
		first, ok, closed := o.pop()
		if ok || closed {
			return first, ok
		}
		<-o.ready
	}
}

// takeNow is take for a taker who does not wait; false means that there is nothing now.
func (o *outbox) takeNow() (item, bool) {
	first, ok, _ := o.pop()
	return first, ok
}

// pop removes the first frame, if there is one.
func (o *outbox) pop() (first item, ok, closed bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.items) == 0 {
		return item{}, false, o.closed
	}
	first = o.items[0]
	o.items[0] = item{}
	o.items = o.items[1:]
	if len(o.items) == 0 {
		o.items = o.spare[:0]
	}
	o.bytes -= len(first.data)
	signal(o.room)
	return first, true, false
}
