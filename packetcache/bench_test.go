package packetcache

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The benchmarks compare the cache with the designs that it replaces (spec
// media.md 5.9): a ring of copies under a mutex, searched or indexed.

const (
	benchCapacity = 256 // the least that a video track has
	benchPayload  = 1200
)

// history is what all designs can do.  Read makes the payload of a packet
// available to the caller, in buf or in place, and returns its length, or 0.
type history interface {
	store(ext uint64, payload []byte)
	read(ext uint64, buf []byte) int
}

type slot struct {
	ext    uint64
	length int
	buf    [MaxPayload]byte
}

// scanned is a mutex and a linear search.
type scanned struct {
	mu    sync.Mutex
	slots [benchCapacity]slot
}

func (h *scanned) store(ext uint64, payload []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := &h.slots[ext%benchCapacity]
	s.ext, s.length = ext, copy(s.buf[:], payload)
}

func (h *scanned) read(ext uint64, buf []byte) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range h.slots {
		if s := &h.slots[i]; s.ext == ext {
			return copy(buf, s.buf[:s.length])
		}
	}
	return 0
}

// indexed is a mutex and access by index.
type indexed struct {
	mu    sync.Mutex
	slots [benchCapacity]slot
}

func (h *indexed) store(ext uint64, payload []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := &h.slots[ext%benchCapacity]
	s.ext, s.length = ext, copy(s.buf[:], payload)
}

func (h *indexed) read(ext uint64, buf []byte) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := &h.slots[ext%benchCapacity]; s.ext == ext {
		return copy(buf, s.buf[:s.length])
	}
	return 0
}

// shared is indexed with a read-write mutex.
type shared struct {
	mu    sync.RWMutex
	slots [benchCapacity]slot
}

func (h *shared) store(ext uint64, payload []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := &h.slots[ext%benchCapacity]
	s.ext, s.length = ext, copy(s.buf[:], payload)
}

func (h *shared) read(ext uint64, buf []byte) int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if s := &h.slots[ext%benchCapacity]; s.ext == ext {
		return copy(buf, s.buf[:s.length])
	}
	return 0
}

// counted is the Cache.
type counted struct {
	cache *Cache
}

func (h *counted) store(ext uint64, payload []byte) {
	p := h.cache.Get()
	p.Ext = ext
	if p.SetPayload(payload) != nil {
		panic("payload too large")
	}
	h.cache.Store(p, 0)
}

func (h *counted) read(ext uint64, _ []byte) int {
	p := h.cache.Acquire(ext)
	if p == nil {
		return 0
	}
	n := len(p.Payload())
	p.Release()
	return n
}

var designs = []struct {
	name string
	make func() history
}{
	{"mutex-scan", func() history { return new(scanned) }},
	{"mutex-index", func() history { return new(indexed) }},
	{"rwmutex-index", func() history { return new(shared) }},
	{"refcount", func() history {
		return &counted{New(NewPool(0), benchCapacity)}
	}},
}

func BenchmarkStore(b *testing.B) {
	for _, d := range designs {
		b.Run(d.name, func(b *testing.B) {
			h := d.make()
			payload := make([]byte, benchPayload)
			for ext := range uint64(3 * benchCapacity) {
				h.store(1<<16+ext, payload)
			}
			ext := uint64(1<<16 + 3*benchCapacity)
			b.ReportAllocs()
			for b.Loop() {
				h.store(ext, payload)
				ext++
			}
		})
	}
}

func BenchmarkRead(b *testing.B) {
	for _, d := range designs {
		b.Run(d.name, func(b *testing.B) {
			h := d.make()
			payload := make([]byte, benchPayload)
			for ext := range uint64(benchCapacity) {
				h.store(1<<16+ext, payload)
			}
			buf := make([]byte, MaxPayload)
			i := uint64(0)
			b.ReportAllocs()
			for b.Loop() {
				if h.read(1<<16+i%benchCapacity, buf) == 0 {
					b.Fatal("missing")
				}
				i += 7
			}
		})
	}
}

// BenchmarkReaders measures the time per read of several readers together,
// while a writer stores 5000 packets per second, the most that a track is
// expected to have: ns/op falls with the number of readers as far as there are
// processors and they do not hinder each other.
func BenchmarkReaders(b *testing.B) {
	for _, d := range designs {
		for _, readers := range []int{1, 2, 4, 8} {
			b.Run(fmt.Sprintf("%s/%d", d.name, readers), func(b *testing.B) {
				benchmarkReaders(b, d.make(), readers)
			})
		}
	}
}

func benchmarkReaders(b *testing.B, h history, readers int) {
	payload := make([]byte, benchPayload)
	for ext := range uint64(2 * benchCapacity) {
		h.store(1<<16+ext, payload)
	}
	var head, hits atomic.Uint64
	head.Store(1<<16 + 2*benchCapacity - 1)
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	writer := make(chan struct{})
	stop := make(chan struct{})
	go func() {
		defer close(writer)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for ext := head.Load(); ; {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			for range 5 {
				ext++
				h.store(ext, payload)
				head.Store(ext)
			}
		}
	}()
	for j := range readers {
		wg.Go(func() {
			buf := make([]byte, MaxPayload)
			found := uint64(0)
			for i := range b.N / readers {
				ext := head.Load() - uint64(i*13+j*101)%(benchCapacity/2)
				if h.read(ext, buf) != 0 {
					found++
				}
			}
			hits.Add(found)
		})
	}
	wg.Wait()
	b.StopTimer()
	close(stop)
	<-writer
	if b.N > 1000 && hits.Load() == 0 {
		b.Error("nothing was found")
	}
}

// BenchmarkFanOut measures several readers that all read the newest packet:
// the worst case for a reference count.
func BenchmarkFanOut(b *testing.B) {
	for _, d := range designs {
		for _, readers := range []int{1, 2, 4} {
			b.Run(fmt.Sprintf("%s/%d", d.name, readers), func(b *testing.B) {
				h := d.make()
				h.store(1<<16, make([]byte, benchPayload))
				var wg sync.WaitGroup
				b.ReportAllocs()
				b.ResetTimer()
				for range readers {
					wg.Go(func() {
						buf := make([]byte, MaxPayload)
						for range b.N / readers {
							h.read(1<<16, buf)
						}
					})
				}
				wg.Wait()
			})
		}
	}
}

// BenchmarkResize measures the replacement of a full ring by one of the same
// size (R-5.2: 4096 slots in less than 50 µs).
func BenchmarkResize(b *testing.B) {
	for _, capacity := range []int{256, 1024, 4096} {
		b.Run(fmt.Sprint(capacity), func(b *testing.B) {
			pool := NewPool(0)
			c := New(pool, capacity)
			for ext := range uint64(capacity) {
				p := pool.Get()
				p.Ext = 1<<16 + ext
				c.Store(p, 0)
			}
			b.ReportAllocs()
			for b.Loop() {
				c.replace(c.ring.Load(), capacity)
			}
		})
	}
}
