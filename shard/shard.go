// Package shard runs the receiving side of the media plane: a Shard is one
// goroutine that owns many receivers, with all that belongs to them: queues of
// packets, timers, and functions posted by others.  Whatever a shard owns
// needs no lock, because nothing else touches it (spec media.md 6.6).
//
// There is about one shard per processor.  Packets reach it through Queues,
// one for each pair of an up track and a shard; whoever receives packets
// pushes them and goes on, whatever the shard is doing.  Pushing a
// packet takes no lock, allocates nothing, and wakes the shard only if it
// sleeps.
//
// Callbacks (functions posted, timers, deliver and gap) run one at a time on
// the shard's goroutine, must not block, and must not call Shard.Call,
// Shard.Close or Pool.Close.  A panic in one of them is logged with its stack
// and counted, and the shard goes on.
package shard

import (
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"galene/packetcache"
)

// batchSize is the largest number of packets delivered at once, and the
// share of one queue before the others get their turn.
const batchSize = 64

// Options configures a Shard.
type Options struct {
	// Logger gets the panics of callbacks; nil is slog.Default.
	Logger *slog.Logger
	// NewBurst, if not nil, returns who is to be told of a shard's bursts
	// of work.  It is called once for each shard.
	NewBurst func() Burst
}

// Burst is told of bursts of work, so that what callbacks send can go out
// together.  Its methods are called on the shard's goroutine.
type Burst interface {
	// Begin is called before callbacks run.
	Begin()
	// End is called when no more are to be run for the moment, before the
	// shard sleeps.  If it does not return 0, Begin and End are called
	// again after that time, or sooner.
	End() time.Duration
}

// noBurst does nothing.
type noBurst struct{}

func (noBurst) Begin()             {}
func (noBurst) End() time.Duration { return 0 }

// Shard is one goroutine and what it owns.  Its methods may be called from any
// goroutine, except as the package comment says.
type Shard struct {
	logger *slog.Logger
	burst  Burst
	ready  readyList
	// sleeping is true from when the shard decides to sleep until somebody
	// wakes it; whoever sets it to false sends to wake.
	sleeping atomic.Bool
	wake     chan struct{}
	// pending says that there is something new under mu.
	pending atomic.Bool
	// dead is set when the shard will look at its queues only once more.
	dead   atomic.Bool
	done   chan struct{}
	panics atomic.Uint64

	mu     sync.Mutex
	posted []func()
	timers timerHeap
	queues map[*Queue]struct{}
	closed bool

	// What follows belongs to the shard's goroutine.
	running []func()
	batch   [batchSize]*packetcache.Packet
}

// New starts a shard.
func New(opts Options) *Shard {
	s := &Shard{
		logger: opts.Logger,
		burst:  noBurst{},
		wake:   make(chan struct{}, 1),
		done:   make(chan struct{}),
		queues: make(map[*Queue]struct{}),
	}
	if s.logger == nil {
		s.logger = slog.Default()
	}
	if opts.NewBurst != nil {
		s.burst = opts.NewBurst()
	}
	go s.run()
	return s
}

// Do makes f run on the shard's goroutine, soon, after the functions posted
// earlier.  It never blocks.  It returns false, and f will not run, if the
// shard is closed.
func (s *Shard) Do(f func()) bool {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return false
	}
	s.posted = append(s.posted, f)
	s.mu.Unlock()
	s.notify()
	return true
}

// Call runs f on the shard's goroutine and returns when it has run.  It returns
// false, and f does not run, if the shard is closed.  It must not be called on
// the shard's goroutine.
func (s *Shard) Call(f func()) bool {
	ran := make(chan struct{})
	if !s.Do(func() {
		defer close(ran)
		f()
	}) {
		return false
	}
	<-ran
	return true
}

// Burst returns what Options.NewBurst has returned for this shard, or nil.
func (s *Shard) Burst() Burst {
	if _, none := s.burst.(noBurst); none {
		return nil
	}
	return s.burst
}

// Panics returns the number of callbacks that have panicked.
func (s *Shard) Panics() uint64 {
	return s.panics.Load()
}

// Close ends the shard: functions posted before are still run, packets in the
// queues are released without being delivered, timers do not fire any more.  It
// returns when the goroutine has ended.
func (s *Shard) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.notify()
	<-s.done
}

// rouse wakes the shard if it sleeps.  What it is to find must have been
// published before.
func (s *Shard) rouse() {
	if s.sleeping.Load() && s.sleeping.CompareAndSwap(true, false) {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// notify tells the shard that there are functions posted, an earlier timer, or
// that it is closed.
func (s *Shard) notify() {
	s.pending.Store(true)
	s.rouse()
}

// run is the shard's goroutine.
func (s *Shard) run() {
	defer close(s.done)
	alarm := time.NewTimer(time.Hour)
	defer alarm.Stop()
	var deadline time.Time // of the first timer; zero is none
	for {
		s.burst.Begin()
		// A function posted before a packet was pushed runs before the
		// packet is delivered.
		ready := s.ready.takeAll()
		if s.pending.Load() {
			s.pending.Store(false)
			if closed := s.runPosted(); closed {
				s.burst.End()
				s.finish()
				return
			}
			deadline = s.runTimers()
		} else if !deadline.IsZero() && !time.Now().Before(deadline) {
			deadline = s.runTimers()
		}
		worked := drain(ready)
		again := s.burst.End()
		if worked {
			continue
		}

		s.sleeping.Store(true)
		if !s.ready.empty() || s.pending.Load() {
			s.sleeping.Store(false)
			continue
		}
		if deadline.IsZero() && again == 0 {
			<-s.wake
			continue
		}
		alarm.Reset(untilNext(deadline, again))
		select {
		case <-s.wake:
		case <-alarm.C:
			s.sleeping.Store(false)
		}
	}
}

// untilNext returns how long to sleep: until a deadline, or for a time, zero
// being none, whichever is shorter.
func untilNext(deadline time.Time, again time.Duration) time.Duration {
	if deadline.IsZero() {
		return again
	}
	left := time.Until(deadline)
	if again == 0 {
		return left
	}
	return min(left, again)
}

// runPosted runs the functions posted.  It returns whether the shard is closed;
// then nothing will be posted any more.
func (s *Shard) runPosted() (closed bool) {
	s.mu.Lock()
	s.running, s.posted = s.posted, s.running[:0]
	closed = s.closed
	s.mu.Unlock()

	for i, f := range s.running {
		s.running[i] = nil
		s.protect(f)
	}
	return closed
}

// drain delivers a batch of each queue in a list, which begins with q.
func drain(q *Queue) (worked bool) {
	for q != nil {
		next := q.nextReady
		q.nextReady = nil
		q.drain()
		q = next
		worked = true
	}
	return worked
}

// finish releases what is in the queues.  A producer that pushes at the same
// time either sees that the shard is dead, or has pushed before the queue is
// emptied here.
func (s *Shard) finish() {
	s.dead.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	for q := range s.queues {
		q.releaseAll()
	}
	clear(s.queues)
	s.timers.clear()
}

// forget makes the shard forget a closed queue.
func (s *Shard) forget(q *Queue) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.queues, q)
}

// protect runs a callback and survives its panic.
func (s *Shard) protect(f func()) {
	defer s.recovered()
	f()
}

// recovered is deferred around callbacks.
func (s *Shard) recovered() {
	if r := recover(); r != nil {
		s.panics.Add(1)
		s.logger.Error("panic in a media callback",
			"panic", r, "stack", string(debug.Stack()))
	}
}
