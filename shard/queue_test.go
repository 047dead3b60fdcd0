package shard

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"galene/codecs"
	"galene/packetcache"
)

// push stores a packet that starts a frame and pushes it.
func push(c *packetcache.Cache, q *Queue, ext uint64) bool {
	return pushInfo(c, q, ext, codecs.Info{Known: true, Start: true})
}

func pushInfo(c *packetcache.Cache, q *Queue, ext uint64, info codecs.Info) bool {
	p := c.Get()
	p.Ext = ext
	p.Info = info
	if err := p.SetPayload(fmt.Appendf(nil, "packet %d", ext)); err != nil {
		panic(err)
	}
	c.Store(p, 1)
	return q.Push(p)
}

func poisoned() (*packetcache.Pool, *packetcache.Cache) {
	pool := packetcache.NewPool(0)
	pool.Poison()
	return pool, packetcache.New(pool, 16)
}

func TestQueueDelivers(t *testing.T) {
	s := newShard(t)
	pool, cache := poisoned()
	next := uint64(1000)
	done := make(chan struct{})
	q := s.NewQueue(1024, func(batch []*packetcache.Packet) {
		for _, p := range batch {
			if want := fmt.Sprint("packet ", next); p.Ext != next || string(p.Payload()) != want {
				t.Errorf("got %d %q, want %d", p.Ext, p.Payload(), next)
			}
			next++
			if next == 1500 {
				close(done)
			}
		}
	}, func() { t.Error("a gap") })
	for ext := uint64(1000); ext < 1500; ext++ {
		if !push(cache, q, ext) {
			t.Fatal("Push refuses")
		}
	}
	<-done
	q.Close()
	cache.Close()
	s.Call(func() {})
	if n := pool.Outstanding(); n != 0 {
		t.Errorf("%d packets outstanding", n)
	}
}

// A packet that is retained survives the batch.
// TestPostedBeforePushed: a function posted before a packet was pushed runs
// before the packet is delivered, whatever the shard is doing.
func TestPostedBeforePushed(t *testing.T) {
	s := newShard(t)
	_, cache := poisoned()
	ready := false
	delivered := make(chan bool, 1)
	q := s.NewQueue(16, func([]*packetcache.Packet) { delivered <- ready }, nil)
	running, goOn := make(chan struct{}), make(chan struct{})
	s.Do(func() { close(running); <-goOn })
	<-running
	s.Do(func() { ready = true })
	push(cache, q, 1)
	close(goOn)
	if !<-delivered {
		t.Error("a packet was delivered too early")
	}
}

func TestQueueRetain(t *testing.T) {
	s := newShard(t)
	pool, cache := poisoned()
	kept := make(chan *packetcache.Packet, 1)
	q := s.NewQueue(4, func(batch []*packetcache.Packet) {
		batch[0].Retain()
		kept <- batch[0]
	}, nil)
	push(cache, q, 1000)
	p := <-kept
	cache.Close()
	s.Call(func() {})
	if string(p.Payload()) != "packet 1000" {
		t.Errorf("got %q", p.Payload())
	}
	p.Release()
	if n := pool.Outstanding(); n != 0 {
		t.Errorf("%d packets outstanding", n)
	}
}

// TestOverflow fills a queue while its shard is busy.  Frames have three
// packets; after the gap, which is told once and in its place, a whole frame
// comes first.
func TestOverflow(t *testing.T) {
	s := newShard(t)
	pool, cache := poisoned()
	busy, block := make(chan struct{}), make(chan struct{})
	s.Do(func() {
		close(busy)
		<-block
	})
	<-busy
	const gapMark = ^uint64(0)
	var got []uint64
	q := s.NewQueue(8, func(batch []*packetcache.Packet) {
		for _, p := range batch {
			got = append(got, p.Ext)
		}
	}, func() { got = append(got, gapMark) })

	pushFrames := func(from, to uint64) {
		for ext := from; ext < to; ext++ {
			pushInfo(cache, q, ext, codecs.Info{Known: true, Start: ext%3 == 0})
		}
	}
	pushFrames(999, 1013) // 999 to 1006 fit
	close(block)
	await := func(n int) {
		for have := 0; have < n; {
			s.Call(func() { have = len(got) })
		}
	}
	await(8)
	pushFrames(1013, 1018) // 1014 starts a frame
	await(13)
	want := []uint64{999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, gapMark, 1014, 1015, 1016, 1017}
	s.Call(func() {
		if !slices.Equal(got, want) {
			t.Errorf("got  %d\nwant %d", got, want)
		}
	})
	if n := q.Dropped(); n != 7 {
		t.Errorf("%d packets dropped", n)
	}
	cache.Close()
	if n := pool.Outstanding(); n != 0 {
		t.Errorf("%d packets outstanding", n)
	}
}

