package group

import (
	"strconv"
	"testing"
	"time"
)

// TestVerified checks for how long, and for what, a password need not be verified
// again.
func TestVerified(t *testing.T) {
	now := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	v := newVerified(func() time.Time { return now })
	password := func(key string) Password { return Password{kind: "bcrypt", key: &key} }
	if v.knows(password("a"), "x") {
		t.Error("knows what it was not told")
	}
	v.remember(password("a"), "x")
	if !v.knows(password("a"), "x") || v.knows(password("a"), "y") || v.knows(password("b"), "x") {
		t.Error("not exactly what it was told")
	}
	now = now.Add(verifiedTime)
	if v.knows(password("a"), "x") {
		t.Error("knows it for ever")
	}
	for i := range 2 * maxVerified {
		v.remember(password("a"), strconv.Itoa(i))
	}
	if len(v.codes) > maxVerified || !v.knows(password("a"), strconv.Itoa(2*maxVerified-1)) {
		t.Errorf("%d are remembered", len(v.codes))
	}
}

// TestThrottleAdmits checks that an attempt that is too early takes no turn.
func TestThrottleAdmits(t *testing.T) {
	now := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	throttle := newThrottle(func() time.Time { return now })
	who := newAttempt("", "g", "u")
	for range freePerUser {
		if wait := throttle.admit(who); wait != 0 {
			t.Fatalf("has to wait for %v", wait)
		}
		throttle.failed(who)
	}
	throttle.admit(who) // the last one for which nobody waits
	for range 5 {
		if wait := throttle.admit(who); wait != failureDelay {
			t.Errorf("has to wait for %v", wait)
		}
	}
	if wait := throttle.admit(newAttempt("", "g", "other")); wait != 0 {
		t.Errorf("somebody else has to wait for %v", wait)
	}
	now = now.Add(failureDelay)
	if wait := throttle.admit(who); wait != 0 {
		t.Errorf("has to wait for %v when it is time", wait)
	}
	throttle.succeeded(who)
	if wait := throttle.admit(who); wait != 0 {
		t.Errorf("has to wait for %v after success", wait)
	}
}
