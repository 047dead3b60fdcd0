package signalling

import (
	"errors"
	"slices"

	"github.com/gorilla/websocket"
)

// protocolVersion is the one version that is spoken (WS-18).
const protocolVersion = "2"

const versionWarning = "This client is using an unknown protocol version.\n" +
	"Perhaps it needs upgrading?\n" +
	"Trying to continue, things may break."

// handshake waits for the first message and answers it (WS-15 to WS-18).  The
// reader sees to it that it comes in time.
func (s *session) handshake() error {
	for {
		select {
		case r := <-s.incoming:
			return s.firstMessage(r)
		case <-s.in.ready:
			if err := s.drain(); err != nil {
				return err
			}
		}
	}
}

func (s *session) firstMessage(r received) error {
	if errors.Is(r.err, errMalformed) {
		return errDropped
	}
	if r.err != nil {
		return readError(r.err)
	}
	m := r.msg
	if m.Type != "handshake" {
		return &closeError{
			code: websocket.CloseProtocolError, reason: "you must handshake first", silent: true,
		}
	}
	s.id = m.ID
	s.log = s.log.With("client", s.id)
	s.millis = len(m.Version) == 0 || len(m.Version) == 1 && m.Version[0] == "1"
	if err := s.send(&message{Type: "handshake", Version: []string{protocolVersion}}); err != nil {
		return err
	}
	if !slices.Contains(m.Version, protocolVersion) {
		return s.sendNotice("warning", versionWarning)
	}
	return nil
}
