package layers

import (
	"cmp"
	"math"
	"slices"
	"time"
)

const (
	// fewLost and manyLost are the fractions of packets lost below which a
	// receiver's capacity may grow and above which it shrinks (spec media.md
	// 7.1).
	fewLost  = 5.0 / 256
	manyLost = 25.0 / 256
	// growth is by how much capacity grows per second while it is used, and
	// usedShare from which part on it counts as used.
	growth    = 0.05
	usedShare = 0.75
	// regrowth is the growth up to regrowShare of what got through before the
	// last sign of a limit, and when there has been none for calm: then the
	// limit is another one, or there is none any more.  Up to there, capacity is
	// ahead of what is used by regrowUsed, since senders need time to follow.
	regrowth    = 0.4
	regrowShare = 0.9
	regrowUsed  = 0.5
	calm        = 10 * time.Second
	// minCapacity is the least capacity reckoned with, in bit/s.
	minCapacity = 9_600

	// lossInterval is the least time between two cuts because of loss:
	// reports tell of what was sent before the last one.
	lossInterval = time.Second
	// lossMemory is how long a report of losses holds if there is no other.
	lossMemory = 4 * time.Second
	// provenAfter is the time without a cut after which what is sent counts
	// as known to get through.
	provenAfter = 2500 * time.Millisecond
	// stepInterval is the time between two steps up.
	stepInterval = 2 * time.Second
	// minHold is the time without a step up after a cut, and resumeHold that
	// without resuming what gets nothing at all.  If a cut follows either within
	// regret, both are minHold, and twice as much each time that happens again, up
	// to maxHold and maxResumeHold.
	resumeHold    = 2500 * time.Millisecond
	maxResumeHold = 16 * time.Second
	minHold       = 8 * time.Second
	maxHold       = 64 * time.Second
	regret        = 5 * time.Second
	// forget is how long there must have been no sign of a limit, with
	// everything sent that is wanted, before there is none.
	forget = 30 * time.Second
)

// Unlimited is the capacity of a receiver that has shown no sign of a limit.
const Unlimited = math.MaxUint64

// Controller estimates the capacity of the path to one receiver, for all that is
// sent to it together, from the losses and limits that it reports.  The zero
// value knows of no limit.
//
// There is no probing: a step up is an attempt, made one at a time, whose failure
// makes the next one wait longer.
type Controller struct {
	limited  bool
	capacity float64
	updated  int64
	known    float64 // what got through before it was cut
	grown    bool    // capacity has grown since it was cut
	cut      int64   // when capacity was last cut
	lossy    bool    // the last report was of losses
	base     float64 // fraction lost that does not come from pictures
	sign     int64   // when there last was a sign of a limit: a cut, or losses
	stepped  int64   // when a step up was last made
	everStep bool
	hold     time.Duration // because of steps that have failed, 0 if none has
	blamed   int64         // when a cut has made hold longer, 0 if none did since the last step
	former   time.Duration // hold before that
}

// Report is what is known of a receiver at one instant.
type Report struct {
	// Sent is what is being sent to it, in bit/s.
	Sent uint64
	// Loss is the fraction lost, from 0 to 1, and HasLoss whether anything
	// was reported since the last Report.
	Loss    float64
	HasLoss bool
	// Idle says that for some time nothing was sent that could be left out, so
	// that what is lost now does not come from that.
	Idle bool
	// Bound is what the receiver says it can take, in bit/s, Unlimited if it
	// says nothing, or that more than Sent is possible.
	Bound uint64
	// Least is the capacity that is reckoned with in any case, in bit/s.
	Least uint64
}

