package shard

import (
	"runtime"
	"slices"
	"sync"
)

// Pool is a fixed set of shards among which receivers are spread.  Its methods
// may be called from any goroutine.
type Pool struct {
	mu     sync.Mutex
	shards []*Shard
	load   []int // how many receivers each shard has
}

// NewPool starts n shards with default options; if n is not positive, one less
// than there are processors for Go code (GOMAXPROCS), but at least one.
func NewPool(n int) *Pool {
	return NewPoolWith(n, Options{})
}

// NewPoolWith is NewPool with options for the shards.
func NewPoolWith(n int, opts Options) *Pool {
	if n <= 0 {
		n = max(1, runtime.GOMAXPROCS(0)-1)
	}
	p := &Pool{
		shards: make([]*Shard, n),
		load:   make([]int, n),
	}
	for i := range p.shards {
		p.shards[i] = New(opts)
	}
	return p
}

// Acquire returns the shard with the fewest receivers and counts one more for
// it, until Release.
func (p *Pool) Acquire() *Shard {
	p.mu.Lock()
	defer p.mu.Unlock()
	least := 0
	for i, n := range p.load {
		if n < p.load[least] {
			least = i
		}
	}
	p.load[least]++
	return p.shards[least]
}

// Release undoes one Acquire.
func (p *Pool) Release(s *Shard) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, shard := range p.shards {
		if shard == s {
			if p.load[i] == 0 {
				panic("shard: Release without Acquire")
			}
			p.load[i]--
			return
		}
	}
	panic("shard: Release of a shard of another pool")
}

// Index returns the number of a shard of the pool, from 0, or -1 if it is of
// another one.
func (p *Pool) Index(s *Shard) int { return slices.Index(p.shards, s) }

// Len returns the number of shards.
func (p *Pool) Len() int {
	return len(p.shards)
}

// Panics returns the number of callbacks that have panicked, in all shards.
func (p *Pool) Panics() uint64 {
	var n uint64
	for _, s := range p.shards {
		n += s.Panics()
	}
	return n
}

// Close closes all shards and returns when their goroutines have ended.
func (p *Pool) Close() {
	for _, s := range p.shards {
		s.Close()
	}
}