// After a gap, packets of which the frame limits are unknown are let through.
func TestOverflowUnknown(t *testing.T) {
	s := newShard(t)
	_, cache := poisoned()
	busy, block := make(chan struct{}), make(chan struct{})
	s.Do(func() { close(busy); <-block })
	<-busy
	delivered, gaps := 0, 0
	q := s.NewQueue(4, func(batch []*packetcache.Packet) { delivered += len(batch) }, func() { gaps++ })
	for ext := range uint64(6) {
		pushInfo(cache, q, 1000+ext, codecs.Info{})
	}
	close(block)
	for n := 0; n < 4; {
		s.Call(func() { n = delivered })
	}
	if !pushInfo(cache, q, 1006, codecs.Info{}) {
		t.Error("dropped although there is room")
	}
	for n := 0; n < 5; {
		s.Call(func() { n = delivered })
	}
	s.Call(func() {
		if gaps != 1 {
			t.Errorf("%d gaps", gaps)
		}
	})
}

func TestPushAfterClose(t *testing.T) {
	pool, cache := poisoned()
	s := New(Options{})
	deliver := func([]*packetcache.Packet) {}
	q1 := s.NewQueue(8, deliver, nil)
	q2 := s.NewQueue(8, deliver, nil)
	q1.Close()
	q1.Close()
	if push(cache, q1, 1000) {
		t.Error("a closed queue accepts a packet")
	}
	s.Close()
	if push(cache, q2, 1001) {
		t.Error("a queue of a closed shard accepts a packet")
	}
	if push(cache, s.NewQueue(8, deliver, nil), 1002) {
		t.Error("a new queue of a closed shard accepts a packet")
	}
	cache.Close()
	if n := pool.Outstanding(); n != 0 {
		t.Errorf("%d packets outstanding", n)
	}
}

// Closing a queue on the shard's goroutine takes effect at once.
func TestCloseInDeliver(t *testing.T) {
	s := newShard(t)
	pool, cache := poisoned()
	var q *Queue
	calls := 0
	q = s.NewQueue(256, func(batch []*packetcache.Packet) {
		calls++
		q.Close()
	}, nil)
	s.Call(func() {
		for ext := range uint64(200) { // more than a batch
			push(cache, q, 1000+ext)
		}
	})
	s.Call(func() {})
	cache.Close()
	for pool.Outstanding() != 0 {
		s.Call(func() {})
	}
	s.Call(func() {
		if calls != 1 {
			t.Errorf("%d deliveries", calls)
		}
	})
}

// TestStress has producers push, queues close and shards close all at once;
// nothing may be lost on the way, nothing overtake, nothing be read
// after its release.
func TestStress(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 6
	}
	var delivered atomic.Uint64
	for round := range uint64(rounds) {
		pool := packetcache.NewPool(0)
		pool.Poison()
		shards := NewPool(2)
		var wg sync.WaitGroup
		for i := range 4 {
			cache := packetcache.New(pool, 16)
			var queues []*Queue
			for j := range 2 {
				last := uint64(0)
				queues = append(queues, shards.shards[j].NewQueue(16, func(batch []*packetcache.Packet) {
					for _, p := range batch {
						if p.Ext <= last || string(p.Payload()) != fmt.Sprint("packet ", p.Ext) {
							t.Errorf("got %d %q after %d", p.Ext, p.Payload(), last)
						}
						last = p.Ext
						delivered.Add(1)
					}
				}, func() {}))
			}
			wg.Go(func() {
				r := rand.New(rand.NewPCG(round, uint64(i)))
				for ext := uint64(1000); ext < 1600; ext++ {
					p := cache.Get()
					p.Ext = ext
					p.Info = codecs.Info{Known: true, Start: ext%3 == 0}
					if err := p.SetPayload(fmt.Appendf(nil, "packet %d", ext)); err != nil {
						t.Error(err)
					}
					cache.Store(p, len(queues))
					for _, q := range queues {
						q.Push(p)
					}
					switch r.Uint32N(300) {
					case 0:
						queues[r.IntN(2)].Close()
					case 1:
						cache.Close()
					}
				}
				cache.Close()
			})
		}
		if round%2 == 0 {
			wg.Go(shards.Close)
		}
		wg.Wait()
		shards.Close()
		if n := pool.Outstanding(); n != 0 {
			t.Fatalf("round %d: %d packets outstanding", round, n)
		}
	}
	if delivered.Load() == 0 {
		t.Error("nothing was delivered")
	}
}

