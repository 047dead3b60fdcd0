package signalling

import (
	"errors"

	"github.com/pion/webrtc/v4"

	"galene/conn"
	"galene/group"
	"galene/rtpconn"
)

// negotiation is what has to be offered for a stream as soon as the client has
// answered the offer before (STR-15).
type negotiation uint8

const (
	negotiateNot negotiation = iota
	negotiateTracks
	negotiateRestart // of ICE
)

// downStream is a stream that the client receives.
type downStream struct {
	source conn.Source
	owner  conn.User
	conn   *rtpconn.Down

	// replace is the stream that this one takes the place of, until the
	// client has been told.
	replace string
	offered bool // at least once
	pending bool // an offer has not been answered
	need    negotiation
}

func (d *downStream) id() string { return d.source.ID() }

func (d *downStream) close() { d.conn.Close() }

// push makes the client receive of a stream what it wants of it (1.7): it is
// called for every new or changed stream, and for all streams when the client's
// request changes.  Replace is the stream that this one takes the place of, or
// empty.
func (s *session) push(source conn.Source, owner conn.User, replace string) error {
	id := source.ID()
	replaced := s.takeReplaced(id, owner, replace)

	d := s.down[id]
	if d != nil && d.source != source {
		// Another stream under the same id: the end of the former one
		// has not been heard of yet.
		if err := s.endDown(d); err != nil {
			return err
		}
		d = nil
	}
	tracks, limitSID := s.wanted(source).choose(source.Tracks())
	if len(tracks) == 0 {
		if err := s.endDown(d); err != nil {
			return err
		}
		return s.sendClose(replaced)
	}
	if d == nil {
		var err error
		if d, err = s.newDown(source, owner); err != nil {
			return s.pushFailed(id, replaced, err)
		}
		d.replace, replaced = replaced, ""
	}
	negotiate, err := d.conn.SetTracks(tracks, limitSID)
	if err != nil {
		replaced = d.replace
		if err := s.endDown(d); err != nil {
			return err
		}
		return s.pushFailed(id, replaced, err)
	}
	if negotiate {
		d.need = max(d.need, negotiateTracks)
	}
	if err := s.negotiate(d); err != nil {
		return err
	}
	return s.sendClose(replaced)
}

// takeReplaced drops the stream that has been replaced by the one with the
// given id, without a word, and hands its override down.  It returns the
// stream's id if the client knows of it, which it must then be told (W-34).
func (s *session) takeReplaced(id string, owner conn.User, replace string) string {
	if replace == "" || replace == id {
		return ""
	}
	if override, ok := s.overrides[replace]; ok {
		delete(s.overrides, replace)
		s.overrides[id] = override
	}
	d := s.down[replace]
	if d == nil || d.owner.ID != owner.ID {
		return ""
	}
	delete(s.down, replace)
	d.close()
	if !d.offered {
		return ""
	}
	return replace
}

// wanted returns what the client wants of a stream.
func (s *session) wanted(source conn.Source) selection {
	if override, ok := s.overrides[source.ID()]; ok {
		return override
	}
	return s.requested.of(source.Label())
}

func (s *session) newDown(source conn.Source, owner conn.User) (*downStream, error) {
	if s.receiver == nil {
		s.receiver = s.server.opts.Engine.NewReceiver()
	}
	d := &downStream{source: source, owner: owner}
	down, err := s.receiver.NewDown(source, rtpconn.DownParams{
		Configuration: s.peerConfiguration(),
		OnCandidate: func(c webrtc.ICECandidateInit) {
			s.postDown(d, func() error { return s.sendCandidate(d.id(), c) })
		},
		OnFailed: func() {
			s.postDown(d, func() error {
				d.need = negotiateRestart
				return s.negotiate(d)
			})
		},
	})
	if err != nil {
		return nil, err
	}
	d.conn = down
	s.down[source.ID()] = d
	return d, nil
}

// postDown makes the handler call f unless the stream has ended by then.
func (s *session) postDown(d *downStream, f func() error) {
	s.post(func() error {
		if s.down[d.id()] != d {
			return nil
		}
		return f()
	})
}

// pushFailed tells the client that it does not get a stream.  Streams that have
// ended meanwhile are passed over in silence.
func (s *session) pushFailed(id, replaced string, cause error) error {
	if err := s.sendClose(replaced); err != nil {
		return err
	}
	if errors.Is(cause, rtpconn.ErrClosed) {
		return nil
	}
	s.log.Warn("stream not offered", "stream", id, "error", cause)
	return s.sendError(truncate(cause.Error(), maxErrorText))
}

// negotiate offers what has to be offered, unless an offer is pending.
func (s *session) negotiate(d *downStream) error {
	if d.pending || d.need == negotiateNot {
		return nil
	}
	sdp, err := d.conn.Offer(d.need == negotiateRestart)
	if err != nil {
		replaced := d.replace
		if err := s.endDown(d); err != nil {
			return err
		}
		return s.pushFailed(d.id(), replaced, err)
	}
	m := &message{
		Type: "offer", ID: d.id(), Label: d.source.Label(), Replace: d.replace,
		Source: d.owner.ID, Username: &d.owner.Username, SDP: sdp,
	}
	d.need = negotiateNot
	d.pending = true
	d.offered = true
	d.replace = ""
	return s.send(m)
}

// endDown drops a stream that the client receives, and tells the client if that
// knows of the stream (W-17).  A nil stream is no stream.
func (s *session) endDown(d *downStream) error {
	if d == nil {
		return nil
	}
	delete(s.down, d.id())
	d.close()
	if !d.offered {
		return nil
	}
	return s.sendClose(d.id())
}

// sendClose tells the client that a stream has ended; the empty id is no stream.
func (s *session) sendClose(id string) error {
	if id == "" {
		return nil
	}
	return s.send(&message{Type: "close", ID: id})
}

// streamClosed ends what the client receives of a stream that has ended.
func (s *session) streamClosed(ev group.StreamClosed) error {
	delete(s.overrides, ev.ID)
	d := s.down[ev.ID]
	if d == nil || d.source != ev.Source {
		return nil
	}
	return s.endDown(d)
}

// answer completes an offer of the server (13.6).
func (s *session) answer(m *incoming) error {
	d := s.down[m.ID]
	if d == nil {
		return s.sendClose(m.ID)
	}
	if err := d.conn.Answer(m.SDP); err != nil {
		if err := s.endDown(d); err != nil {
			return err
		}
		s.log.Info("unusable answer", "stream", m.ID, "error", err)
		return userError(truncate(err.Error(), maxErrorText))
	}
	d.pending = false
	return s.negotiate(d)
}

// renegotiate makes a new offer with an ICE restart (STR-21).
func (s *session) renegotiate(m *incoming) error {
	d := s.down[m.ID]
	if d == nil {
		return nil
	}
	d.need = negotiateRestart
	return s.negotiate(d)
}

// abort drops a stream that the client refuses; that is confirmed even for a
// stream that is not known (STR-24).
func (s *session) abort(m *incoming) error {
	if d := s.down[m.ID]; d != nil {
		delete(s.down, m.ID)
		d.close()
	}
	return s.sendClose(m.ID)
}
