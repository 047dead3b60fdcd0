package shard

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"galene/packetcache"
)

// burstLog notes what happens on a shard, in order.
type burstLog struct {
	mu     sync.Mutex
	events []string
	again  []time.Duration // what End returns
}

func (b *burstLog) note(event string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, event)
}

// expect returns what has happened since it was called last, and sets what End
// is going to return.
func (b *burstLog) expect(again ...time.Duration) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	events := b.events
	b.events, b.again = nil, again
	return events
}

func (b *burstLog) Begin() { b.note("begin") }

func (b *burstLog) End() time.Duration {
	b.note("end")
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.again) == 0 {
		return 0
	}
	first := b.again[0]
	b.again = b.again[1:]
	return first
}

// TestBursts: callbacks run only within bursts, a burst has ended when the shard
// sleeps or has been closed, and is repeated when asked for.
func TestBursts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &burstLog{}
		s := New(Options{NewBurst: func() Burst { return b }})
		if s.Burst() != b {
			t.Error("not its burst")
		}
		synctest.Wait()
		b.expect()
		s.Do(func() { b.note("posted") })
		s.After(time.Second, func() { b.note("timer") })
		synctest.Wait()
		if got := b.expect(); len(got) < 3 || !slices.Equal(got[:3], []string{"begin", "posted", "end"}) {
			t.Errorf("a function: %v", got)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		got := b.expect(time.Millisecond, 2*time.Millisecond)
		if i := slices.Index(got, "timer"); i < 1 || got[i-1] != "begin" || got[i+1] != "end" {
			t.Errorf("a timer: %v", got)
		}
		s.Do(func() {})
		synctest.Wait()
		b.note("pause")
		time.Sleep(time.Second)
		synctest.Wait()
		got = b.expect()
		if i := slices.Index(got, "pause"); !slices.Equal(got[i+1:], []string{"begin", "end", "begin", "end"}) &&
			!slices.Equal(got[i+1:], []string{"begin", "end"}) {
			t.Errorf("repeated bursts: %v", got)
		}
		s.Do(func() { b.note("last") })
		s.Close()
		got = b.expect()
		if i := slices.Index(got, "last"); i < 1 || got[len(got)-1] != "end" {
			t.Errorf("closing: %v", got)
		}
	})
	s := New(Options{})
	if s.Burst() != nil {
		t.Error("a burst from nowhere")
	}
	s.Close()
}

// TestOneWakeup: what is pushed while a shard works is done without waking it for a
// packet, and each queue is handed over whole.
func TestOneWakeup(t *testing.T) {
	b := &burstLog{}
	s := New(Options{NewBurst: func() Burst { return b }})
	defer s.Close()
	pool := packetcache.NewPool(0)
	const packets = batchSize
	var queues []*Queue
	var caches []*packetcache.Cache
	for range 3 {
		caches = append(caches, packetcache.New(pool, packets))
		queues = append(queues, s.NewQueue(2*packets, func(batch []*packetcache.Packet) {
			b.note(fmt.Sprint("batch of ", len(batch)))
		}, nil))
	}
	busy, free := make(chan struct{}), make(chan struct{})
	s.Do(func() {
		b.expect()
		close(busy)
		<-free
	})
	<-busy
	for ext := range uint64(packets) {
		for i, q := range queues {
			push(caches[i], q, 1000+ext)
		}
	}
	if len(s.wake) != 0 {
		t.Error("woken while it works")
	}
	close(free)
	want := []string{"batch of 64", "batch of 64", "batch of 64"}
	var got []string
	for len(got) < len(want) {
		s.Call(func() {})
		for _, event := range b.expect() {
			if event != "begin" && event != "end" {
				got = append(got, event)
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	for i, q := range queues {
		q.Close()
		caches[i].Close()
	}
}
