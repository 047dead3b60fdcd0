package rtpconn

import (
	"sync"

	"galene/conn"
	"galene/shard"
	"galene/srtptransport"
)

// Receiver is one client that gets streams.  All its Down connections run on
// one shard.  Its methods may be called from any goroutine but pion's and the
// shards'.
type Receiver struct {
	engine *Engine
	shard  *shard.Shard

	// These belong to the shard.
	bandwidth bandwidth
	scratch   [maxPacket + 2]byte // where a payload is changed before it is sent
	sealing   srtptransport.Scratch

	closing sync.Once

	mu     sync.Mutex
	downs  map[*Down]struct{}
	closed bool
}

// NewReceiver returns a receiver and gives it to the shard with the least to
// do.
func (e *Engine) NewReceiver() *Receiver {
	r := &Receiver{
		engine: e,
		shard:  e.shards.Acquire(),
		downs:  make(map[*Down]struct{}),
	}
	r.bandwidth.receiver = r
	if err := e.add(r); err != nil {
		r.Close()
	}
	return r
}

// NewDown returns a connection that is going to offer the stream src.
func (r *Receiver) NewDown(src conn.Source, p DownParams) (*Down, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, ErrClosed
	}
	d := newDown(r, src, p)
	r.downs[d] = struct{}{}
	return d, nil
}

// remove forgets a connection that has been closed.
func (r *Receiver) remove(d *Down) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.downs, d)
}

// Close closes all connections of the receiver.  See Down.Close.
func (r *Receiver) Close() { r.closing.Do(r.close) }

func (r *Receiver) close() {
	r.mu.Lock()
	r.closed = true
	downs := make([]*Down, 0, len(r.downs))
	for d := range r.downs {
		downs = append(downs, d)
	}
	r.mu.Unlock()

	for _, d := range downs {
		d.Close()
	}
	r.engine.shards.Release(r.shard)
	r.engine.remove(r)
}
