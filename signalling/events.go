package signalling

import (
	"github.com/gorilla/websocket"

	"galene/group"
)

// event turns an event of a group into messages.  Events of a membership that
// is over are stale (W-4).
func (s *session) event(m *group.Membership, ev group.Event) error {
	if m != s.member {
		return nil
	}
	switch ev := ev.(type) {
	case group.Joined:
		return s.joined(ev)
	case group.User:
		return s.send(&message{
			Type: "user", Kind: ev.Kind, ID: ev.ID, Username: &ev.Username,
			Permissions: ev.Permissions.Strings(), Data: ev.Data,
		})
	case group.Chat:
		return s.chatEvent(ev)
	case group.UserMessage:
		return s.send(&message{
			Type: "usermessage", Kind: ev.Kind, Error: ev.Error, ID: ev.ID,
			Source: ev.Source, Username: ev.Username, Dest: ev.Dest,
			Privileged: ev.Privileged, NoEcho: ev.NoEcho, Value: value(ev.Value),
			Time: timestamp(ev.Time, s.millis),
		})
	case group.Stream:
		return s.push(ev.Source, ev.Owner, ev.Replace)
	case group.StreamClosed:
		return s.streamClosed(ev)
	case group.StreamRevoked:
		return s.streamRevoked(ev.ID)
	case group.Kicked:
		return s.kicked(ev)
	}
	return nil
}

// joined tells the client about its membership (section 6.6).  The
// configuration is always there: some clients cannot go on without (JOIN-9).
func (s *session) joined(ev group.Joined) error {
	return s.send(&message{
		Type: "joined", Kind: ev.Kind, Group: ev.Group, Username: &ev.Username,
		Permissions: ev.Permissions.Strings(), Status: &ev.Status, Data: ev.Data,
		RTCConfiguration: s.rtcConfiguration(),
	})
}

func (s *session) rtcConfiguration() any {
	if f := s.server.opts.RTCConfiguration; f != nil {
		if configuration := f(); configuration != nil {
			return configuration
		}
	}
	return struct{}{}
}

func (s *session) chatEvent(ev group.Chat) error {
	m := &message{
		Type: "chat", Kind: ev.Kind, ID: ev.ID, Source: ev.Source,
		Value: value(ev.Value), Time: timestamp(ev.Time, s.millis),
	}
	if ev.Source != "" || ev.Username != "" {
		m.Username = &ev.Username
	}
	if ev.History {
		m.Type = "chathistory"
	} else {
		m.Dest, m.Privileged, m.NoEcho = ev.Dest, ev.Privileged, ev.NoEcho
	}
	return s.send(m)
}

// kicked ends the session of a member that the group has removed (10.5).
func (s *session) kicked(ev group.Kicked) error {
	err := s.send(&message{
		Type: "usermessage", Kind: "kicked", ID: ev.ID, Username: ev.Username,
		Dest: s.id, Privileged: true, Value: ev.Text(),
	})
	if err != nil {
		return err
	}
	return &closeError{
		code: websocket.CloseNormalClosure, reason: ev.Reason(), silent: true,
	}
}
