package packetcache

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"galene/codecs"
)

// content returns the payload that the tests give to a packet: it is a function
// of the packet's identity, so that a mixed-up packet is noticed.
func content(buf []byte, owner uint32, ext uint64) []byte {
	x := ext*0x9e3779b97f4a7c15 ^ uint64(owner)<<32
	n := 16 + int(x>>56)&^7
	for i := 0; i < n; i += 8 {
		binary.LittleEndian.PutUint64(buf[i:], x+uint64(i))
	}
	return buf[:n]
}

// verify returns an error unless p is the packet (owner, ext), unharmed.
func verify(p *Packet, owner uint32, ext uint64) error {
	var buf [MaxPayload]byte
	if p.Ext != ext {
		return fmt.Errorf("asked for %d, got %d", ext, p.Ext)
	}
	if p.owner != owner {
		return fmt.Errorf("%d: owner is %d, want %d", ext, p.owner, owner)
	}
	if string(p.Payload()) != string(content(buf[:], owner, ext)) {
		return fmt.Errorf("%d: payload of another packet", ext)
	}
	return nil
}

// fill returns a packet for c with the content that verify expects.
func fill(t testing.TB, c *Cache, ext uint64) *Packet {
	p := c.Get()
	if p == nil {
		t.Fatal("pool is exhausted")
	}
	p.Ext = ext
	p.Timestamp = uint32(ext / 4)
	p.Marker = ext%4 == 3
	var buf [MaxPayload]byte
	if err := p.SetPayload(content(buf[:], c.ring.Load().owner, ext)); err != nil {
		t.Fatal(err)
	}
	return p
}

// model is what a cache should hold: a map with eviction.
type model struct {
	capacity int
	held     map[uint64]bool
	head     uint64
	started  bool
}

func (m *model) store(ext uint64) {
	if m.started && ext <= m.head {
		if m.head-ext >= uint64(m.capacity) {
			return
		}
		for e := range m.held {
			if e >= ext && (e-ext)%uint64(m.capacity) == 0 {
				return
			}
		}
	}
	for e := range m.held {
		if e < ext && (ext-e)%uint64(m.capacity) == 0 {
			delete(m.held, e)
		}
	}
	m.held[ext] = true
	if !m.started || ext > m.head {
		m.head = ext
		m.started = true
	}
}

func (m *model) resize(capacity int) {
	n := uint64(min(capacity, m.capacity))
	if capacity == m.capacity {
		return
	}
	for e := range m.held {
		if m.head-e >= n {
			delete(m.held, e)
		}
	}
	m.capacity = capacity
}

// runOps interprets data as operations on a cache and compares it with the
// model after each.
func runOps(t *testing.T, start uint64, data []byte) {
	pool := NewPool(0)
	pool.Poison()
	c := New(pool, 8)
	m := &model{capacity: 8, held: make(map[uint64]bool)}
	next := start
	for len(data) >= 2 {
		op, arg := data[0]%10, uint64(data[1])
		data = data[2:]
		var late bool
		switch op {
		case 0, 1, 2: // in order
		case 3: // loss
			next += arg % 5
		case 4: // a large jump
			next += arg * 3
		case 5, 6: // late, or a duplicate
			late = true
		case 7:
			c.Resize(1 << (arg % 7))
			continue
		case 8:
			c.Reset()
			*m = model{capacity: c.Capacity(), held: make(map[uint64]bool)}
			next = start + arg
			continue
		case 9: // changes nothing
			if p := c.Acquire(next - arg); p != nil {
				p.Release()
			}
			continue
		}
		ext := next
		if late && m.started {
			ext = next - 1 - arg%70
		} else {
			next++
		}
		p := fill(t, c, ext)
		if op == 2 && arg%4 == 0 {
			p.Info.Keyframe = codecs.KeyframeYes
		}
		before := m.head
		c.Store(p, 0)
		if got := c.Capacity(); got != m.capacity {
			if got > MaxCapacity {
				t.Fatalf("capacity is %d", got)
			}
			m.resize(got)
		}
		m.store(ext)
		compare(t, c, m, before)
	}
	c.Close()
	if n := pool.Outstanding(); n != 0 {
		t.Fatalf("%d packets outstanding after Close", n)
	}
}

func compare(t *testing.T, c *Cache, m *model, before uint64) {
	t.Helper()
	owner := c.ring.Load().owner
	check := func(ext uint64) {
		p := c.Acquire(ext)
		if (p != nil) != m.held[ext] {
			t.Fatalf("Acquire(%d) finds: %v, want %v; head %d, capacity %d",
				ext, p != nil, m.held[ext], m.head, m.capacity)
		}
		if p != nil {
			if err := verify(p, owner, ext); err != nil {
				t.Fatal(err)
			}
			p.Release()
		}
	}
	for ext := m.head - 140; ext != m.head+3; ext++ {
		check(ext)
	}
	for ext := before - 70; ext != before+3; ext++ {
		check(ext)
	}
	for ext := range m.held {
		check(ext)
	}
	n := c.pool.Outstanding()
	if c.spare.Load() != nil {
		n--
	}
	if n != int64(len(m.held)) {
		t.Fatalf("%d packets outstanding, %d held", n, len(m.held))
	}
	if head, ok := c.Head(); ok != m.started || ok && head != m.head {
		t.Fatalf("head is %d, %v, want %d, %v", head, ok, m.head, m.started)
	}
	if first, ok := c.Keyframe(); ok && !m.held[first] {
		t.Fatalf("the keyframe %d is not held", first)
	}
}

// TestModel compares the cache with a map under random operations: loss,
// reordering, duplicates, restarts, resizes (spec media.md 5.9).
func TestModel(t *testing.T) {
	traces := uint64(300)
	if testing.Short() || raceEnabled {
		traces = 40
	}
	for seed := range traces {
		r := rand.New(rand.NewPCG(seed, 1))
		data := make([]byte, 400)
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		starts := []uint64{1 << 16, 1<<16 + 65500, 1<<32 - 7, 1 << 48}
		runOps(t, starts[seed%4], data)
	}
}

func FuzzCacheOps(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 5, 1, 7, 3, 0, 0, 8, 0, 0, 0})
	f.Add([]byte{2, 0, 0, 0, 0, 0, 3, 1, 5, 2, 7, 1, 0, 0, 7, 6, 0, 0, 5, 9})
	f.Add([]byte{2, 4, 4, 200, 4, 200, 5, 60, 2, 8, 8, 9, 2, 4})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 600 {
			data = data[:600]
		}
		runOps(t, 1<<16+65530, data)
	})
}
