package shard

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"galene/packetcache"
)

func newShard(t *testing.T) *Shard {
	s := New(Options{})
	t.Cleanup(s.Close)
	return s
}

func TestDoInOrder(t *testing.T) {
	s := newShard(t)
	var got []int
	for i := range 1000 {
		if !s.Do(func() { got = append(got, i) }) {
			t.Fatal("Do refuses")
		}
	}
	s.Call(func() {})
	if len(got) != 1000 {
		t.Fatalf("%d functions have run", len(got))
	}
	for i, n := range got {
		if i != n {
			t.Fatalf("function %d ran as number %d", n, i)
		}
	}
}

// A function may post another one.
func TestDoFromShard(t *testing.T) {
	s := newShard(t)
	done := make(chan struct{})
	s.Do(func() { s.Do(func() { close(done) }) })
	<-done
}

func TestClose(t *testing.T) {
	s := New(Options{})
	ran := 0
	block := make(chan struct{})
	s.Do(func() { <-block })
	for range 10 {
		s.Do(func() { ran++ })
	}
	timer := s.After(time.Nanosecond, func() {})
	closed := make(chan struct{})
	go func() {
		s.Close()
		close(closed)
	}()
	close(block)
	<-closed
	if ran != 10 {
		t.Errorf("%d of the functions posted before Close have run", ran)
	}
	if s.Do(func() { t.Error("ran after Close") }) {
		t.Error("Do accepts after Close")
	}
	if s.Call(func() { t.Error("ran after Close") }) {
		t.Error("Call accepts after Close")
	}
	timer.Reset(0)
	if timer.Stop() {
		t.Error("a timer is armed after Close")
	}
	s.Close()
}

func TestPanic(t *testing.T) {
	var log bytes.Buffer
	s := New(Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	defer s.Close()
	pool := packetcache.NewPool(0)
	cache := packetcache.New(pool, 16)
	q := s.NewQueue(8, func(batch []*packetcache.Packet) { panic("in deliver") }, nil)
	if !s.Call(func() { panic("in a function") }) {
		t.Error("Call is false although the function has run")
	}
	fired := make(chan struct{})
	s.After(0, func() {
		defer close(fired)
		panic("in a timer")
	})
	<-fired
	push(cache, q, 1000)
	for s.Panics() < 3 {
		s.Call(func() {})
	}
	cache.Close()
	s.Call(func() {
		for _, want := range []string{"in a function", "in a timer", "in deliver", "shard_test.go"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log lacks %q", want)
			}
		}
	})
	if n := pool.Outstanding(); n != 0 {
		t.Errorf("%d packets outstanding", n)
	}
}

func TestTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{})
		defer s.Close()
		start := time.Now()
		var got []time.Duration
		note := func() { got = append(got, time.Since(start)) }
		s.After(30*time.Millisecond, note)
		s.After(10*time.Millisecond, note)
		stopped := s.After(15*time.Millisecond, func() { t.Error("a stopped timer has fired") })
		moved := s.After(time.Millisecond, note)
		moved.Reset(20 * time.Millisecond)
		s.After(5*time.Millisecond, func() {
			if !stopped.Stop() {
				t.Error("Stop is false for an armed timer")
			}
			if stopped.Stop() {
				t.Error("Stop is true for a stopped timer")
			}
		})
		var again *Timer
		n := 0
		s.Call(func() {
			again = s.After(100*time.Millisecond, func() {
				note()
				if n++; n < 3 {
					again.Reset(time.Second)
				}
			})
		})
		time.Sleep(time.Minute)
		s.Call(func() {})
		want := []time.Duration{10, 20, 30, 100, 1100, 2100}
		if len(got) != len(want) {
			t.Fatalf("timers fired at %v", got)
		}
		for i := range want {
			if got[i] != want[i]*time.Millisecond {
				t.Errorf("timer %d fired at %v, want %v ms", i, got[i], want[i])
			}
		}
	})
}

// A timer that is armed while the shard sleeps until a later one.
func TestEarlierTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{})
		defer s.Close()
		start := time.Now()
		s.After(time.Hour, func() {})
		synctest.Wait()
		var fired time.Duration
		s.After(time.Second, func() { fired = time.Since(start) })
		time.Sleep(2 * time.Second)
		s.Call(func() {})
		if fired != time.Second {
			t.Errorf("fired after %v", fired)
		}
	})
}

func TestPoolIsBalanced(t *testing.T) {
	p := NewPool(3)
	defer p.Close()
	count := map[*Shard]int{}
	var last *Shard
	for range 9 {
		last = p.Acquire()
		count[last]++
	}
	if len(count) != 3 {
		t.Errorf("%d shards are used", len(count))
	}
	for _, n := range count {
		if n != 3 {
			t.Errorf("a shard has %d receivers", n)
		}
	}
	p.Release(last)
	if s := p.Acquire(); s != last {
		t.Error("not the least loaded shard")
	}
	if n := NewPool(0); n.Len() < 1 {
		t.Error("no shard")
	} else {
		n.Close()
	}
}

// TestCallFromMany has many goroutines post and wait while the shard is closed.
func TestCallFromMany(t *testing.T) {
	s := New(Options{})
	var wg sync.WaitGroup
	ran, returned := 0, make(chan int, 8)
	for range 8 {
		wg.Go(func() {
			n := 0
			for s.Call(func() { ran++ }) {
				n++
				if n == 200 {
					go s.Close()
				}
			}
			returned <- n
		})
	}
	wg.Wait()
	s.Close()
	sum := 0
	for range 8 {
		sum += <-returned
	}
	if ran != sum {
		t.Errorf("%d functions have run, %d calls returned true", ran, sum)
	}
}
