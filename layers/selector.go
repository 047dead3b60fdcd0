package layers

import "galene/codecs"

// Selector forwards some of the layers of one RTP stream, and follows changes of
// the choice where decoders can.  The zero value forwards
// only the lowest layers; see NewSelector.
type Selector struct {
	codec            codecs.Codec
	targetSID        uint8
	targetTID        uint8
	sid, tid         uint8 // forwarded now
	maxSID, maxTID   uint8 // seen lately …
	topSID           uint8 // … and since the window began,
	pictures         int   // so many pictures ago
	started          bool
	timestamp        uint32
	marked           bool          // the last packet of this timestamp was forwarded
	decided, forward [Top + 1]bool // of the layer frames of this timestamp

	targets   *targets // for streams with dependency descriptors, else nil
	described bool     // this is one
}

// seenWindow is the number of pictures after which a spatial layer that has not
// been seen counts as gone: senders stop layers that they cannot afford.
const seenWindow = 16

// NewSelector returns a selector that forwards everything.
func NewSelector(codec codecs.Codec) Selector {
	return Selector{codec: codec, targetSID: Top, targetTID: Top, sid: Top, tid: Top}
}

// SetTarget chooses the highest layers to be forwarded.
func (s *Selector) SetTarget(sid, tid uint8) {
	s.targetSID, s.targetTID = min(sid, Top), min(tid, Top)
	if !s.started {
		s.sid, s.tid = s.targetSID, s.targetTID
	}
}

// Restart is called when another stream is forwarded from now on, which begins
// with a keyframe.
func (s *Selector) Restart() {
	s.started = false
	s.sid, s.tid = s.targetSID, s.targetTID
	s.maxSID, s.maxTID, s.topSID, s.pictures = 0, 0, 0, 0
	s.described = false
	if s.targets != nil {
		*s.targets = targets{}
	}
}

// Layer returns the layers forwarded now and the highest ones seen.
func (s *Selector) Layer() (sid, tid, maxSID, maxTID uint8) {
	if s.described {
		t := s.targets
		now, top := t.structure.Layer(t.current), t.structure.Layer(t.best(Top, Top))
		return now.SID, now.TID, top.SID, top.TID
	}
	return min(s.sid, s.maxSID), min(s.tid, s.maxTID), s.maxSID, s.maxTID
}

// NeedsKeyframe reports whether the choice can only be followed from a keyframe
// on.
func (s *Selector) NeedsKeyframe() bool {
	if s.described {
		return s.targets.needsKeyframe(s.targetSID, s.targetTID)
	}
	return s.started && s.sid < s.targetSID && s.sid < s.maxSID
}

// Select decides about a packet: whether it is to be forwarded, and with which
// marker bit.  Packets that come late change nothing, and are to be forwarded if
// the rest of their frame was.
func (s *Selector) Select(info codecs.Info, timestamp uint32, marker bool) (forward, mark bool) {
	if s.described {
		return s.selectUndescribed(info, marker)
	}
	sid, tid := min(info.SID, Top), min(info.TID, Top)
	if !info.Known {
		sid, tid = 0, 0
	}
	switch {
	case !s.started:
		s.started = true
		s.begin(timestamp)
	case int32(timestamp-s.timestamp) < 0:
		return true, marker
	case timestamp != s.timestamp:
		s.begin(timestamp)
		s.sid = min(s.sid, s.targetSID)
		s.tid = min(s.tid, s.targetTID)
	}
	if !s.decided[sid] {
		s.decided[sid] = true
		s.decide(info, sid, tid)
	}
	s.maxSID, s.topSID, s.maxTID = max(s.maxSID, sid), max(s.topSID, sid), max(s.maxTID, tid)
	if s.forward[sid] && info.Known && info.End && sid == s.sid {
		marker = true // the last packet that this receiver gets of the picture
		s.marked = true
	}
	return s.forward[sid], marker
}

// begin is called for the first packet with a timestamp.
func (s *Selector) begin(timestamp uint32) {
	s.timestamp = timestamp
	s.marked = false
	clear(s.decided[:])
	if s.pictures++; s.pictures > seenWindow {
		s.maxSID, s.topSID, s.pictures = s.topSID, 0, 0
	}
}

// decide decides about the frame of one spatial layer, at the first packet of
// it that comes.
func (s *Selector) decide(info codecs.Info, sid, tid uint8) {
	switch {
	case info.Keyframe == codecs.KeyframeYes && sid == 0:
		s.sid, s.tid = s.targetSID, s.targetTID
	case info.Start:
		s.tid = s.codec.RaiseTID(info, s.tid, s.targetTID)
		if info.SIDSync && sid == s.sid+1 && sid <= s.targetSID && !s.marked {
			s.sid = sid
		}
	}
	needed := !info.NonRef || sid >= min(s.sid, s.maxSID)
	s.forward[sid] = tid <= s.tid && sid <= s.sid && needed
}
