package packetcache

import (
	"errors"
	"testing"
	"time"

	"galene/codecs"
)

func TestPayloadTooLarge(t *testing.T) {
	pool := NewPool(0)
	p := pool.Get()
	if err := p.SetPayload(make([]byte, MaxPayload)); err != nil {
		t.Error(err)
	}
	if err := p.SetPayload(make([]byte, MaxPayload+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v, want ErrTooLarge", err)
	}
	if len(p.Payload()) != MaxPayload {
		t.Error("a payload that is too large has changed the packet")
	}
	p.Discard()
	if n := pool.Outstanding(); n != 0 {
		t.Errorf("%d packets outstanding", n)
	}
}

// near the limit, the pool says so.
func TestPoolTight(t *testing.T) {
	pool := NewPool(16 * PacketSize)
	var packets []*Packet
	for n := range 16 {
		if got, want := pool.Tight(), n >= 14; got != want {
			t.Errorf("with %d of 16 packets: %v", n, got)
		}
		packets = append(packets, pool.Get())
	}
	for _, p := range packets {
		p.Discard()
	}
	if pool.Tight() || NewPool(0).Tight() {
		t.Error("tight without a reason")
	}
}

// above the limit, Get drops instead of growing.
func TestPoolLimit(t *testing.T) {
	pool := NewPool(3 * PacketSize)
	c := New(pool, 64)
	for ext := range uint64(3) {
		c.Store(fill(t, c, 1000+ext), 0)
	}
	if pool.Get() != nil {
		t.Error("got a packet above the limit")
	}
	if n := pool.Outstanding(); n != 3 {
		t.Errorf("%d packets outstanding", n)
	}
	c.Reset()
	p := pool.Get()
	if p == nil {
		t.Fatal("got no packet although all were released")
	}
	p.Discard()
}

func TestReleaseTwice(t *testing.T) {
	pool := NewPool(0)
	c := New(pool, 4)
	p := fill(t, c, 1000)
	c.Store(p, 1)
	c.Close()
	p.Release()
	defer func() {
		if recover() == nil {
			t.Error("a second release goes unnoticed")
		}
	}()
	p.Release()
}

// A packet that the cache does not keep is still the caller's to hand on.
func TestNotKept(t *testing.T) {
	pool := NewPool(0)
	pool.Poison()
	c := New(pool, 4)
	owner := c.ring.Load().owner
	store := func(ext uint64) *Packet {
		p := fill(t, c, ext)
		c.Store(p, 1)
		return p
	}
	newest := store(1010)
	for _, test := range []struct {
		name string
		ext  uint64
	}{
		{"older than the ring", 1006},
		{"much older", 5},
		{"duplicate", 1010},
	} {
		p := store(test.ext)
		if p.Ext != test.ext {
			t.Errorf("%s: the caller's reference is not honoured", test.name)
		}
		p.Release()
		if q := c.Acquire(1010); q != newest {
			t.Errorf("%s: has replaced the newest packet", test.name)
		} else {
			q.Release()
		}
	}
	c.Close()
	if err := verify(newest, owner, 1010); err != nil {
		t.Errorf("after Close: %v", err)
	}
	newest.Release()
	late := store(1011)
	if c.Acquire(1011) != nil {
		t.Error("a closed cache keeps packets")
	}
	late.Release()
	c.Store(fill(t, c, 1012), 0)
	if n := pool.Outstanding(); n != 0 {
		t.Errorf("%d packets outstanding", n)
	}
}

// A generation of its own for each restart: a packet of the former one is not
// found under the same number (spec media.md 5.4, point 3).
func TestResetTakesNewOwner(t *testing.T) {
	pool := NewPool(0)
	c := New(pool, 4)
	p := fill(t, c, 1000)
	c.Store(p, 1)
	r := c.ring.Load()
	owner := r.owner
	c.Reset()
	if _, ok := c.Head(); ok {
		t.Error("an empty cache has a head")
	}
	// What a reader would do that was interrupted after loading the slot.
	c.ring.Load().slots[1000&3].Store(p)
	if c.Acquire(1000) != nil {
		t.Error("found a packet of the former generation")
	}
	c.ring.Load().slots[1000&3].Store(nil)
	if c.ring.Load().owner == owner {
		t.Error("the owner number was used again")
	}
	p.Release()
}

func TestCapacity(t *testing.T) {
	for _, test := range []struct{ ask, want int }{
		{-1, 1}, {0, 1}, {1, 1}, {3, 4}, {256, 256}, {257, 512}, {4096, 4096}, {1 << 20, 4096},
	} {
		if got := New(NewPool(0), test.ask).Capacity(); got != test.want {
			t.Errorf("%d: got %d, want %d", test.ask, got, test.want)
		}
	}
}

// storeKeyframe stores n packets of one timestamp, the first of which starts a
// keyframe and the last of which has the marker.
func storePicture(t *testing.T, c *Cache, ext uint64, n int, key bool) {
	for i := range n {
		p := fill(t, c, ext+uint64(i))
		p.Timestamp = uint32(ext)
		p.Marker = i == n-1
		if key && i == 0 {
			p.Info.Keyframe = codecs.KeyframeYes
		}
		c.Store(p, 0)
	}
}

func TestKeyframe(t *testing.T) {
	c := New(NewPool(0), 16)
	if _, ok := c.Keyframe(); ok {
		t.Error("an empty cache has a keyframe")
	}
	storePicture(t, c, 1000, 3, false)
	if _, ok := c.Keyframe(); ok {
		t.Error("a keyframe was found in another frame")
	}
	storePicture(t, c, 1003, 4, true)
	storePicture(t, c, 1007, 2, false)
	if first, last, ok := c.CompleteKeyframe(); !ok || first != 1003 || last != 1006 {
		t.Errorf("got %d, %d, %v", first, last, ok)
	}
	c.Reset()
	if _, ok := c.Keyframe(); ok {
		t.Error("the keyframe has survived a reset")
	}
}

// The keyframe is complete once all its packets are there, in whatever order
// they come.
func TestKeyframeReordered(t *testing.T) {
	orders := [][]uint64{
		{0, 1, 2, 3}, {0, 2, 1, 3}, {0, 3, 2, 1}, {1, 0, 3, 2}, {3, 2, 1, 0}, {1, 1, 0, 0, 2, 2, 3},
	}
	for _, order := range orders {
		c := New(NewPool(0), 16)
		storePicture(t, c, 1000, 1, false)
		seen := map[uint64]bool{}
		for _, i := range order {
			p := fill(t, c, 1001+i)
			p.Timestamp = 77
			p.Marker = i == 3
			if i == 0 {
				p.Info.Keyframe = codecs.KeyframeYes
			}
			c.Store(p, 0)
			seen[i] = true
			first, ok := c.Keyframe()
			if ok != seen[0] || ok && first != 1001 {
				t.Errorf("%v: after %d the keyframe is %d, %v", order, i, first, ok)
			}
			_, last, ok := c.CompleteKeyframe()
			if ok != (len(seen) == 4) || ok && last != 1004 {
				t.Errorf("%v: after %d it is complete: %v, last %d", order, i, ok, last)
			}
		}
	}
}

// A keyframe that is recognised by one of its later packets begins with the first one
// that has the same timestamp.
func TestKeyframeBegun(t *testing.T) {
	for _, order := range [][]uint64{{0, 1, 2, 3}, {0, 2, 1, 3}, {1, 0, 3, 2}, {0, 1, 3, 2}} {
		for by := range uint64(4) {
			c := New(NewPool(0), 16)
			storePicture(t, c, 990, 2, true)
			storePicture(t, c, 999, 2, false)
			first, last, seen := uint64(0), uint64(0), map[uint64]bool{}
			for _, i := range order {
				p := fill(t, c, 1001+i)
				p.Timestamp = 77
				p.Marker = i == 3
				if i == by {
					p.Info.Keyframe = codecs.KeyframeBegun
				}
				seen[i] = true
				if i == by { // from the first packet without a gap
					for first = i; first > 0 && seen[first-1]; first-- {
					}
				}
				c.Store(p, 0)
			}
			want, complete := 1001+first, first == 0 || !seen[first-1]
			got, ok := c.Keyframe()
			if !ok || got != want {
				t.Errorf("%v, recognised by %d: the keyframe is %d, %v, want %d", order, by, got, ok, want)
			}
			if _, last, ok = c.CompleteKeyframe(); complete && (!ok || last != 1004) {
				t.Errorf("%v, recognised by %d: complete: %v, last %d", order, by, ok, last)
			}
		}
	}
}

// Spec media.md 5.6: rather than lose the first packet of the keyframe, the
// cache grows, up to its limits, and shrinks again when asked.
func TestGrowsForKeyframe(t *testing.T) {
	pool := NewPool(0)
	c := New(pool, 8)
	storePicture(t, c, 1000, 4, true)
	ext := uint64(1004)
	for ; ext < 1000+MaxCapacity; ext++ {
		c.Store(fill(t, c, ext), 0)
		c.Resize(8) // does not matter now
	}
	for e := uint64(1000); e < ext; e++ {
		p := c.Acquire(e)
		if p == nil {
			t.Fatalf("replay breaks off at %d; capacity %d", e, c.Capacity())
		}
		p.Release()
	}
	c.Store(fill(t, c, ext), 0)
	if _, ok := c.Keyframe(); ok {
		t.Error("the keyframe should be lost")
	}
	storePicture(t, c, ext+1, 4, true)
	c.Resize(8)
	c.Store(fill(t, c, ext+5), 0)
	if n := c.Capacity(); n != 8 {
		t.Errorf("capacity is %d after a new keyframe", n)
	}
	if first, ok := c.Keyframe(); !ok || first != ext+1 {
		t.Errorf("keyframe is %d, %v", first, ok)
	}
	c.Close()
	if n := pool.Outstanding(); n != 0 {
		t.Errorf("%d packets outstanding", n)
	}
}

// TestShrinkWhileReplaying: a replay that has begun at a keyframe goes on between two frames
// from the next one; until then the cache keeps what it needs.
func TestShrinkWhileReplaying(t *testing.T) {
	c := New(NewPool(0), 16)
	ext := uint64(1000)
	store := func(n int) {
		for range n {
			c.Store(fill(t, c, ext), 0)
			ext++
		}
	}
	keyframe := func() {
		storePicture(t, c, ext, 4, true)
		ext += 4
	}
	// shrink asks for the smallest capacity, and stores what is asked for.
	shrink := func(more, want int) {
		t.Helper()
		c.Resize(16)
		store(more)
		if n := c.Capacity(); n != want {
			t.Errorf("capacity %d at packet %d, want %d", n, ext, want)
		}
		for replayed := ext - 16; replayed < ext; replayed++ {
			if p := c.Acquire(replayed); p != nil {
				p.Release()
			} else {
				t.Errorf("packet %d of %d is gone", replayed, ext)
			}
		}
	}
	keyframe()
	store(40)
	keyframe()
	shrink(1, 64)
	if p := c.Acquire(1000); p == nil {
		t.Error("the keyframe before is gone")
	} else {
		p.Release()
	}
	shrink(3, 64)
	shrink(1, 16) // the last keyframe is no longer new

	// Keyframes that follow one another closely do not keep a cache large.
	c.Resize(64)
	store(1)
	for range 3 {
		keyframe()
	}
	shrink(1, 16)
}

func TestGrowthIsLimitedInBytes(t *testing.T) {
	c := New(NewPool(0), 8)
	for i := range uint64(MaxCapacity - 1) {
		p := fill(t, c, 1000+i)
		if i == 0 {
			p.Info.Keyframe = codecs.KeyframeYes
		}
		if err := p.SetPayload(make([]byte, 1400)); err != nil {
			t.Fatal(err)
		}
		c.Store(p, 0)
	}
	if n := c.Capacity(); n*1400 > 2*maxKeyframeBytes {
		t.Errorf("capacity is %d", n)
	}
	if _, ok := c.Keyframe(); ok {
		t.Error("the keyframe should be lost")
	}
}

// nothing is allocated per packet.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes sync.Pool drop packets")
	}
	pool := NewPool(1 << 30)
	c := New(pool, 64)
	payload := make([]byte, 1200)
	ext := uint64(1 << 16)
	step := func() {
		p := c.Get()
		p.Ext = ext
		if err := p.SetPayload(payload); err != nil {
			t.Fatal(err)
		}
		c.Store(p, 1)
		p.Release()
		if q := c.Acquire(ext - 20); q != nil {
			q.Release()
		}
		ext++
	}
	for range 1000 {
		step()
	}
	if n := testing.AllocsPerRun(5000, step); n != 0 {
		t.Errorf("%v allocations per packet", n)
	}
}

// a resize of 4096 slots is quick.  The limit is generous, since the
// machine may be busy: the best of several counts.
func TestResizeIsQuick(t *testing.T) {
	if raceEnabled {
		t.Skip("timing means nothing under the race detector")
	}
	c := New(NewPool(0), MaxCapacity)
	for ext := uint64(1 << 16); ext < 1<<16+MaxCapacity; ext++ {
		c.Store(fill(t, c, ext), 0)
	}
	best := time.Hour
	for i := range 20 {
		r := c.ring.Load()
		start := time.Now()
		c.replace(r, MaxCapacity>>(i%2))
		best = min(best, time.Since(start))
	}
	t.Logf("best of 20: %v", best)
	if best > 500*time.Microsecond {
		t.Errorf("a resize takes %v", best)
	}
}
