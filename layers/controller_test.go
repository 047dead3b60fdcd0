package layers

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

const tick = 200 * time.Millisecond

// link is a path of a given capacity, and a sender that sends what it may.
type link struct {
	capacity float64
	c        Controller
	now      int64
	steps    []int64
	sent     float64 // of what was sent, this
	lost     float64 // was lost
}

// run lets time pass while wanted bit/s are wanted, in steps of the given size.
func (l *link) run(d time.Duration, wanted, step float64) {
	for range int(d / tick) {
		l.now += int64(tick)
		limit := float64(wanted)
		if c := l.c.Capacity(); c != Unlimited {
			limit = min(wanted, float64(c))
		}
		sent := limit - mod(limit, step)
		loss := max(0, 1-l.capacity/max(sent, 1))
		l.sent += sent
		l.lost += loss * sent
		l.c.Update(Report{Sent: uint64(sent), Loss: loss, HasLoss: true, Bound: Unlimited}, l.now)
		if sent+step <= wanted && l.c.MayStep(l.now) && l.c.Capacity() != Unlimited &&
			float64(l.c.Capacity()) < sent+step {
			l.c.Stepped(uint64(sent+step), l.now)
			l.steps = append(l.steps, l.now)
		}
		if sent >= wanted {
			l.c.Satisfied(l.now)
		}
	}
}

func mod(a, b float64) float64 { return a - float64(int(a/b))*b }

// TestControllerNoLimit: without a sign of a limit there is none.
func TestControllerNoLimit(t *testing.T) {
	l := link{capacity: 100e6}
	l.run(time.Minute, 20e6, 1e5)
	if c := l.c.Capacity(); c != Unlimited {
		t.Errorf("capacity %d", c)
	}
}

// TestControllerConverges: what is sent soon fits the path, goes on fitting most
// of the time, and grows again when the path does.
func TestControllerConverges(t *testing.T) {
	l := link{capacity: 1e6}
	l.run(5*time.Second, 4e6, 1e5)
	if c := float64(l.c.Capacity()); c > 1.25e6 || c < 0.4e6 {
		t.Errorf("after 5 s: %v", c)
	}
	l.run(2*time.Minute, 4e6, 1e5)
	if c := float64(l.c.Capacity()); c > 1.4e6 || c < 0.5e6 {
		t.Errorf("after 2 min: %v", c)
	}
	l.capacity = 10e6
	l.run(3*time.Minute, 4e6, 1e5)
	if c := l.c.Capacity(); c < 4e6 {
		t.Errorf("after the path has become better: %v", c)
	}
	l.run(time.Minute, 4e6, 1e5)
	if c := l.c.Capacity(); c != Unlimited {
		t.Errorf("a limit of %v is still remembered", c)
	}
}

// TestControllerRegains: what got through before is sent again soon after losses
// have ended, but not when the path has really become narrower.
func TestControllerRegains(t *testing.T) {
	for _, after := range []float64{4e6, 2e6} {
		l := link{capacity: 4e6}
		l.run(10*time.Second, 3.5e6, 5e4)
		l.capacity = 5e5
		l.run(20*time.Second, 3.5e6, 5e4)
		if c := l.c.Capacity(); c > 1e6 {
			t.Fatalf("in bad times: %d", c)
		}
		l.capacity = after
		l.run(10*time.Second, 3.5e6, 5e4)
		if c := float64(l.c.Capacity()); c < 0.8*min(after, 3.5e6) {
			t.Errorf("10 s later: %v of %v", c, after)
		}
		l.sent, l.lost = 0, 0
		l.run(5*time.Minute, 3.5e6, 5e4)
		t.Logf("%.1f %% lost in five minutes", 100*l.lost/l.sent)
		if l.lost > 0.06*l.sent {
			t.Errorf("%.1f %% lost", 100*l.lost/l.sent)
		}
	}
}

// TestControllerWaitsForLosses: while packets are lost, few or many, capacity does
// not grow, and no step is made (spec media.md 7.5: 2 to 10 % hold).
func TestControllerWaitsForLosses(t *testing.T) {
	var c Controller
	now := int64(time.Minute)
	c.Update(Report{Sent: 1e6, Loss: 0.2, HasLoss: true, Bound: Unlimited}, now)
	before := c.Capacity()
	for i := range 300 {
		now += int64(tick)
		c.Update(Report{Sent: 1e6 * 9 / 10, Loss: 0.05, HasLoss: i%15 == 0, Bound: Unlimited}, now)
		if c.MayStep(now) || c.MayResume(now) {
			t.Fatal("a step while packets are lost")
		}
	}
	if got := c.Capacity(); got != before {
		t.Errorf("from %d to %d while packets are lost", before, got)
	}
	c.Update(Report{Sent: 1e6, HasLoss: true, Bound: Unlimited}, now)
	if !c.MayStep(now) || !c.MayResume(now) {
		t.Error("no step when that has ended")
	}
}

