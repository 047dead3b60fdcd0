package rtpconn

import (
	"time"

	"galene/codecs"
	"galene/layers"
	"galene/shard"
)

const (
	// bandwidthTick is the time between two looks at what a receiver can take
	// (spec media.md 7.6, R-2.85).
	bandwidthTick = 200 * time.Millisecond
	// lossWindow and lossPackets are the time and the number of packets over
	// which losses are judged; lossWindowMax is when few packets must do.
	lossWindow    = time.Second
	lossWindowMax = 3 * time.Second
	lossPackets   = 50
	// pauseAfter is how long a video must not have fitted before it is paused:
	// its sender may adapt.
	pauseAfter = 3 * time.Second
	// idleAfter is how long no picture must have been sent before losses do not
	// come from pictures: reports tell of what was sent before.
	idleAfter = 4 * time.Second
	// resumeMargin is what must be free before a video is resumed, relative
	// to its lowest rate.
	resumeMargin = 1.3
	// leastVideo is what there is always thought to be room for beside the
	// sound, in bit/s (spec media.md 7.5): less is no estimate, it is noise.
	leastVideo = 64_000
	// demandChange is the relative change of what a receiver can use that the
	// sender's side is told of.
	demandChange = 0.05
)

// Priorities of videos (spec media.md 7.6).
const (
	priorityVideo = iota
	priorityScreen
)

// screenLabel is the label of streams that show a screen.
const screenLabel = "screenshare"

// bandwidth shares what a receiver can take among all its streams: sound first,
// then what is most important (spec media.md 7.1, 7.6).  It belongs to the
// receiver's shard.
type bandwidth struct {
	receiver *Receiver
	downs    []*Down
	control  layers.Controller
	timer    *shard.Timer

	lossSince      int64
	expected, lost int64
	pictured       int64 // when a picture was last sent, 0 is never

	// What the last run has found, reused.
	tracks []*downTrack
	videos []layers.Video
	audio  uint64
	sent   uint64
}

// join makes a connection take part.
func (b *bandwidth) join(d *Down) {
	b.downs = append(b.downs, d)
	if b.timer == nil {
		b.timer = b.receiver.shard.After(0, b.run)
	} else {
		b.timer.Reset(0)
	}
}

// leave undoes join.
func (b *bandwidth) leave(d *Down) {
	for i, other := range b.downs {
		if other == d {
			b.downs = append(b.downs[:i:i], b.downs[i+1:]...)
		}
	}
	if len(b.downs) == 0 && b.timer != nil {
		b.timer.Stop()
	}
}

// run looks at what the receiver reports, and chooses what it gets.
func (b *bandwidth) run() {
	if len(b.downs) == 0 {
		return
	}
	b.timer.Reset(bandwidthTick)
	now := b.receiver.engine.clock.nanos()
	b.measure(now)
	b.control.Update(b.report(now), now)
	b.choose(now)
}

// measure collects the tracks and what is sent of them.
func (b *bandwidth) measure(now int64) {
	b.tracks, b.videos = b.tracks[:0], b.videos[:0]
	b.audio, b.sent = 0, 0
	for _, d := range b.downs {
		priority := priorityVideo
		if d.source.Label() == screenLabel {
			priority = priorityScreen
		}
		for _, t := range d.sending.tracks {
			if !t.attached {
				continue
			}
			t.rate.update(now)
			b.sent += uint64(t.rate.bps)
			expected, lost := t.losses.take()
			b.expected += expected
			b.lost += lost
			if t.kind == codecs.Audio {
				b.audio += uint64(t.rate.bps)
				continue
			}
			b.tracks = append(b.tracks, t)
			b.videos = append(b.videos, layers.Video{
				Steps:    t.ladder(priority == priorityScreen),
				Priority: priority,
			})
		}
	}
}