// Update takes a report.  Now is in ns.
func (c *Controller) Update(r Report, now int64) {
	elapsed := float64(now-c.updated) / float64(time.Second)
	c.updated = now
	if bound := max(r.Bound, r.Least); bound < Unlimited && (!c.limited || float64(bound) < c.capacity) {
		c.reduce(float64(bound), float64(r.Sent), now)
	}
	excess := 0.0
	switch {
	case r.HasLoss && r.Idle:
		c.base += (r.Loss - c.base) / 2
	case r.HasLoss:
		excess = r.Loss - c.base
		c.base += min(excess, 0) / 8
		if c.lossy = r.Loss > fewLost; c.lossy {
			c.sign = now
		}
	}
	switch {
	case excess > manyLost:
		if !c.limited || now-c.cut >= int64(lossInterval) {
			rate := float64(r.Sent)
			if c.limited {
				rate = min(rate, c.capacity)
			}
			c.reduce(max(rate*(1-excess/2), float64(r.Least)), float64(r.Sent), now)
		}
	case !c.limited, c.losing(now):
	case now-c.cut >= int64(lossInterval):
		rate, used := c.pace(now)
		if float64(r.Sent) >= used*c.capacity {
			c.capacity *= 1 + rate*min(max(elapsed, 0), 1)
			c.grown = true
		}
	}
	if c.limited {
		c.capacity = max(c.capacity, float64(r.Least)) // the sound may have grown
	}
	if c.limited && now-c.cut >= int64(provenAfter) {
		c.capacity = max(c.capacity, float64(r.Sent)) // it does get through
	}
}

// losing reports whether packets are being lost, as far as is known.
func (c *Controller) losing(now int64) bool {
	return c.lossy && now-c.sign < int64(lossMemory)
}

// pace returns by how much capacity is to grow per second, and which part of it
// must be used for that.
func (c *Controller) pace(now int64) (rate, used float64) {
	switch {
	case c.capacity < regrowShare*c.known:
		return regrowth, regrowUsed
	case now-c.sign >= int64(calm):
		return regrowth, usedShare
	}
	return growth, usedShare
}

// reduce notes a sign of a limit, while sent bit/s are sent.
func (c *Controller) reduce(capacity, sent float64, now int64) {
	switch {
	case !c.limited:
		c.known = sent
	case c.grown: // too far
		c.known = c.capacity
	}
	switch {
	case c.everStep && c.stepped > c.cut && now-c.stepped <= int64(regret):
		c.former, c.blamed = c.hold, now
		c.hold = min(max(2*c.hold, minHold), maxHold)
	case c.blamed != 0 && now-c.blamed > int64(regret):
		// The step has been undone, and it goes on: that was not to blame.
		c.hold, c.blamed = c.former, 0
	case now-c.cut > int64(maxHold):
		c.hold = 0
	}
	c.limited, c.capacity, c.grown = true, max(capacity, minCapacity), false
	c.cut, c.sign = now, now
}

// Capacity returns the estimate in bit/s, or Unlimited.
func (c *Controller) Capacity() uint64 {
	if !c.limited {
		return Unlimited
	}
	return uint64(c.capacity)
}

// MayStep reports whether a step up may be made now.
func (c *Controller) MayStep(now int64) bool { return c.may(max(minHold, c.hold), now) }

// MayResume reports whether something that gets nothing may be given its lowest
// step: that need not wait as long as a step up, since what it would take is known
// only when it is tried.
func (c *Controller) MayResume(now int64) bool {
	return c.may(max(resumeHold, min(c.hold, maxResumeHold)), now)
}

func (c *Controller) may(hold time.Duration, now int64) bool {
	return !c.limited || !c.losing(now) && now-c.cut >= int64(hold) &&
		(!c.everStep || now-c.stepped >= int64(stepInterval))
}

// Stepped notes a step up to a rate of capacity in all.
func (c *Controller) Stepped(capacity uint64, now int64) {
	c.everStep, c.stepped, c.blamed = true, now, 0
	if float64(capacity) > c.capacity {
		c.capacity, c.grown = float64(capacity), true
	}
}

// Satisfied tells that all that is wanted is sent.  After a while without a sign
// of a limit there is none.
func (c *Controller) Satisfied(now int64) {
	if c.limited && now-c.cut >= int64(forget) && (!c.everStep || now-c.stepped >= int64(forget)) {
		*c = Controller{updated: c.updated, base: c.base}
	}
}

// Reset forgets everything, for a path that may be another one.
func (c *Controller) Reset() { *c = Controller{} }

// percentile is the part of the receivers of a video that its sender should
// satisfy.
const percentile = 0.75

// SenderLimit returns what the sender of a single layer may send, given what
// each of its receivers can use, in bit/s: so much that three quarters of them
// can take it, but never what the slowest of several dictates.  It changes the
// order of demands.  Without receivers it is 0.
func SenderLimit(demands []uint64) uint64 {
	if len(demands) == 0 {
		return 0
	}
	slices.SortFunc(demands, func(a, b uint64) int { return cmp.Compare(b, a) })
	return demands[max(1, int(percentile*float64(len(demands))))-1]
}