// TestControllerIdle: losses while nothing is sent that could be left out are no sign of
// a limit, and as much is expected to be lost afterwards; capacity does not grow then.
func TestControllerIdle(t *testing.T) {
	var c Controller
	now := int64(time.Minute)
	second := func(loss float64, idle bool) {
		now += int64(time.Second)
		c.Update(Report{Sent: 2e5, Loss: loss, HasLoss: true, Idle: idle, Bound: Unlimited}, now)
	}
	for range 10 {
		second(0.3, true)
	}
	if got := c.Capacity(); got != Unlimited {
		t.Fatalf("capacity %d", got)
	}
	for range 10 {
		second(0.3, false)
	}
	if got := c.Capacity(); got != Unlimited {
		t.Fatalf("capacity %d because of losses that were there before", got)
	}
	second(0.45, false)
	if c.Capacity() == Unlimited {
		t.Fatal("no limit although more is lost")
	}
	for range 30 {
		second(0.3, false)
		if c.MayStep(now) || c.MayResume(now) {
			t.Fatal("a step while packets are lost")
		}
	}
	if got := c.Capacity(); got > 2e5 {
		t.Errorf("capacity %d while packets are lost", got)
	}
	for range 6 {
		second(0.3, true)
	}
	if !c.MayResume(now) {
		t.Error("nothing is tried although it is not to blame")
	}
	for range 40 {
		second(0, false)
	}
	before := c.Capacity()
	if second(0.12, false); c.Capacity() >= before {
		t.Error("former losses are still expected after they have ended")
	}
}

// TestControllerBlame: a step after which packets are lost makes the next one wait,
// unless they go on being lost without it.
func TestControllerBlame(t *testing.T) {
	for _, seconds := range []int{1, 12} {
		var c Controller
		now := int64(time.Minute)
		second := func(loss float64) {
			for i := range 5 {
				now += int64(tick)
				c.Update(Report{Sent: 5e5, Loss: loss, HasLoss: i == 0, Bound: Unlimited}, now)
			}
		}
		second(0.2)
		for !c.MayResume(now) {
			second(0)
		}
		c.Stepped(1e6, now)
		for range seconds {
			second(0.2)
		}
		waited := 0
		for ; !c.MayResume(now); waited++ {
			second(0)
		}
		if blamed := waited > 4; blamed != (seconds == 1) {
			t.Errorf("%d s of losses: a wait of %d s", seconds, waited)
		}
	}
}

// TestControllerHysteresis: steps are at least 2 s apart, and those that
// fail become rare.
func TestControllerHysteresis(t *testing.T) {
	l := link{capacity: 1e6}
	l.run(10*time.Minute, 2e6, 0.8e6)
	for i := 1; i < len(l.steps); i++ {
		if d := time.Duration(l.steps[i] - l.steps[i-1]); d < stepInterval {
			t.Fatalf("steps %v apart", d)
		}
	}
	late := slices.DeleteFunc(slices.Clone(l.steps), func(at int64) bool { return at < int64(5*time.Minute) })
	if len(late) == 0 || len(late) > 7 {
		t.Errorf("%d attempts in 5 min", len(late))
	}
	if len(l.steps) > 15 {
		t.Errorf("%d attempts in 10 min", len(l.steps))
	}
}

// TestControllerBound: a limit that the receiver names is kept.
func TestControllerBound(t *testing.T) {
	var c Controller
	c.Update(Report{Sent: 1e6, Bound: 300_000}, int64(time.Second))
	if got := c.Capacity(); got != 300_000 {
		t.Errorf("capacity %d", got)
	}
	c.Reset()
	if got := c.Capacity(); got != Unlimited {
		t.Errorf("capacity %d after a reset", got)
	}
}

// TestControllerAnything: whatever is reported, the estimate is never absurd.
func TestControllerAnything(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for range 300 {
		var c Controller
		now := int64(0)
		for range 300 {
			now += r.Int64N(int64(3 * time.Second))
			report := Report{Sent: r.Uint64N(20e6), Loss: r.Float64(), HasLoss: r.IntN(2) == 0, Bound: Unlimited}
			if r.IntN(10) == 0 {
				report.Bound = r.Uint64N(5e6)
			}
			c.Update(report, now)
			if got := c.Capacity(); got < minCapacity || got != Unlimited && got > 1<<40 {
				t.Fatalf("capacity %d", got)
			}
			if r.IntN(5) == 0 && c.MayStep(now) {
				c.Stepped(r.Uint64N(10e6), now)
			}
			c.Satisfied(now)
		}
	}
}

// TestSenderLimit: most receivers decide, and never the slowest.
func TestSenderLimit(t *testing.T) {
	for _, test := range []struct {
		demands []uint64
		want    uint64
	}{
		{nil, 0},
		{[]uint64{300}, 300},
		{[]uint64{300, 2000}, 2000},
		{[]uint64{2000, 300, 1000}, 1000},
		{[]uint64{1, 2, 3, 4}, 2},
		{[]uint64{Unlimited, 100, Unlimited, Unlimited, Unlimited}, Unlimited},
	} {
		if got := SenderLimit(test.demands); got != test.want {
			t.Errorf("%v: %d, want %d", test.demands, got, test.want)
		}
	}
}
