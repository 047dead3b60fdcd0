package signalling

import "github.com/pion/webrtc/v4"

// earlyCandidates keeps the ICE candidates of streams that the client has not
// offered yet (STR-19).  It is bounded: the oldest stream makes room.
type earlyCandidates struct {
	maxStreams, maxPerStream int

	ids      []string // oldest first
	byStream map[string][]webrtc.ICECandidateInit
}

func newEarlyCandidates(l Limits) earlyCandidates {
	return earlyCandidates{
		maxStreams:   l.EarlyStreams,
		maxPerStream: l.EarlyCandidates,
		byStream:     make(map[string][]webrtc.ICECandidateInit),
	}
}

// keep stores a candidate, or forgets it if the stream has too many already.
func (e *earlyCandidates) keep(id string, c webrtc.ICECandidateInit) {
	list, known := e.byStream[id]
	if len(list) >= e.maxPerStream {
		return
	}
	if !known {
		if len(e.ids) >= e.maxStreams {
			delete(e.byStream, e.ids[0])
			e.ids = e.ids[1:]
		}
		e.ids = append(e.ids, id)
	}
	e.byStream[id] = append(list, c)
}

// take returns and forgets the candidates of a stream.
func (e *earlyCandidates) take(id string) []webrtc.ICECandidateInit {
	list, known := e.byStream[id]
	if !known {
		return nil
	}
	delete(e.byStream, id)
	for i := range e.ids {
		if e.ids[i] == id {
			e.ids = append(e.ids[:i:i], e.ids[i+1:]...)
			break
		}
	}
	return list
}

func (e *earlyCandidates) clear() {
	e.ids = nil
	clear(e.byStream)
}

// candidate passes an ICE candidate of the client on to the connection that it
// is for.  Bad ones and those for streams that have ended are ignored (STR-18).
func (s *session) candidate(m *incoming) error {
	if m.Candidate == nil {
		return violation("null candidate")
	}
	if m.Candidate.bad || s.member == nil {
		return nil
	}
	c := m.Candidate.ICECandidateInit
	var err error
	if u := s.up[m.ID]; u != nil {
		err = u.conn.AddCandidate(c)
	} else if d := s.down[m.ID]; d != nil {
		err = d.conn.AddCandidate(c)
	} else {
		s.early.keep(m.ID, c)
	}
	if err != nil {
		s.log.Debug("bad candidate", "stream", m.ID, "error", err)
	}
	return nil
}

// sendCandidate tells the client about a candidate of the server.
func (s *session) sendCandidate(id string, c webrtc.ICECandidateInit) error {
	return s.send(&message{Type: "ice", ID: id, Candidate: &c})
}
