package signalling

// row says how messages of one type are treated.
type row struct {
	// group says that the client must be in a group (STATE-1).
	group bool
	// id says that an empty id is a violation of the protocol (STR-3).
	id     bool
	handle func(*Session, *incoming) error
}

// table returns the row for each type of message.  What is not here is not
// expected from a client (MSG-6).
func table() map[string]row {
	return map[string]row{
		"ping": {handle: (*Session).ping},
		"pong": {handle: (*Session).pong},
		"join": {handle: (*Session).join},
		"chat": {group: true, handle: (*Session).chat},
		"usermessage": {group: true, handle: (*Session).userMessage},
		"useraction": {group: true, handle: (*Session).userAction},
		"groupaction": {group: true, handle: (*Session).groupAction},
		"request": {group: true, handle: (*Session).request},
		"requestStream": {group: true, handle: (*Session).requestStream},
		"offer": {id: true, handle: (*Session).offer},
		"answer": {id: true, handle: (*Session).answer},
		"ice": {id: true, handle: (*Session).candidate},
		"renegotiate": {id: true, handle: (*Session).renegotiate},
		"close": {id: true, handle: (*Session).closeStream},
		"abort": {id: true, handle: (*Session).abort},
	}
}

// dispatch checks a message (section 3.2) and acts upon it.
func (s *Session) dispatch(m *incoming) error {
	if m.Source != "" && m.Source != s.id {
		return violation("spoofed client id")
	}
	if m.Username != nil && m.Type != "join" && *m.Username != s.username {
		return violation("spoofed username")
	}
	r, ok := s.server.table[m.Type]
	if !ok {
		return violation("unexpected message")
	}
	if r.group && s.member == nil {
		return userError("join a group first")
	}
	if r.id && m.ID == "" {
		return violation("empty id")
	}
	return r.handle(s, m)
}

func (s *Session) ping(*incoming) error {
	return s.send(&message{Type: "pong"})
}

func (s *Session) pong(*incoming) error { return nil }
