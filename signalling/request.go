package signalling

import "galene/conn"

const errBadRequest = userError("bad value in request")

// request sets what the client wants of the others' streams, and makes it so
// at once (STR-10, STR-12).
func (s *session) request(m *incoming) error {
	requested, err := parseRequest(m.Request)
	if err != nil {
		return errBadRequest
	}
	s.requested = requested
	for _, source := range s.member.Streams() {
		if err := s.push(source, source.Owner(), ""); err != nil {
			return err
		}
	}
	return nil
}

// requestStream sets what the client wants of one stream, whatever it wants of
// the others (STR-13).  A stream that is not known is ignored: the message may
// cross the server's close.
func (s *session) requestStream(m *incoming) error {
	selected, ok, err := parseSelection(m.Request)
	if err != nil {
		return errBadRequest
	}
	source := s.sourceOf(m.ID)
	if source == nil {
		return nil
	}
	if ok {
		s.overrides[m.ID] = selected
	} else {
		delete(s.overrides, m.ID)
	}
	return s.push(source, source.Owner(), "")
}

// sourceOf returns the stream with the given id among those of the other
// members, or nil.
func (s *session) sourceOf(id string) conn.Source {
	for _, source := range s.member.Streams() {
		if source.ID() == id {
			return source
		}
	}
	return nil
}
