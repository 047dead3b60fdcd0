package rtpconn

import (
	"slices"
	"time"

	"galene/codecs"
	"galene/conn"
	"galene/layers"
	"galene/packetmap"
)

// suspendedAfter is how long a simulcast layer must have been silent, while
// another one was not, to count as suspended by its sender.
const suspendedAfter = time.Second

// switchPatience is how long another simulcast layer is waited for, and
// switchAgain when it is tried again.
const (
	switchPatience = 3 * time.Second
	switchAgain    = 8 * time.Second
)

// choice is what a down track sends of its video.  It belongs to the shard.
type choice struct {
	// sources are the simulcast layers that may be sent, from high to low;
	// they are replaced, never changed.
	sources  []conn.Track
	limitSID bool // only the lowest spatial layer is wanted
	lowest   bool // only the lowest simulcast layer is wanted that is sent

	selector layers.Selector
	step     layers.Step // what was chosen last …
	source   conn.Track  // … of this source, nil if nothing was
	paused   bool
	tight    int64 // since when the video has not fitted, 0 is never
	refused  conn.Track
	again    int64 // when the source refused may be tried again
	allowed  uint64
	filtered uint64          // packets left out
	rates    []layers.Source // reused
	arrivals []int64         // reused
}

// simulcast returns those of a stream's tracks that one track chosen by the
// session stands for, from high to low: itself and the simulcast layers below it
// .  If it is the lowest of several, it stands for all of them, of which the
// lowest that is sent is wanted: senders choose which layers they send, and browsers
// send only the one described first if the picture is small, be it that the camera
// is or that they have made it small for lack of processing power.
func simulcast(chosen conn.Track, tracks []conn.Track) (list []conn.Track, lowest bool) {
	if chosen.RID() == "" {
		return []conn.Track{chosen}, false
	}
	above, below := 0, 0
	i := slices.Index(tracks, chosen)
	for j, t := range tracks {
		switch {
		case j == i:
			list = append(list, t)
		case t.RID() == "" || t.Kind() != chosen.Kind() || t.ID() != chosen.ID() ||
			t.StreamID() != chosen.StreamID() || !sameFormat(t.Codec(), chosen.Codec()):
		case j < i:
			above++
			list = append(list, t)
		default:
			below++
			list = append(list, t)
		}
	}
	switch {
	case i < 0: // it has just ended
		return []conn.Track{chosen}, false
	case below > 0:
		return list[above:], false
	}
	return list, above > 0
}

// setChoice says what may be chosen from.
func (t *downTrack) setChoice(sources []conn.Track, lowest, limitSID bool) {
	c := &t.choice
	c.sources, c.lowest, c.limitSID = sources, lowest, limitSID
	c.refused = nil
	if limitSID {
		c.selector.SetTarget(0, layers.Top)
	} else if len(sources) == 1 && c.source == nil {
		c.selector.SetTarget(layers.Top, layers.Top)
	}
	if t.stopped {
		return
	}
	first := sources[0]
	switch {
	case lowest:
		t.look()
		first = sources[c.lowestLive()]
		if t.next == nil && t.active.source == first || t.next != nil && t.next.source == first {
			return
		}
	case slices.Contains(sources, t.active.source):
		return
	}
	c.source = nil
	t.setSource(first)
}

// look finds out what is sent of the layers that may be chosen.
func (t *downTrack) look() {
	c := &t.choice
	c.rates, c.arrivals = c.rates[:0], c.arrivals[:0]
	var newest int64
	for _, source := range c.sources {
		rates, arrival := source.Layers()
		c.rates = append(c.rates, layers.Source{Rates: rates})
		c.arrivals = append(c.arrivals, arrival)
		newest = max(newest, arrival)
	}
	for i, source := range c.sources {
		refused := source == c.refused && t.active.now() < c.again
		c.rates[i].Live = !refused && newest-c.arrivals[i] < int64(suspendedAfter)
	}
}

// lowestLive returns the index of the lowest source that is sent, or of the lowest
// one if none is, after look.
func (c *choice) lowestLive() int {
	for i, s := range slices.Backward(c.rates) {
		if s.Live {
			return i
		}
	}
	return len(c.rates) - 1
}

