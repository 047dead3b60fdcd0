package rtpconn

import "sync"

// compaction renumbers packets so that those that are not forwarded leave no
// holes.
//
// The goroutine that receives packets calls skip and forward; others may call
// only reverse.
type compaction struct {
	mu   sync.Mutex // guards changes of runs against reverse
	runs [64]compactionRun
	n    int // runs used so far; the newest is (n-1) % len(runs)
}

// compactionRun says that numbers from start on are moved down by shift.
type compactionRun struct{ start, shift uint64 }

// newest returns the i-th newest run.
func (c *compaction) newest(i int) *compactionRun {
	return &c.runs[(c.n-1-i)%len(c.runs)]
}

func (c *compaction) size() int { return min(c.n, len(c.runs)) }

// skip takes ext out of the numbering.  It must be higher than all numbers
// forwarded or skipped before.
func (c *compaction) skip(ext uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	run := compactionRun{start: ext + 1, shift: 1}
	if c.n > 0 {
		last := c.newest(0)
		run.shift = last.shift + 1
		if last.start == ext {
			*last = run // no packet between two skipped ones
			return
		}
	}
	c.runs[c.n%len(c.runs)] = run
	c.n++
}

// forward returns the new number of ext, and false if ext is too old for it to
// be known.
func (c *compaction) forward(ext uint64) (uint64, bool) {
	size := c.size()
	for i := range size {
		if run := c.newest(i); ext >= run.start {
			return ext - run.shift, true
		}
	}
	return ext, size < len(c.runs)
}

// reverse returns the number that has become out.
func (c *compaction) reverse(out uint64) (uint64, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	size := c.size()
	for i := range size {
		if run := c.newest(i); out+run.shift >= run.start {
			return out + run.shift, true
		}
	}
	return out, size < len(c.runs)
}
