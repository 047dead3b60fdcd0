package signalling

import "sync"

// longQueue is the number of things in an inbox from which on it is worth a warning
//
const longQueue = 1000

// inbox is the queue of what others want the handler of a session to do:
// events of its group, callbacks of its peer connections, timers.  Posting
// never blocks.  It is safe for concurrent use.
type inbox struct {
	limit int

	mu       sync.Mutex
	items    []func() error
	overflow bool
	closed   bool
	ready    chan struct{} // holds a token if there may be something to take
}

func newInbox(limit int) *inbox {
	return &inbox{limit: limit, ready: make(chan struct{}, 1)}
}

// post appends f.  An inbox that has reached its limit takes nothing more: the
// handler then ends the session, for it has missed something.
func (in *inbox) post(f func() error) {
	in.mu.Lock()
	switch {
	case in.closed:
	case len(in.items) >= in.limit:
		in.overflow = true
	default:
		in.items = append(in.items, f)
	}
	in.mu.Unlock()
	signal(in.ready)
}

// take removes and returns everything that has been posted; false means that
// something had to be refused.
func (in *inbox) take() ([]func() error, bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	items := in.items
	in.items = nil
	return items, !in.overflow
}

// close makes the inbox forget what it holds and whatever is posted later.
func (in *inbox) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.items = nil
	in.closed = true
}
