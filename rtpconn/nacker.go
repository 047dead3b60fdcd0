package rtpconn

import (
	"math"
	"slices"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"

	"galene/codecs"
	"galene/shard"
)

const (
	// maxMissing is the number of missing packets kept in mind per track.
	maxMissing = 256
	// maxNackTries, maxNackAge and the intervals bound the repetitions
	//
	maxNackTries    = 6
	maxNackAge      = time.Second
	minNackInterval = 20 * time.Millisecond
	maxNackInterval = 400 * time.Millisecond
	nackGrowth      = 1.25
	// nackAge is the age from which a gap counts as loss, however few
	// packets have come since.
	nackAge = 20 * time.Millisecond
	// minReordering is the number of packets after which a gap counts as
	// loss on a network that never reorders.
	minReordering = 2
	// maxNackPairs is the number of entries of one RTCP packet.
	maxNackPairs = 64
	// messageShare bounds the requests, which may name many packets, by the
	// packet rate, and messageBurst is their number in any case.
	// nackShare and nackBurst bound the packets asked for: at a loss of 20 %
	// it takes a quarter of the rate to repair all (V1).
	messageShare = 0.1
	messageBurst = 8
	nackShare    = 0.4
	nackBurst    = 32
	// nackTick is the time between looks at the list.
	nackTick = 10 * time.Millisecond
	// audioNackRTT is the round-trip time from which on retransmitted sound
	// comes too late.
	audioNackRTT = 100 * time.Millisecond
	// defaultRTT is assumed until something is known.
	defaultRTT = 100 * time.Millisecond
)

// nacker asks the sender of a track for missing packets (spec media.md 2.4).
// It reads the track's window, without a lock, and runs on the shard of the
// connection.
type nacker struct {
	track *upTrack
	armed atomic.Bool // run is posted, or the timer is running
	posts func()
	sent  atomic.Uint64 // packets asked for, repetitions counted
	asked atomic.Uint64 // requests

	// What follows belongs to the shard.
	timer      *shard.Timer
	stopped    bool
	missing    []missingPacket
	scanned    uint64 // all missing packets up to here are in the list
	generation uint32
	rtt        time.Duration // 0 is unknown
	budget     float64       // packets that may be asked for now
	messages   float64       // requests that may be made now
	budgetAt   int64         // when these were last raised
	received   uint64        // packets, when the rate was last measured
	measuredAt int64
	rate       float64 // packets per second
	ask        []uint16
}

// missingPacket is a packet that should have come.
type missingPacket struct {
	ext         uint64
	since       int64 // when it was missed
	first, last int64 // when it was first and last asked for
	tries       int
	urgent      bool // a receiver wants it
}

func (n *nacker) init(t *upTrack) {
	n.track = t
	n.posts = n.run
	n.budget, n.messages = nackBurst, messageBurst
}

// arm makes run look for missing packets soon.  It is called by ingest when it
// sees a gap.
func (n *nacker) arm() {
	if n.armed.CompareAndSwap(false, true) {
		n.track.up.shard.Do(n.posts)
	}
}

// urge makes packets, given by the numbers that receivers see, be asked for
// again at once.
func (n *nacker) urge(exts []uint64) {
	if len(exts) == 0 {
		return
	}
	exts = slices.Clone(exts[:min(len(exts), maxMissing)])
	n.track.up.shard.Do(func() {
		for _, out := range exts {
			ext, ok := n.track.compact.reverse(out)
			if !ok {
				continue
			}
			for i := range n.missing {
				if n.missing[i].ext == ext {
					n.missing[i].urgent = true
				}
			}
		}
		n.run()
	})
}

// stop ends the timer.  It runs on the shard.
func (n *nacker) stop() {
	n.stopped = true
	n.missing = nil
	if n.timer != nil {
		n.timer.Stop()
	}
}

// run updates the list and asks for what is due.  It runs on the shard.
func (n *nacker) run() {
	if n.stopped {
		return
	}
	for {
		n.step(n.track.up.engine.clock.nanos())
		if len(n.missing) > 0 {
			n.armed.Store(true)
			if n.timer == nil {
				n.timer = n.track.up.shard.After(nackTick, n.posts)
			} else {
				n.timer.Reset(nackTick)
			}
			return
		}
		n.armed.Store(false)
		if n.track.window.top.Load() == n.scanned || !n.armed.CompareAndSwap(false, true) {
			return
		}
	}
}

// step does the work of run at the time now, in ns.
func (n *nacker) step(now int64) {
	t := n.track
	f := t.format.Load()
	top := t.window.top.Load()
	if f == nil || !f.nack || top == 0 {
		n.scanned = top
		return
	}
	if g := t.generation.Load(); g != n.generation {
		n.generation = g
		n.missing = n.missing[:0]
		n.scanned = top
	}
	n.refill(now)
	n.scan(top, now)
	n.forget(now)
	n.send(top, now)
}

