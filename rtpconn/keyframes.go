package rtpconn

import (
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"

	"galene/shard"
)

const (
	// keyframeInterval is the least time between requests for a keyframe
	// of one track, lowKeyframeInterval that for the lowest of several
	// simulcast layers.
	keyframeInterval    = 500 * time.Millisecond
	lowKeyframeInterval = 300 * time.Millisecond
	// maxKeyframeTries is how often a request is repeated; somebody who
	// still wants a keyframe then will ask again.
	maxKeyframeTries = 20
)

// keyframeRequester asks the sender of a track for keyframes, on behalf of all
// receivers together.
type keyframeRequester struct {
	track  *upTrack
	wanted atomic.Bool // until a keyframe begins, or may have begun
	fresh  atomic.Bool // wanted by somebody since the last message sent
	armed  atomic.Bool // run is posted, or the timer is running
	posts  func()
	sent   atomic.Uint64 // messages sent
	full   atomic.Uint64 // … that were full intra requests

	// What follows belongs to the connection's shard.
	timer   *shard.Timer
	stopped bool
	ever    bool
	last    int64 // when the last message was sent
	tries   int
	fir     uint8 // sequence number of full intra requests
}

func (k *keyframeRequester) init(t *upTrack) {
	k.track = t
	k.posts = k.run
}

// request asks for a keyframe, soon.  It may be called by anybody, and often.
func (k *keyframeRequester) request() {
	k.fresh.Store(true)
	k.wanted.Store(true)
	k.arm()
}

func (k *keyframeRequester) arm() {
	if k.armed.CompareAndSwap(false, true) {
		k.track.up.shard.Do(k.posts)
	}
}

// heard says that the track has its first packet, so that requests made before
// can be sent.  It does not look at armed: run may be about to return because it
// has not seen the packet.
func (k *keyframeRequester) heard() {
	if k.wanted.Load() {
		k.track.up.shard.Do(k.posts)
	}
}

// satisfied says that a keyframe has begun.
func (k *keyframeRequester) satisfied() {
	if k.wanted.Load() {
		k.wanted.Store(false)
	}
}

// unanswerable says that it cannot be told whether a keyframe has begun: what
// the sender has been asked for may have come.
func (k *keyframeRequester) unanswerable() {
	if !k.fresh.Load() {
		k.satisfied()
	}
}

// stop ends the timer.  It runs on the shard.
func (k *keyframeRequester) stop() {
	k.stopped = true
	if k.timer != nil {
		k.timer.Stop()
	}
}

// interval returns the time between messages.
func (k *keyframeRequester) interval() time.Duration {
	if k.track.lowest {
		return lowKeyframeInterval
	}
	return max(keyframeInterval, 2*k.track.nacks.rtt)
}

// run sends a message if one is due.  It runs on the shard.
func (k *keyframeRequester) run() {
	if k.stopped {
		return
	}
	now := k.track.up.engine.clock.nanos()
	for {
		f := k.track.format.Load()
		if f != nil && !f.pli && !f.fir {
			k.wanted.Store(false) // the sender cannot be asked
		}
		if k.wanted.Load() && f != nil && k.tries < maxKeyframeTries {
			break
		}
		if k.tries >= maxKeyframeTries && !k.fresh.Load() {
			k.wanted.Store(false)
		}
		k.tries = 0
		k.armed.Store(false)
		if !k.wanted.Load() || f == nil || !k.armed.CompareAndSwap(false, true) {
			return
		}
	}
	k.armed.Store(true)
	wait := k.interval()
	if due := k.last + int64(wait); !k.ever || now >= due {
		k.send(now)
	} else {
		wait = time.Duration(due - now)
	}
	if k.timer == nil {
		k.timer = k.track.up.shard.After(wait, k.posts)
	} else {
		k.timer.Reset(wait)
	}
}

// send sends a picture loss indication or, to a sender that knows no better, a
// full intra request, whose number tells repetitions from new requests.
func (k *keyframeRequester) send(now int64) {
	t := k.track
	k.ever, k.last = true, now
	number := k.fir
	if k.tries == 0 && k.fresh.Load() {
		number++
	}
	media := t.ssrc.Load()
	var message rtcp.Packet = &rtcp.PictureLossIndication{SenderSSRC: t.up.ssrc, MediaSSRC: media}
	if !t.format.Load().pli {
		message = &rtcp.FullIntraRequest{
			SenderSSRC: t.up.ssrc,
			MediaSSRC:  media,
			FIR:        []rtcp.FIREntry{{SSRC: media, SequenceNumber: number}},
		}
	}
	if !t.up.writeRTCP(message) {
		return // not a try: the sender cannot have got it
	}
	k.fresh.Store(false)
	k.fir = number
	k.tries++
	k.sent.Add(1)
	if _, full := message.(*rtcp.FullIntraRequest); full {
		k.full.Add(1)
	}
}
