package signalling

import (
	"testing"
	"time"
)

func TestBucket(t *testing.T) {
	now := time.Now()
	b := newBucket(Rate{PerSecond: 10, Burst: 5}, time.Second, now)
	for i := range 5 {
		if wait, refused := b.take(now); wait != 0 || refused {
			t.Fatalf("message %d: %v, %v", i, wait, refused)
		}
	}
	// Whoever goes on is slowed down for a second, then refused.
	slowed, refusals := 0, 0
	for range 20 {
		wait, refused := b.take(now)
		if wait < 99*time.Millisecond || wait > 101*time.Millisecond {
			t.Fatalf("wait %v", wait)
		}
		if refused {
			refusals++
		} else {
			slowed++
		}
		now = now.Add(wait)
	}
	if slowed < 10 || slowed > 12 || refusals == 0 {
		t.Errorf("%d slowed, %d refused", slowed, refusals)
	}
	// Half a burst of silence is forgiveness.
	now = now.Add(300 * time.Millisecond)
	if wait, refused := b.take(now); wait != 0 || refused {
		t.Errorf("after a pause: %v, %v", wait, refused)
	}
	// However long, silence earns no more than a burst.
	now = now.Add(time.Hour)
	for range 5 {
		b.take(now)
	}
	if wait, _ := b.take(now); wait == 0 {
		t.Error("more than a burst at once")
	}
}
