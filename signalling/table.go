package signalling

// row says how messages of one type are treated.
type row struct {
	// group says that the client must be in a group (STATE-1).
	group bool
	// id says that an empty id is a violation of the protocol (STR-3).
	id     bool
	handle func(*session, *incoming) error
}

// table returns the row for each type of message.  What is not here is not
// expected from a client (MSG-6).
func table() map[string]row {
	return map[string]row{
		"ping":          {handle: (*session).ping},
		"pong":          {handle: (*session).pong},
		"join":          {handle: (*session).join},
		"chat":          {group: true, handle: (*session).chat},
		"usermessage":   {group: true, handle: (*session).userMessage},
		"useraction":    {group: true, handle: (*session).userAction},
		"groupaction":   {group: true, handle: (*session).groupAction},
		"request":       {group: true, handle: (*session).request},
		"requestStream": {group: true, handle: (*session).requestStream},
		"offer":         {id: true, handle: (*session).offer},
		"answer":        {id: true, handle: (*session).answer},
		"ice":           {id: true, handle: (*session).candidate},
		"renegotiate":   {id: true, handle: (*session).renegotiate},
		"close":         {id: true, handle: (*session).closeStream},
		"abort":         {id: true, handle: (*session).abort},
	}
}

// dispatch checks a message (section 3.2) and acts upon it.
func (s *session) dispatch(m *incoming) error {
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

func (s *session) ping(*incoming) error {
	return s.send(&message{Type: "pong"})
}

func (s *session) pong(*incoming) error { return nil }
