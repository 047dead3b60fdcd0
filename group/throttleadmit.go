package group

import "time"

// admit returns 0 if the attempt may be made now; otherwise how long it is too
// early.  It is reserve for those who come again instead of waiting: what is too
// early takes no turn.
func (t *throttle) admit(a attempt) time.Duration {
	t.mu.Lock()
	now := t.now()
	at := now
	for _, key := range []string{a.address, a.user} {
		if f := t.get(key, now); f != nil && f.next.After(at) {
			at = f.next
		}
	}
	t.mu.Unlock()
	if at.After(now) {
		return at.Sub(now)
	}
	t.reserve(a)
	return 0
}
