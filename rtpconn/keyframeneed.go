package rtpconn

import (
	"time"

	"galene/codecs"
	"galene/packetcache"
)

const (
	// A receiver that needs more keyframes than keyframeExcess within
	// keyframePeriod gets at most one per keyframeSlow, for as long as it needs
	// keyframeLasting of those.
	keyframePeriod  = 10 * time.Second
	keyframeExcess  = 10
	keyframeSlow    = 3 * time.Second
	keyframeLasting = 3
)

// keyframeNeed is a receiver's request for a keyframe.  It ends when a complete
// keyframe has been sent to the receiver; until then the sender is asked again,
// whether or not the receiver asks again: keyframes get lost on their way,
// and so do requests.  It belongs to the shard.
type keyframeNeed struct {
	limiter keyframeLimiter
	open    bool
	begun   bool  // a keyframe has, since the sender was asked
	due     int64 // when to ask the sender, in ns
	newest  sentFrame
	key     sentFrame // the last keyframe that has begun
}

// sentFrame is how much of a frame has been sent.
type sentFrame struct {
	timestamp   uint32
	any, key    bool
	lowest      uint64 // number of a packet
	first, last uint64 // numbers of its packets; the last one is 0 until known
	packets     uint64
}

// complete says whether it is a keyframe of which nothing is missing.
func (f *sentFrame) complete() bool {
	return f.key && f.last != 0 && f.packets > f.last-f.first
}

// request takes a request made by the receiver at the time now, in ns, and returns
// whether to ask the sender at once.
func (n *keyframeNeed) request(now int64) bool {
	n.limiter.total++
	if n.open {
		return false // while they wait, browsers ask several times per second
	}
	n.open, n.begun = true, false
	n.restart()
	n.due = n.limiter.admit(now)
	return n.repeat(now)
}

// repeat returns whether to ask the sender now.
func (n *keyframeNeed) repeat(now int64) bool {
	if !n.open || now < n.due {
		return false
	}
	if n.begun { // but is not complete: this is for another one
		n.begun = false
		n.due = n.limiter.admit(now)
		if now < n.due {
			return false
		}
	}
	n.limiter.last = now
	n.due = now + int64(keyframeInterval)
	return true
}

// restart says that what is sent does not go on from what was sent before.
func (n *keyframeNeed) restart() { n.newest, n.key = sentFrame{}, sentFrame{} }

// pass takes note of a packet that is being sent, or left out because the receiver
// does not get its layer.
func (n *keyframeNeed) pass(p *packetcache.Packet, now int64) {
	if p.Info.Keyframe == codecs.KeyframeUnknown {
		n.open = false
		return
	}
	f := &n.newest
	switch {
	case n.key.any && p.Timestamp == n.key.timestamp:
		f = &n.key // also if it comes late
	case !f.any || int32(p.Timestamp-f.timestamp) > 0:
		if n.key.any && n.key.last == 0 {
			n.key.last = p.Ext - 1 // until there is a marker
		}
		*f = sentFrame{timestamp: p.Timestamp, any: true, lowest: p.Ext}
	case p.Timestamp != f.timestamp:
		return
	}
	f.packets++
	f.lowest = min(f.lowest, p.Ext)
	if p.Marker {
		f.last = p.Ext
	}
	if p.Info.Keyframe != codecs.KeyframeNo {
		first := p.Ext
		if p.Info.Keyframe == codecs.KeyframeBegun {
			first = f.lowest
		}
		if f.key {
			f.first = min(f.first, first)
		} else {
			f.key, f.first = true, first
			n.key = *f
			n.begun, n.due = true, now+int64(keyframeInterval)
		}
	}
	if n.key.complete() {
		n.open = false
	}
}

// keyframeLimiter slows a receiver down that needs keyframes all the time.
type keyframeLimiter struct {
	since   int64 // start of the period
	started bool
	count   int
	slow    bool
	last    int64 // when the sender was last asked, in ns
	total   uint64
}

// admit returns when the sender may be asked for what a receiver needs since now.
func (l *keyframeLimiter) admit(now int64) int64 {
	if !l.started || now-l.since >= int64(keyframePeriod) {
		lately := l.started && now-l.since < 2*int64(keyframePeriod)
		l.slow = lately && (l.count > keyframeExcess || l.slow && l.count >= keyframeLasting)
		l.started, l.since, l.count = true, now, 0
	}
	l.count++
	if l.slow {
		return max(now, l.last+int64(keyframeSlow))
	}
	return now
}