// The path of a packet allocates nothing.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	s := newShard(t)
	pool := packetcache.NewPool(0)
	cache := packetcache.New(pool, 256)
	var seen atomic.Uint64
	q := s.NewQueue(256, func(batch []*packetcache.Packet) { seen.Add(uint64(len(batch))) }, nil)
	payload := make([]byte, 1000)
	ext := uint64(1 << 16)
	step := func() {
		p := cache.Get()
		p.Ext = ext
		p.Info.Start = true
		if p.SetPayload(payload) != nil {
			t.Fatal("too large")
		}
		cache.Store(p, 1)
		q.Push(p)
		if ext++; ext%16 == 0 {
			runtime.Gosched() // AllocsPerRun leaves one processor only
		}
	}
	for range 2000 {
		step()
	}
	if n := testing.AllocsPerRun(20000, step); n != 0 {
		t.Errorf("%v allocations per packet", n)
	}
	if seen.Load() == 0 {
		t.Error("nothing was delivered")
	}
}

func BenchmarkPush(b *testing.B) {
	s := New(Options{})
	defer s.Close()
	cache := packetcache.New(packetcache.NewPool(0), 256)
	q := s.NewQueue(4096, func(batch []*packetcache.Packet) {}, nil)
	p := cache.Get()
	p.Ext = 1000
	p.Info.Start = true
	cache.Store(p, 1)
	b.ReportAllocs()
	for b.Loop() {
		p.Retain()
		q.Push(p)
	}
	b.ReportMetric(float64(q.Dropped())/float64(b.N), "dropped/op")
}

// TestNoLostWakeup pushes a packet whenever the one before is being delivered:
// the shard must not miss it by falling asleep.
func TestNoLostWakeup(t *testing.T) {
	s := newShard(t)
	pool := packetcache.NewPool(0)
	cache := packetcache.New(pool, 16)
	delivered := make(chan uint64)
	q := s.NewQueue(16, func(batch []*packetcache.Packet) {
		for _, p := range batch {
			delivered <- p.Ext
		}
	}, nil)
	for ext := uint64(1000); ext < 6000; ext++ {
		push(cache, q, ext)
		select {
		case got := <-delivered:
			if got != ext {
				t.Fatalf("got %d, want %d", got, ext)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%d is not delivered", ext)
		}
	}
	q.Close()
	cache.Close()
}

// TestShardClosesWhilePushing closes many shards at the moment at which a
// producer pushes.
func TestShardClosesWhilePushing(t *testing.T) {
	rounds := 5000
	if testing.Short() || raceEnabled {
		rounds = 500
	}
	pool := packetcache.NewPool(0)
	for round := range rounds {
		s := New(Options{})
		cache := packetcache.New(pool, 2)
		q := s.NewQueue(64, func([]*packetcache.Packet) {}, nil)
		var wg sync.WaitGroup
		wg.Go(s.Close)
		for ext := range uint64(round%40) + 1 {
			push(cache, q, 1<<16+ext)
		}
		wg.Wait()
		cache.Close()
		if n := pool.Outstanding(); n != 0 {
			t.Fatalf("round %d: %d packets outstanding", round, n)
		}
	}
}
