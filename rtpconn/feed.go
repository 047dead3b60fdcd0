package rtpconn

import (
	"time"

	"galene/codecs"
	"galene/conn"
	"galene/packetcache"
	"galene/shard"
)

const (
	// A newcomer gets what follows the last keyframe if that is at most so
	// many packets, or so long ago, or so many bytes (spec media.md 5.6).
	replayPackets = 40
	replayTime    = time.Second
	replayBytes   = 150 << 10
	// replayLimit bounds the packets looked at to find that out.
	replayLimit = 1024
	// replayTick and replayBurst pace a replay: so many packets at once,
	// at twice the speed they came with.
	replayTick  = 5 * time.Millisecond
	replayBurst = 10
	// switchBack is how far another layer of a video may begin in the past.
	switchBack = 200 * time.Millisecond
	// blindAfter is how long a receiver waits for a keyframe before it gets
	// what there is: we might be the ones who do not recognise them.
	blindAfter = 2 * time.Second
)

// feedState says what a feed does with packets.
type feedState uint8

const (
	feedClosed    feedState = iota
	feedOpening             // subscribed, not begun
	feedWaiting             // for a keyframe
	feedReplaying           // sending from the cache
	feedLive                // sending what comes
)

// feed brings the packets of one source to a down track.  It belongs to the
// shard.
type feed struct {
	track  *downTrack
	source conn.Track
	state  feedState

	allowed bool // the source knows what the receiver can use

	seen    uint64 // the highest packet that has come, while waiting
	first   uint64 // the first packet forwarded
	waiting int64  // since when
	ready   bool   // a keyframe has come, but another source's frame goes on

	// While replaying.
	cursor    uint64 // the next packet
	end       uint64 // the newest packet when the replay began
	startedAt int64
	arrival   int64 // of the first packet
	timer     *shard.Timer
}

var _ conn.Sink = (*feed)(nil)

// open subscribes to the source.
func (f *feed) open() {
	if f.state != feedClosed {
		return
	}
	sh := f.track.down.shard
	f.state = feedOpening
	if err := f.source.Subscribe(sh, f); err != nil {
		f.state = feedClosed // the stream has ended: the session will know
		return
	}
	// This runs right after the subscription has become effective.
	sh.Do(f.start)
}

// close ends the feed.
func (f *feed) close() {
	if f.timer != nil {
		f.timer.Stop()
	}
	if f.state == feedClosed {
		return
	}
	f.state = feedClosed
	f.source.Unsubscribe(f.track.down.shard, f)
}

// start decides how to begin: a newcomer's picture appears at once if a
// keyframe is in the cache.
func (f *feed) start() {
	if f.state != feedOpening {
		return
	}
	if f.source.Kind() == codecs.Audio {
		f.state = feedWaiting // for the next packet, whatever it is
		return
	}
	now := f.now()
	shown := f != f.track.active && f.track.sentAny // something of another layer
	if first, end, ok := f.replayable(); ok && (!shown || f.recent(first, now)) {
		f.replay(first, end, now)
		return
	}
	f.wait(now)
}

// recent reports whether a packet has come so lately that going on from it does
// not show what was seen already.
func (f *feed) recent(ext uint64, now int64) bool {
	p := f.source.Cache().Acquire(ext)
	if p == nil {
		return false
	}
	defer p.Release()
	return now-p.Arrival <= int64(switchBack)
}

// frameEnded says that a frame of the source sent until now is complete, so that
// another can take over.
func (f *feed) frameEnded() {
	if f.ready && f.state == feedWaiting {
		f.begin()
	}
}

// begin goes on from the keyframe that has come, which is in the cache.
func (f *feed) begin() {
	f.ready = false
	now := f.now()
	if first, end, ok := f.replayable(); ok {
		f.replay(first, end, now)
		return
	}
	f.wait(now)
}

// begun says that the feed sends packets, or would if its video were not paused.
func (f *feed) begun() bool { return f.state == feedReplaying || f.state == feedLive }

func (f *feed) now() int64 { return f.track.down.engine.clock.nanos() }

// wait makes the feed wait for a keyframe.
func (f *feed) wait(now int64) {
	f.state = feedWaiting
	f.waiting = now
	f.ready = false
	f.source.RequestKeyframe()
}

// replayable returns the range from the last keyframe to the newest packet if
// it is complete and short enough.
func (f *feed) replayable() (first, end uint64, ok bool) {
	cache := f.source.Cache()
	first, ok1 := cache.Keyframe()
	end, ok2 := cache.Head()
	if !ok1 || !ok2 || end < first || end-first > replayLimit {
		return 0, 0, false
	}
	bytes := 0
	var begin, last int64
	for ext := first; ext <= end; ext++ {
		p := cache.Acquire(ext)
		if p == nil {
			return 0, 0, false
		}
		bytes += len(p.Payload())
		if ext == first {
			begin = p.Arrival
		}
		last = p.Arrival
		p.Release()
	}
	ok = end-first <= replayPackets || last-begin <= int64(replayTime) || bytes <= replayBytes
	return first, end, ok
}