// ladder returns the steps that can be chosen.
func (t *downTrack) ladder(detail bool) []layers.Step {
	c := &t.choice
	t.look()
	if !c.lowest {
		return layers.Ladder(c.rates, c.limitSID, detail)
	}
	only := c.lowestLive()
	steps := layers.Ladder(c.rates[only:only+1], c.limitSID, detail)
	for i := range steps {
		steps[i].Source = only
	}
	return steps
}

// present returns the index of the step that is taken now, and false if nothing
// has been chosen yet.
func (t *downTrack) present(steps []layers.Step) (int, bool) {
	c := &t.choice
	if c.paused {
		return layers.Paused, true
	}
	if c.source == nil {
		return 0, false
	}
	below := 0
	for i, s := range steps {
		if c.sources[s.Source] == c.source && s.SID == c.step.SID && s.TID == c.step.TID {
			return i, true
		}
		if s.Rate <= c.step.Rate {
			below = i
		}
	}
	return below, true
}

// take makes the track send steps[i], or nothing after a while if i is Paused.
func (t *downTrack) take(steps []layers.Step, i int, now int64) {
	c := &t.choice
	if i == layers.Paused {
		if c.tight == 0 {
			c.tight = now
		}
		if c.paused || len(steps) == 0 {
			return
		}
		if now-c.tight >= int64(pauseAfter) {
			t.pause()
			return
		}
		i = 0
	} else {
		c.tight = 0
	}
	step := steps[i]
	source := c.sources[step.Source]
	resumed := c.paused
	c.paused = false
	c.step, c.source = step, source
	if t.active.source == source {
		t.cancelNext()
		c.selector.SetTarget(step.SID, step.TID)
		switch {
		case resumed && t.active.begun():
			t.active.wait(now)
		case c.selector.NeedsKeyframe():
			source.RequestKeyframe()
		}
		return
	}
	if t.next == nil || t.next.source != source {
		t.setSource(source)
	}
	if resumed && t.active.begun() {
		t.active.wait(now)
	}
	if slices.Index(c.sources, source) > slices.Index(c.sources, t.active.source) {
		c.selector.SetTarget(0, 0) // less at once, until the lower layer has begun
	}
}

// pause stops the video until there is room for it again.
func (t *downTrack) pause() {
	t.choice.paused = true
	t.cancelNext()
}

// cancelNext gives up a switch that has not happened yet.
func (t *downTrack) cancelNext() {
	if t.next != nil {
		t.next.close()
		t.next = nil
	}
}

// abandon gives up a switch to a layer whose keyframe does not come.
func (t *downTrack) abandon(now int64) {
	c := &t.choice
	if t.next == nil || t.next.state != feedWaiting || now-t.next.waiting < int64(switchPatience) ||
		t.active.state != feedLive || !slices.Contains(c.sources, t.active.source) {
		return
	}
	c.refused, c.again = t.next.source, now+int64(switchAgain)
	t.cancelNext()
	c.source = nil
	c.selector.SetTarget(topSID(c.limitSID), layers.Top)
}

func topSID(limitSID bool) uint8 {
	if limitSID {
		return 0
	}
	return layers.Top
}

// demand says how much of the video the receiver can use.
func (t *downTrack) demand(rate uint64) {
	c := &t.choice
	if c.lowest || c.limitSID {
		low := uint64(lowHeadroom * float64(c.step.Rate))
		rate = min(rate, max(low, minVideoLimit))
	}
	old := c.allowed
	if f := t.active; f.allowed && (rate == old ||
		rate < layers.Unlimited && old < layers.Unlimited &&
			float64(max(rate, old)-min(rate, old)) < demandChange*float64(old)) {
		return
	}
	c.allowed = rate
	t.active.allowed = true
	t.active.source.Allow(t.active, rate)
}

// frame returns what packets belong together for the sequence numbers.
func (t *downTrack) frame(info codecs.Info, timestamp uint32) packetmap.Frame {
	f := packetmap.Frame{ID: uint64(timestamp)<<3 | uint64(info.SID&7)}
	if t.picturesRenumbered {
		f.PID, f.PIDBits = info.PID, info.PIDBits
	}
	return f
}
