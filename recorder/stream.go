package recorder

import (
	"fmt"
	"log/slog"
	"math"
	"slices"
	"time"

	"galene/codecs"
	"galene/conn"
	"galene/recorder/assembly"
)

const (
	// tick is how often a stream's goroutine looks at what time brings about.
	tick = 200 * time.Millisecond
	// warnInterval is the least time between warnings about one stream.
	warnInterval = 10 * time.Second
)

// stream records one stream of a member.
type stream struct {
	rec     *Recorder
	session *session
	src     conn.Source
	owner   conn.User
	log     *slog.Logger
	queue   *queue
	updates chan []*input // the tracks that are recorded, replaced as a whole
	done    chan struct{}

	// What follows belongs to the session's goroutine.
	known   map[conn.Track]*input
	refused map[conn.Track]bool

	// What follows belongs to the stream's goroutine.
	inputs   []*input
	layer    *input // the video track that is recorded now
	timeline timeline
	merge    merger
	warned   time.Time
}

// newStream starts to record a stream.
func newStream(s *session, src conn.Source, owner conn.User) *stream {
	st := &stream{
		rec: s.rec, session: s, src: src, owner: owner,
		log:     s.log.With("stream", src.ID()),
		queue:   newQueue(),
		updates: make(chan []*input, 1),
		done:    make(chan struct{}),
		known:   make(map[conn.Track]*input),
		refused: make(map[conn.Track]bool),
	}
	st.merge.stream = st
	go st.run()
	st.update()
	return st
}

// update follows the tracks of the source.
func (st *stream) update() {
	var audio, video []conn.Track
	for _, t := range st.src.Tracks() {
		switch {
		case t.Kind() == codecs.Audio && len(audio) == 0:
			audio = append(audio, t)
		case t.Kind() == codecs.Video && (len(video) == 0 ||
			t.RID() != "" && video[0].RID() != "" && t.ID() == video[0].ID()):
			video = append(video, t) // the layers of the first one
		case !st.refused[t]:
			st.refused[t] = true
			st.session.warn(st.owner.Username + " sends more than one " + t.Kind().String() +
				" track in a stream; only the first is recorded")
		}
	}
	wanted := slices.Concat(audio, video)
	for t, in := range st.known {
		if !slices.Contains(wanted, t) {
			t.Unsubscribe(st.rec.shard, in)
			delete(st.known, t)
		}
	}
	var fresh, inputs []*input
	for _, t := range wanted {
		in := st.known[t]
		if in == nil {
			in = &input{stream: st, track: t, kind: t.Kind(), layer: slices.Index(video, t)}
			fresh = append(fresh, in)
			st.known[t] = in
		}
		inputs = append(inputs, in)
	}
	st.replaceInputs(inputs)
	for _, in := range fresh {
		if err := in.track.Subscribe(st.rec.shard, in); err != nil {
			continue // the stream has ended: the group will say so
		}
		if in.kind == codecs.Video {
			in.track.RequestKeyframe()
		}
	}
}

// replaceInputs tells the goroutine which tracks there are.
func (st *stream) replaceInputs(inputs []*input) {
	select {
	case <-st.updates: // an older list, not yet seen
	default:
	}
	st.updates <- inputs
	st.queue.wake()
}

// stop ends the recording; what has come is still written.  It does not wait.
func (st *stream) stop() {
	for t, in := range st.known {
		t.Unsubscribe(st.rec.shard, in)
	}
	clear(st.known)
	// Packets that are on the shard now get in before that.
	if !st.rec.shard.Do(st.queue.close) {
		st.queue.close()
	}
}

// run is the stream's goroutine.
func (st *stream) run() {
	defer close(st.done)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-st.queue.ready:
		case <-ticker.C:
		}
		if st.step() {
			return
		}
	}
}

// step does what there is to do, and says whether it was the last time.
func (st *stream) step() (last bool) {
	items, overflow, closed := st.queue.take()
	select {
	case st.inputs = <-st.updates:
	default:
	}
	for _, i := range items {
		if i.packet == nil {
			i.in.gap()
			continue
		}
		i.in.receive(i.packet)
		i.packet.Release()
	}
	if overflow {
		st.warn("the disk is too slow, some of the recording is missing")
	}
	now := st.rec.clock.now()
	if closed {
		now = math.MaxInt64
	}
	st.collect(now)
	st.merge.write(now, closed)
	if closed {
		st.merge.close()
		for _, in := range st.inputs {
			in.close()
		}
	}
	return closed
}

// collect takes the frames that are complete.
func (st *stream) collect(now int64) {
	var best *input // the highest video layer that is active
	for _, in := range st.inputs {
		in.follow(&st.timeline)
		if best == nil && in.kind == codecs.Video && in.alive(now) {
			best = in
		}
	}
	for _, in := range st.inputs {
		for {
			f, ok := in.pop(now)
			if !ok {
				break
			}
			in.follow(&st.timeline) // the clock begins with the first frame
			if in.kind == codecs.Audio || st.selected(in, best, f) {
				st.merge.add(in, f)
			}
		}
	}
	if best != nil {
		best.refresh(now, best != st.layer || st.merge.wantsKeyframe())
	}
}

// selected says whether a frame is of the layer that is recorded.  Another layer
// takes over with a keyframe, if it is better or if nothing comes of the present
// one.
func (st *stream) selected(in, best *input, f assembly.Frame) bool {
	if in == st.layer {
		return true
	}
	better := st.layer == nil || in.layer < st.layer.layer ||
		!slices.Contains(st.inputs, st.layer) ||
		f.Arrival-st.layer.lastArrival >= int64(aliveTime)
	if !f.Keyframe || !better || best != nil && best.layer < in.layer {
		return false
	}
	st.layer = in
	return true
}

// expects says whether media of a kind may come.
func (st *stream) expects(kind codecs.Kind) bool {
	return slices.ContainsFunc(st.inputs, func(in *input) bool {
		return in.kind == kind && !in.unsupported
	})
}

// warn tells the operators, but not too often.
func (st *stream) warn(text string) {
	st.log.Warn("recording", "problem", text)
	if now := time.Now(); now.Sub(st.warned) >= warnInterval {
		st.warned = now
		st.session.warn(fmt.Sprintf("Recording of %s: %s.", st.owner.Username, text))
	}
}