// replay begins to send from the cache.
func (f *feed) replay(first, end uint64, now int64) {
	p := f.source.Cache().Acquire(first)
	if p == nil {
		f.wait(now)
		return
	}
	defer p.Release()
	f.state = feedReplaying
	f.first, f.cursor, f.end = first, first, end
	f.startedAt, f.arrival = now, p.Arrival
	f.track.begin(f, p)
	f.replayStep()
}

// replayStep sends the packets that are due, and goes live when there are no
// more.
func (f *feed) replayStep() {
	if f.state != feedReplaying {
		return
	}
	now := f.now()
	cache := f.source.Cache()
	for range replayBurst {
		if f.skipAhead(now) {
			return
		}
		head, _ := cache.Head()
		if f.cursor > head {
			f.state = feedLive
			return
		}
		p := cache.Acquire(f.cursor)
		if p == nil {
			if f.cursor <= f.end {
				f.begin() // overtaken by the cache
				return
			}
			f.cursor++ // lost, and forwarded if it comes late
			continue
		}
		due := f.startedAt + (p.Arrival-f.arrival)/2
		if due <= now {
			f.track.forward(p, now)
			f.cursor++
		}
		p.Release()
		if f.state != feedReplaying {
			return // another layer has taken over, at the end of a frame
		}
		if due > now {
			break
		}
	}
	if f.timer == nil {
		f.timer = f.track.down.shard.After(replayTick, f.replayStep)
	} else {
		f.timer.Reset(replayTick)
	}
}

// skipAhead makes a replay go on from a keyframe that has come since it began, between
// two frames, and reports whether it did: the cache soon forgets what is before that, and
// the receiver catches up sooner.
func (f *feed) skipAhead(now int64) bool {
	key, ok := f.source.Cache().Keyframe()
	if !ok || key <= f.cursor || f.track.midFrame {
		return false
	}
	first, end, ok := f.replayable()
	if !ok || first <= f.cursor {
		return false
	}
	f.replay(first, end, now)
	return true
}

// Deliver takes new packets.
func (f *feed) Deliver(batch []*packetcache.Packet) {
	now := f.now()
	for _, p := range batch {
		switch f.state {
		case feedClosed, feedOpening:
			return
		case feedWaiting:
			f.tryBegin(p, now)
			f.seen = max(f.seen, p.Ext)
		case feedReplaying:
			if p.Ext >= f.first && p.Ext < f.cursor {
				f.track.forward(p, now) // late, or replayed already
			}
		case feedLive:
			if p.Ext >= f.first {
				f.track.forward(p, now)
				f.track.latency.add(now - p.Arrival)
			}
		}
	}
}

// tryBegin goes live if p is a packet to begin with.
func (f *feed) tryBegin(p *packetcache.Packet, now int64) {
	switch {
	case f.source.Kind() == codecs.Audio:
	case f.ready:
		if p.Info.Start && p.Info.Keyframe == codecs.KeyframeNo {
			f.begin() // the end of the other source's frame is lost
		}
		return
	case p.Info.Keyframe != codecs.KeyframeNo && f == f.track.next && f.track.midFrame:
		f.ready = true
		return
	case p.Info.Keyframe == codecs.KeyframeYes && p.Ext < f.seen, p.Info.Keyframe == codecs.KeyframeBegun:
		f.begin() // it is recognised late: part of it, or of what follows it, has come before
		return
	case p.Info.Keyframe != codecs.KeyframeNo:
	case f == f.track.next && f.track.active.state == feedLive:
		return // what is seen goes on until there is a keyframe
	case now-f.waiting > int64(blindAfter) && (p.Info.Start || !p.Info.Known):
	default:
		return
	}
	f.state = feedLive
	f.first = p.Ext
	f.track.begin(f, p)
	f.track.forward(p, now)
}

// Gap says that packets were dropped because the shard is overloaded: pictures
// go on from a keyframe.
func (f *feed) Gap() {
	if f.source.Kind() == codecs.Video && f.state == feedLive {
		f.wait(f.now())
	}
}

// Ended says that the source has ended.
func (f *feed) Ended() {
	f.state = feedClosed
	if f.timer != nil {
		f.timer.Stop()
	}
}

// tick repeats the request for a keyframe.
func (f *feed) tick(int64) {
	if f.state == feedWaiting {
		f.source.RequestKeyframe()
	}
}
