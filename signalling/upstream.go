package signalling

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pion/webrtc/v4"

	"galene/codecs"
	"galene/conn"
	"galene/group"
	"galene/rtpconn"
)

const (
	// trackDelay is how long the rest of a stream's tracks is waited for
	// once the first is known.
	trackDelay = 200 * time.Millisecond
	// replaceDelay is how long the first packet of a stream that replaces
	// another is waited for (W-34).
	replaceDelay = 2 * time.Second
)

// upStream is a stream that the client publishes.
type upStream struct {
	id   string
	conn *rtpconn.Up

	// announced are the tracks that the others have been told of; told
	// says that they know of the stream.
	announced []conn.Track
	told      bool
	// replacing says that the stream takes the place of another one and
	// that the others are to learn of it with its first packet.
	replacing bool
	// patience runs while tracks are waited for, or is nil.
	patience *time.Timer
	// hush ends listening to the stream's sound.
	hush func()
}

// close ends the connection.  The group must have forgotten the stream before.
func (u *upStream) close() {
	if u.patience != nil {
		u.patience.Stop()
	}
	u.hush()
	u.conn.Close()
}

// offer makes a new stream of the client, or renegotiates one (13.2).
func (s *session) offer(m *incoming) error {
	if s.member == nil || !s.member.Permissions().Has(group.PermPresent) {
		s.endUp(m.Replace)
		return s.refuseOffer(m.ID, errors.New("not authorised"))
	}
	if s.down[m.ID] != nil {
		return s.refuseOffer(m.ID, errors.New("stream id already in use"))
	}
	u := s.up[m.ID]
	if u == nil {
		var err error
		if u, err = s.newUp(m); err != nil {
			return s.refuseOffer(m.ID, err)
		}
	}
	answer, err := u.conn.Offer(m.SDP)
	if err != nil {
		s.endUp(m.ID)
		return s.refuseOffer(m.ID, err)
	}
	if err := s.send(&message{Type: "answer", ID: m.ID, SDP: answer}); err != nil {
		return err
	}
	s.announce(u)
	return nil
}

// refuseOffer tells the client to end a stream, and why (STR-8).
func (s *session) refuseOffer(id string, cause error) error {
	if err := s.send(&message{Type: "abort", ID: id}); err != nil {
		return err
	}
	s.log.Info("offer refused", "stream", id, "error", cause)
	return userError(truncate(cause.Error(), maxErrorText))
}

// maxErrorText bounds error texts that may quote what the client has sent.
const maxErrorText = 1024

// newUp makes the connection for a new stream.
func (s *session) newUp(m *incoming) (*upStream, error) {
	replaced := s.up[m.Replace]
	replace := m.Replace
	if replaced == nil || replace == m.ID {
		replaced, replace = nil, ""
	}
	if err := s.member.ReserveStream(m.ID, replace); err != nil {
		s.endUp(replace)
		return nil, err
	}
	if replaced != nil {
		delete(s.up, replace)
		replaced.close()
	}
	u := &upStream{id: m.ID, replacing: replaced != nil}
	up, err := s.server.opts.Engine.NewUp(rtpconn.UpParams{
		ID:            m.ID,
		Label:         m.Label,
		Owner:         conn.User{ID: s.id, Username: s.username},
		Codecs:        s.codecs(),
		Configuration: s.peerConfiguration(),
		OnCandidate: func(c webrtc.ICECandidateInit) {
			s.postUp(u, func() error { return s.sendCandidate(u.id, c) })
		},
		OnTracks: func() {
			s.postUp(u, func() error { s.announce(u); return nil })
		},
		OnFailed: func() {
			s.postUp(u, func() error {
				return s.send(&message{Type: "renegotiate", ID: u.id})
			})
		},
	})
	if err != nil {
		s.member.Withdraw(m.ID)
		return nil, fmt.Errorf("new stream: %w", err)
	}
	u.conn = up
	room := s.member.Group()
	s.server.speakers.add(room, s.id, up)
	u.hush = func() { s.server.speakers.remove(room, up) }
	s.up[m.ID] = u
	for _, c := range s.early.take(m.ID) {
		if err := up.AddCandidate(c); err != nil {
			s.log.Debug("bad candidate", "stream", m.ID, "error", err)
		}
	}
	return u, nil
}

// codecs returns what the group's streams may be encoded with.
func (s *session) codecs() []codecs.Codec {
	var list []codecs.Codec
	for _, name := range s.member.Group().Description().Codecs {
		list = append(list, codecs.Lookup(name)...)
	}
	return list
}

// postUp makes the handler call f unless the stream has ended by then.
func (s *session) postUp(u *upStream, f func() error) {
	s.post(func() error {
		if s.up[u.id] != u {
			return nil
		}
		return f()
	})
}

// announce tells the others about a stream once its tracks are known, and again
// when they have changed (1.7).  It is called whenever something has happened.
func (s *session) announce(u *upStream) {
	tracks := u.conn.Tracks()
	switch {
	case u.replacing && !u.conn.Receiving():
		s.waitForTracks(u, replaceDelay)
	case len(tracks) == 0, u.told && slices.Equal(tracks, u.announced):
	case u.conn.Ready():
		s.announceNow(u)
	default:
		s.waitForTracks(u, trackDelay)
	}
}

// waitForTracks announces the stream after d, whatever is known of it then.
func (s *session) waitForTracks(u *upStream, d time.Duration) {
	if u.patience != nil {
		return
	}
	u.patience = time.AfterFunc(d, func() {
		s.postUp(u, func() error { s.announceNow(u); return nil })
	})
}

func (s *session) announceNow(u *upStream) {
	if u.patience != nil {
		u.patience.Stop()
		u.patience = nil
	}
	u.announced = u.conn.Tracks()
	u.told = true
	u.replacing = false
	s.member.Announce(u.conn)
}

// endUp ends a stream of the client, and tells the others.  It does nothing if
// there is no such stream.
func (s *session) endUp(id string) {
	u := s.up[id]
	if u == nil {
		return
	}
	delete(s.up, id)
	s.member.Withdraw(id)
	u.close()
}

// closeStream ends a stream that the client no longer publishes (STR-23).
func (s *session) closeStream(m *incoming) error {
	s.endUp(m.ID)
	return nil
}

// streamRevoked ends a stream that the client may no longer publish (PERM-8).
func (s *session) streamRevoked(id string) error {
	if u := s.up[id]; u != nil {
		delete(s.up, id)
		u.close()
	}
	if err := s.send(&message{Type: "abort", ID: id}); err != nil {
		return err
	}
	return s.sendError("permission denied")
}
