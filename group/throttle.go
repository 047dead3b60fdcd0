package group

import (
	"net/netip"
	"sync"
	"time"
)

// Slowing down of password guessing (W-23).  Failures are counted per address
// and per group and username; once there have been a few, further attempts wait
// for their turn, and the turns come ever more slowly.
const (
	failureDelay    = 200 * time.Millisecond // before every refusal, JOIN-6
	maxFailureDelay = 10 * time.Second
	freePerAddress  = 30 // failures until attempts have to wait
	freePerUser     = 10
	failureMemory   = 15 * time.Minute // until failures are forgotten
	maxThrottled    = 10_000           // keys remembered
)

// throttle remembers failures.  Its methods may be called concurrently.
type throttle struct {
	now func() time.Time

	mu    sync.Mutex
	keys  map[string]*failures
	swept time.Time // when outdated keys were last removed
}

// failures are those of one address, or for one username of one group.
type failures struct {
	count int
	last  time.Time
	next  time.Time // when the next attempt may be made
}

func newThrottle(now func() time.Time) *throttle {
	return &throttle{now: now, keys: make(map[string]*failures)}
}

// attempt is one verification that is subject to the throttle.
type attempt struct {
	address, user string // keys; an empty one is not counted
}

// newAttempt makes the keys.  Loopback and unknown addresses are not counted:
// behind a proxy they are everybody's.
func newAttempt(address, group, username string) attempt {
	a := attempt{user: "u\x00" + group + "\x00" + truncate(username, maxUsername)}
	ap, err := netip.ParseAddrPort(address)
	if err != nil || ap.Addr().IsLoopback() {
		return a
	}
	addr := ap.Addr().Unmap().WithZone("")
	if addr.Is6() {
		// One customer usually has a whole /64.
		if prefix, err := addr.Prefix(64); err == nil {
			addr = prefix.Addr()
		}
	}
	a.address = "a\x00" + addr.String()
	return a
}

// reserve returns how long the attempt has to wait, and false if that would be
// too long.
func (t *throttle) reserve(a attempt) (time.Duration, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	at := now
	byAddress, byUser := t.get(a.address, now), t.get(a.user, now)
	for _, f := range []*failures{byAddress, byUser} {
		if f != nil && f.next.After(at) {
			at = f.next
		}
	}
	if at.Sub(now) > maxFailureDelay {
		return 0, false
	}
	if byAddress != nil && byAddress.count >= freePerAddress {
		byAddress.next = at.Add(backoff(byAddress.count - freePerAddress))
	}
	if byUser != nil && byUser.count >= freePerUser {
		byUser.next = at.Add(backoff(byUser.count - freePerUser))
	}
	return at.Sub(now), true
}

// backoff is the time between attempts after n failures too many.
func backoff(n int) time.Duration {
	if n >= 6 {
		return maxFailureDelay
	}
	return min(failureDelay<<n, maxFailureDelay)
}

// get returns the failures under a key, or nil.
func (t *throttle) get(key string, now time.Time) *failures {
	f := t.keys[key]
	if f != nil && now.Sub(f.last) > failureMemory {
		delete(t.keys, key)
		return nil
	}
	return f
}

// failed counts a failure.
func (t *throttle) failed(a attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for _, key := range []string{a.address, a.user} {
		if key == "" {
			continue
		}
		f := t.get(key, now)
		if f == nil {
			t.makeRoom(now)
			f = &failures{}
			t.keys[key] = f
		}
		f.count++
		f.last = now
	}
}

// succeeded forgets the failures for the username; those of the address stay,
// lest somebody with one password guess others.
func (t *throttle) succeeded(a attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.keys, a.user)
}

// makeRoom keeps the number of keys bounded.
func (t *throttle) makeRoom(now time.Time) {
	if len(t.keys) >= maxThrottled && now.Sub(t.swept) > time.Minute {
		t.swept = now
		for key := range t.keys {
			t.get(key, now)
		}
	}
	for key := range t.keys {
		if len(t.keys) < maxThrottled {
			return
		}
		delete(t.keys, key) // an arbitrary one
	}
}
