package group

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// hashed makes a bcrypt entry.
func hashed(t *testing.T, password string) string {
	t.Helper()
	key, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return `{"password": {"type": "bcrypt", "key": "` + string(key) + `"}, "permissions": "present"}`
}

// occupy takes all processors away from the hasher, until the function that it
// returns is called.
func (h *house) occupy() func() {
	for range cap(h.hasher.slots) {
		h.hasher.slots <- struct{}{}
	}
	return func() {
		for range cap(h.hasher.slots) {
			<-h.hasher.slots
		}
	}
}

// While a password waits or is verified, the group lives on, and a description that
// changes meanwhile counts.
func TestPasswordsAreVerifiedOffTheLocks_W24(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.write("slow", `{"users": {"ada": `+hashed(t, "old")+`, "op": {"password": "op", "permissions": "op"}}}`)
		_, op := h.join("slow", "op", with("op", "op"))
		release := h.occupy()
		var err error
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _, err = h.try("slow", "1", with("ada", "old"))
		}()
		synctest.Wait()
		wantError(t, op.Chat(ChatRequest{Value: raw("1")}), "")
		h.write("slow", `{"users": {"ada": {"password": "new", "permissions": "present"}, "x": {}}}`)
		if _, err := h.Describe("slow"); err != nil {
			t.Fatal(err)
		}
		release()
		<-done
		wantError(t, err, "not authorised")
		h.join("slow", "1", with("ada", "new"))
	})
}

// No more passwords are verified at a time than there are processors (PW-2).
func TestBusy_W23(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.write("slow", `{"users": {"ada": `+hashed(t, "x")+`}}`)
		release := h.occupy()
		defer release()
		start := time.Now()
		_, _, err := h.try("slow", "1", with("ada", "x"))
		wantError(t, err, "server busy, try again")
		var e *Error
		if !errors.As(err, &e) || e.ID != "busy" {
			t.Errorf("got %#v", err)
		}
		if d := time.Since(start); d != hashTimeout {
			t.Errorf("waited %v", d)
		}
		// An unknown user waits just as long for a password that is nobody's.
		_, _, err = h.try("slow", "1", with("eve", "x"))
		wantError(t, err, "server busy, try again")
		// Plain passwords need no slot.
		h.join("test", "1", with("ada", "secret"))

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := h.Join(ctx, "slow", &client{id: "2"}, with("ada", "x"), nil); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: got %v", err)
		}
	})
}

func TestDecoy_W23(t *testing.T) {
	d, err := parseDescription("x.json", []byte(`{"users": {"a": {"password": "plain"}, "b": `+hashed(t, "x")+`}}`))
	if err != nil {
		t.Fatal(err)
	}
	if !d.decoy.expensive() {
		t.Error("there is no decoy")
	}
	d, err = parseDescription("x.json", []byte(testGroup))
	if err != nil {
		t.Fatal(err)
	}
	if d.decoy.expensive() {
		t.Error("there is a decoy, but no hashed password")
	}
}

// HW-20, for those who join and for recordings alike.
func TestGuessingSlowsDown_W23(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.write("closed", `{"users": {"ada": {"password": "secret"}}}`)
		var times []time.Duration
		for range freePerUser + 8 {
			start := time.Now()
			_, _, err := h.try("closed", "1", with("ada", "guess"))
			wantError(t, err, "not authorised")
			times = append(times, time.Since(start))
		}
		for i, d := range times[:freePerUser] {
			if d != failureDelay {
				t.Errorf("attempt %d took %v", i, d)
			}
		}
		for i := freePerUser + 2; i < len(times); i++ {
			if times[i] < times[i-1] {
				t.Errorf("attempt %d took %v, after %v", i, times[i], times[i-1])
			}
		}
		if last := times[len(times)-1]; last < 5*time.Second || last > maxFailureDelay+failureDelay {
			t.Errorf("the last attempt took %v", last)
		}
		// Guessing in parallel does not help.
		busy := 0
		results := make(chan error)
		for range 10 {
			go func() {
				_, _, err := h.try("closed", "1", with("ada", "guess"))
				results <- err
			}()
		}
		for range 10 {
			var e *Error
			if err := <-results; errors.As(err, &e) && e.ID == "busy" {
				busy++
			}
		}
		if busy < 8 {
			t.Errorf("%d of 10 parallel attempts were turned away", busy)
		}
		// Others are not affected, and it passes.
		start := time.Now()
		h.join("test", "2", with("ada", "secret"))
		if d := time.Since(start); d != 0 {
			t.Errorf("another group took %v", d)
		}
		time.Sleep(failureMemory + time.Minute)
		start = time.Now()
		h.join("closed", "3", with("ada", "secret"))
		if d := time.Since(start); d != 0 {
			t.Errorf("after a while it took %v", d)
		}
	})
}

func TestGuessingPerAddress_W23(t *testing.T) {
	tests := []struct {
		name, address string
		slow          bool
	}{
		{"public", "192.0.2.1:1", true},
		{"one customer's IPv6", "[2001:db8::1]:1", true},
		{"loopback is a proxy", "127.0.0.1:1", false},
		{"unknown", "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := &clock{now: time.Now()}
			throttle := newThrottle(c.Now)
			var wait time.Duration
			for i := range freePerAddress + 3 {
				// Another username each time.
				who := newAttempt(test.address, "g", string(rune('a'+i)))
				wait, _ = throttle.reserve(who)
				throttle.failed(who)
			}
			if (wait > 0) != test.slow {
				t.Errorf("the last attempt waits %v", wait)
			}
		})
	}
}

func TestThrottleIsBounded_W23(t *testing.T) {
	throttle := newThrottle(time.Now)
	for i := range 2 * maxThrottled {
		throttle.failed(attempt{user: string(rune(i + 0x10000))})
	}
	if n := len(throttle.keys); n > maxThrottled {
		t.Errorf("%d keys", n)
	}
}