// report summarises what the receiver has reported.
func (b *bandwidth) report(now int64) layers.Report {
	r := layers.Report{
		Sent:  b.sent,
		Bound: layers.Unlimited,
		Least: layers.CapacityFor(leastVideo, b.audio),
	}
	elapsed := time.Duration(now - b.lossSince)
	if elapsed >= lossWindow && b.expected >= lossPackets || elapsed >= lossWindowMax && b.expected > 0 {
		r.Loss, r.HasLoss = float64(b.lost)/float64(b.expected), b.sent > 0
		b.lossSince, b.expected, b.lost = now, 0, 0
	}
	// Browsers reckon with pictures only: a limit says nothing about sound, and
	// nothing at all while there are no pictures.
	bound, limited := uint64(0), false
	for _, d := range b.downs {
		var sent int64
		for _, t := range d.sending.tracks {
			if t.kind == codecs.Video {
				sent += int64(t.rate.bps)
			}
		}
		if sent > 0 {
			b.pictured = now
		}
		if limit, ok := d.sending.remb.limit(sent, now); ok {
			bound += limit
			limited = true
		} else {
			bound += uint64(sent)
		}
	}
	r.Idle = now-b.pictured >= int64(idleAfter)
	if limited {
		r.Bound = layers.CapacityFor(bound, b.audio)
	}
	return r
}

// choose gives each video a step of its ladder.
func (b *bandwidth) choose(now int64) {
	capacity := b.control.Capacity()
	if capacity == layers.Unlimited {
		for i, t := range b.tracks {
			t.take(b.videos[i].Steps, len(b.videos[i].Steps)-1, now)
			t.demand(layers.Unlimited)
		}
		return
	}
	rate := layers.ForVideo(capacity, b.audio)
	wanted := layers.Allocate(rate, b.videos)
	raised := b.limitRaises(wanted, now)
	if raised {
		b.control.Stepped(0, now)
	} else {
		raised = b.attempt(wanted, now)
	}
	for i, t := range b.tracks {
		t.take(b.videos[i].Steps, wanted[i], now)
	}
	used := layers.Used(b.videos, wanted)
	b.demands(wanted, rate-min(rate, used))
	if _, more := layers.Next(b.videos, wanted); !more && !raised {
		b.control.Satisfied(now)
	}
}

// may reports whether a video may be raised from its present step now.
func (b *bandwidth) may(present int, now int64) bool {
	if present == layers.Paused {
		return b.control.MayResume(now)
	}
	return b.control.MayStep(now)
}

// limitRaises leaves at most one step up in what is wanted, and none at all if it
// is too early for one.  It reports whether there is one.
func (b *bandwidth) limitRaises(wanted []int, now int64) (raised bool) {
	for i, t := range b.tracks {
		present, ok := t.present(b.videos[i].Steps)
		if !ok || wanted[i] <= present {
			continue
		}
		if raised || !b.may(present, now) {
			wanted[i] = present
			continue
		}
		wanted[i] = present + 1
		raised = true
	}
	return raised
}

// attempt raises what would be raised next if there were more capacity, if it is
// not too early for that: that is how more is found.
func (b *bandwidth) attempt(wanted []int, now int64) (raised bool) {
	rate, more := layers.Next(b.videos, wanted)
	if !more || !b.control.MayResume(now) {
		return false
	}
	for i, w := range wanted {
		if w == layers.Paused && len(b.videos[i].Steps) > 0 {
			rate = uint64(float64(rate) * resumeMargin)
			break
		}
	}
	next := layers.Allocate(rate, b.videos)
	for i := range wanted {
		if next[i] > wanted[i] && b.may(wanted[i], now) {
			wanted[i]++
			b.control.Stepped(layers.CapacityFor(rate, b.audio), now)
			return true
		}
	}
	return false
}

// demands tells the senders' side what the receiver can use of each video, when
// left bit/s are free.
func (b *bandwidth) demands(chosen []int, left uint64) {
	if len(b.tracks) == 0 {
		return
	}
	share := left / uint64(len(b.tracks))
	for i, t := range b.tracks {
		rate := share
		if chosen[i] != layers.Paused {
			rate += b.videos[i].Steps[chosen[i]].Rate
		}
		t.demand(rate)
	}
}
