package packetcache

import (
	"flag"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"galene/codecs"
)

var stress = flag.Duration("stress", time.Second, "`time` that each stress test runs")

// stressTime is how long a stress test runs.
func stressTime() time.Duration {
	if testing.Short() {
		return 100 * time.Millisecond
	}
	return *stress
}

// TestStress lets several caches share a pool, each with a writer that loses,
// reorders, resizes and restarts, while readers and consumers verify every
// packet that they get, and closes the caches under the writers' feet.  Freed
// packets are poisoned.
func TestStress(t *testing.T) {
	pool := NewPool(0)
	pool.Poison()
	var writers, readers, consumers, closers sync.WaitGroup
	var stop atomic.Bool
	var hits, misses, notKept atomic.Uint64
	for i := range 3 {
		c := New(pool, 16)
		handed := make(chan handedPacket, 64)
		writers.Go(func() {
			defer close(handed)
			stressWrite(t, c, uint64(i), &stop, handed)
		})
		consumers.Go(func() {
			for h := range handed {
				if h.p.owner == noOwner {
					notKept.Add(1)
					h.p.Release()
					continue
				}
				if err := verify(h.p, h.owner, h.ext); err != nil {
					t.Error(err)
				}
				h.p.Release()
			}
		})
		for j := range 2 {
			readers.Go(func() {
				r := rand.New(rand.NewPCG(uint64(i), uint64(j)))
				for !stop.Load() {
					head, ok := c.Head()
					if !ok {
						continue
					}
					ext := head - r.Uint64N(24)
					p := c.Acquire(ext)
					if p == nil {
						misses.Add(1)
						continue
					}
					hits.Add(1)
					// The generation may have changed, the content not.
					if err := verify(p, p.owner, ext); err != nil {
						t.Error(err)
						p.Release()
						return
					}
					p.Release()
				}
			})
		}
		closers.Add(1)
		time.AfterFunc(stressTime()*9/10, func() {
			defer closers.Done()
			c.Close()
		})
	}
	closers.Wait()
	time.Sleep(stressTime() / 10) // the writers go on after Close
	stop.Store(true)
	writers.Wait()
	readers.Wait()
	consumers.Wait()
	if hits.Load() == 0 {
		t.Error("no reader has found anything")
	}
	if n := pool.Outstanding(); n != 0 {
		t.Errorf("%d packets outstanding", n)
	}
	t.Logf("%d hits, %d misses, %d not kept", hits.Load(), misses.Load(), notKept.Load())
}

// handedPacket is a packet that was stored with a reference for a consumer.
type handedPacket struct {
	p     *Packet
	owner uint32
	ext   uint64
}

func stressWrite(t *testing.T, c *Cache, seed uint64, stop *atomic.Bool, handed chan<- handedPacket) {
	r := rand.New(rand.NewPCG(seed, 99))
	next := uint64(1 << 16)
	for !stop.Load() {
		ext := next
		switch r.Uint32N(200) {
		case 0:
			c.Reset()
			next = 1<<16 + uint64(r.Uint32N(100))
			continue
		case 1:
			c.Resize(4 << r.Uint32N(5))
			continue
		case 2, 3, 4, 5, 6, 7, 8, 9:
			ext = next - uint64(r.Uint32N(20))
		case 10, 11, 12, 13:
			next += uint64(r.Uint32N(4))
			ext = next
			next++
		default:
			next++
		}
		p := fill(t, c, ext)
		if r.Uint32N(300) == 0 {
			p.Info.Keyframe = codecs.KeyframeYes
		}
		if r.Uint32N(2) == 0 {
			c.Store(p, 0)
			continue
		}
		c.Store(p, 1)
		select {
		case handed <- handedPacket{p, c.ring.Load().owner, ext}:
		default:
			p.Release()
		}
	}
}

// TestLinearizable checks each result of Acquire against what the writer had
// begun and finished when Acquire was called and when it returned: a packet
// stored and not overwritten must be found, one overwritten must not, and only
// while Store is running may it be either, also while the ring is replaced.
func TestLinearizable(t *testing.T) {
	const small, large = 8, 16
	pool := NewPool(0)
	pool.Poison()
	c := New(pool, small)
	var begun, finished atomic.Uint64
	var stop atomic.Bool
	var wg sync.WaitGroup
	owner := c.ring.Load().owner
	first := uint64(1 << 16)
	for ; first < 1<<16+large; first++ {
		c.Store(fill(t, c, first), 0)
	}
	finished.Store(first - 1)
	begun.Store(first - 1)
	wg.Go(func() {
		for ext := first; !stop.Load(); ext++ {
			if ext%64 == 0 {
				c.Resize(small)
			} else if ext%64 == 32 {
				c.Resize(large)
			}
			p := fill(t, c, ext)
			begun.Store(ext)
			c.Store(p, 0)
			finished.Store(ext)
		}
	})
	for j := range 3 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(5, uint64(j)))
			for !stop.Load() {
				before := finished.Load()
				ext := before + 2 - r.Uint64N(large+4)
				p := c.Acquire(ext)
				after := begun.Load()
				if p == nil {
					if ext <= before && after < ext+small {
						t.Errorf("%d is missing; finished %d, begun %d", ext, before, after)
						stop.Store(true)
					}
					continue
				}
				if ext > after || before >= ext+large {
					t.Errorf("%d is there; finished %d, begun %d", ext, before, after)
					stop.Store(true)
				}
				if err := verify(p, owner, ext); err != nil {
					t.Error(err)
					stop.Store(true)
				}
				p.Release()
			}
		})
	}
	time.Sleep(stressTime())
	stop.Store(true)
	wg.Wait()
	c.Close()
	if n := pool.Outstanding(); n != 0 {
		t.Errorf("%d packets outstanding", n)
	}
}

// TestCloseWhileStoring closes many caches at the moment at which their writer
// stores: no packet may be left in a closed cache.
func TestCloseWhileStoring(t *testing.T) {
	rounds := 20000
	if testing.Short() || raceEnabled {
		rounds = 2000
	}
	pool := NewPool(0)
	for round := range rounds {
		c := New(pool, 2)
		var begin, closed sync.WaitGroup
		begin.Add(1)
		closed.Go(func() {
			begin.Wait()
			c.Close()
		})
		begin.Done()
		for ext := range uint64(round%64) + 1 {
			p := c.Get()
			p.Ext = 1<<16 + ext
			c.Store(p, 0)
		}
		closed.Wait()
		if n := pool.Outstanding(); n != 0 {
			t.Fatalf("round %d: %d packets outstanding", round, n)
		}
	}
}