// refill updates the packet rate and the budgets of requests.
func (n *nacker) refill(now int64) {
	received := n.track.reception.packets.Load()
	elapsed := float64(now-n.budgetAt) / float64(time.Second)
	if n.budgetAt == 0 || elapsed > 2 {
		n.budget, n.messages, n.rate = nackBurst, messageBurst, 0
		n.budgetAt, n.measuredAt, n.received = now, now, received
		return
	}
	n.budgetAt = now
	n.budget = min(n.budget+n.rate*nackShare*elapsed, max(nackBurst, n.rate*nackShare))
	n.messages = min(n.messages+n.rate*messageShare*elapsed, max(messageBurst, n.rate*messageShare/4))
	if measured := float64(now-n.measuredAt) / float64(time.Second); measured > 0.1 {
		n.rate = float64(received-n.received) / measured
		n.received, n.measuredAt = received, now
	}
}

// scan adds to the list what is missing up to top.
func (n *nacker) scan(top uint64, now int64) {
	from := max(n.scanned, n.track.first.Load()) + 1
	if top > windowSize/2 {
		from = max(from, top-windowSize/2)
	}
	for ext := from; ext < top; ext++ {
		if n.track.window.has(ext) {
			continue
		}
		if len(n.missing) >= maxMissing {
			// Hopeless: a keyframe is cheaper.
			n.missing = n.missing[:0]
			n.track.RequestKeyframe()
			break
		}
		n.missing = append(n.missing, missingPacket{ext: ext, since: now})
	}
	n.scanned = top
}

// forget removes from the list what has come, and what is not worth asking for
// any more.
func (n *nacker) forget(now int64) {
	keyframe := n.track.keyframeExt.Load()
	n.missing = slices.DeleteFunc(n.missing, func(m missingPacket) bool {
		if n.track.window.has(m.ext) {
			n.repaired(m, now)
			return true
		}
		return m.tries >= maxNackTries && !m.urgent ||
			now-m.since > int64(maxNackAge) ||
			n.track.kind == codecs.Video && m.ext < keyframe
	})
}

// repaired learns from a packet that has come after it was asked for.  If it was
// asked for more than once, that tells something only if it came too soon after
// the last time for that to have been the reason: then the first one was.
func (n *nacker) repaired(m missingPacket, now int64) {
	switch {
	case m.tries == 1:
		n.sampleRTT(time.Duration(now - m.last))
	case m.tries > 1 && time.Duration(now-m.last) < n.roundTrip()*7/8:
		n.sampleRTT(time.Duration(now - m.first))
	}
}

// roundTrip returns the round-trip time to the sender, or what is assumed.
func (n *nacker) roundTrip() time.Duration {
	if n.rtt == 0 {
		return defaultRTT
	}
	return n.rtt
}

// sampleRTT estimates the round-trip time by how long repairs take.
func (n *nacker) sampleRTT(sample time.Duration) {
	if n.rtt == 0 {
		n.rtt = sample
		return
	}
	n.rtt += (sample - n.rtt) / 8
}

// interval returns the time between the given try and the next one.
func (n *nacker) interval(tries int) time.Duration {
	d := time.Duration(float64(n.roundTrip()) * math.Pow(nackGrowth, float64(tries)))
	return min(max(d, minNackInterval), maxNackInterval)
}

// send asks for what is due.
func (n *nacker) send(top uint64, now int64) {
	t := n.track
	if t.kind == codecs.Audio && n.rtt > audioNackRTT || n.messages < 1 {
		return
	}
	reordering := uint64(max(t.reordering.Load(), minReordering))
	offset := uint16(t.offset.Load())
	n.ask = n.ask[:0]
	for i := range n.missing {
		m := &n.missing[i]
		due := m.urgent
		if m.tries == 0 {
			due = due || top-m.ext >= reordering || now-m.since >= int64(nackAge)
		} else {
			due = due && now-m.last >= int64(minNackInterval) ||
				m.tries < maxNackTries && now-m.last >= int64(n.interval(m.tries))
		}
		if !due {
			continue
		}
		if n.budget < 1 {
			t.RequestKeyframe()
			break
		}
		n.budget--
		if m.tries == 0 {
			m.first = now
		}
		m.tries++
		m.last = now
		m.urgent = false
		n.ask = append(n.ask, uint16(m.ext)+offset)
	}
	if len(n.ask) == 0 {
		return
	}
	n.sent.Add(uint64(len(n.ask)))
	for pairs := rtcp.NackPairsFromSequenceNumbers(n.ask); len(pairs) > 0; {
		k := min(len(pairs), maxNackPairs)
		n.messages--
		n.asked.Add(1)
		t.up.writeRTCP(&rtcp.TransportLayerNack{
			SenderSSRC: t.up.ssrc,
			MediaSSRC:  t.ssrc.Load(),
			Nacks:      pairs[:k],
		})
		pairs = pairs[k:]
	}
}
