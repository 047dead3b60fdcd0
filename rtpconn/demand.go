package rtpconn

import (
	"sync"
	"time"

	"galene/codecs"
	"galene/conn"
	"galene/layers"
)

const (
	// videoLimit is the bit rate that a sender is allowed for a video whose
	// receivers have no limit.
	videoLimit = 10_000_000
	// minVideoLimit is the least that a sender is allowed for a track.
	minVideoLimit = 204_800
	// lowHeadroom is by how much a layer may grow beyond its present rate if
	// all receivers want only the lowest one.
	lowHeadroom = 1.5
	// unwatchedAfter is how long a track must have had no receiver before its
	// sender is limited for it.
	unwatchedAfter = 5 * time.Second
)

// demands is what the receivers of a track can use of it.  Receivers
// that have not said anything can use everything.
type demands struct {
	mu   sync.Mutex
	all  map[conn.Sink]uint64
	list []uint64 // reused

	// Belongs to the reporter.
	watched int64 // when there last was a receiver
}

// Allow notes what a receiver can use, in bit/s.
func (t *upTrack) Allow(sink conn.Sink, rate uint64) {
	d := &t.demands
	d.mu.Lock()
	defer d.mu.Unlock()
	if rate >= layers.Unlimited {
		delete(d.all, sink)
		return
	}
	if d.all == nil {
		d.all = make(map[conn.Sink]uint64)
	}
	d.all[sink] = rate
}

// forget drops what a receiver has said.
func (d *demands) forget(sink conn.Sink) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.all, sink)
}

// receivers returns how many sinks there are.
func (t *upTrack) receivers() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for _, o := range *t.outlets.Load() {
		n += o.count
	}
	return n
}

// collect appends to list what each receiver can use.
func (t *upTrack) collect(list []uint64) []uint64 {
	n := t.receivers()
	d := &t.demands
	d.mu.Lock()
	defer d.mu.Unlock()
	known := 0
	for _, rate := range d.all {
		if known++; known > n {
			break
		}
		list = append(list, rate)
	}
	for ; known < n; known++ {
		list = append(list, layers.Unlimited)
	}
	return list
}

// senderLimit returns what the sender may use for the tracks of one video, which
// are its simulcast layers if there are several, from high to low.
func senderLimit(tracks []*upTrack, now int64) uint64 {
	t := tracks[0]
	d := &t.demands
	list := d.list[:0]
	for _, layer := range tracks {
		list = layer.collect(list)
	}
	d.list = list
	if len(list) > 0 || d.watched == 0 {
		d.watched = now
	}
	switch {
	case len(list) == 0 && now-d.watched < int64(unwatchedAfter):
		return videoLimit
	case len(tracks) == 1:
		return min(max(layers.SenderLimit(list), minVideoLimit), videoLimit)
	}
	// Every layer serves those who can use it, so the best receiver decides.
	var most uint64
	for _, rate := range list {
		most = max(most, rate)
	}
	return min(max(most, minVideoLimit), videoLimit)
}

// videos returns the tracks of u that are video and heard, those of one video
// together.
func videos(tracks []*upTrack) [][]*upTrack {
	var list [][]*upTrack
	for _, t := range tracks {
		if t.kind != codecs.Video || t.ssrc.Load() == 0 {
			continue
		}
		if n := len(list); n > 0 && list[n-1][0].mid == t.mid {
			list[n-1] = append(list[n-1], t)
		} else {
			list = append(list, []*upTrack{t})
		}
	}
	return list
}
