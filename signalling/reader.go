package signalling

import (
	"errors"
	"io"
	"time"

	"github.com/gorilla/websocket"
)

// maxMessage is the greatest size of a message of a client, in bytes (WS-11).
const maxMessage = 1 << 20

// received is what the reader hands to the handler: a message, or the error
// that ends the session.
type received struct {
	msg *incoming
	// refused says that the client exceeds its rate (W-22).
	refused bool
	err     error
}

var errTooBig = errors.New("message too big")

// read hands over what comes from the socket, one message at a time, until the
// socket ends.  Once the handler has gone it discards what comes, waiting for
// the peer's close frame.  It calls lost when the socket has ended.
func (s *session) read(lost func()) {
	defer close(s.readerDone)
	defer lost()
	limiter := newLimiter(s.limits, time.Now())
	if err := s.ws.SetReadDeadline(time.Now().Add(s.limits.HandshakeTimeout)); err != nil {
		s.hand(received{err: err})
		return
	}
	for first := true; ; first = false {
		frame, err := readFrame(s.ws)
		if err != nil && !errors.Is(err, errTooBig) {
			lost()
			s.hand(received{err: err})
			return
		}
		if first {
			err = errors.Join(err, s.ws.SetReadDeadline(time.Time{}))
		}
		if s.ended() {
			continue
		}
		s.touch()
		r := received{err: err}
		if err == nil {
			r.msg, r.err = decode(frame)
		}
		if r.err != nil {
			s.hand(r)
			continue
		}
		wait, refused := limiter.take(r.msg, time.Now())
		r.refused = refused
		if s.hand(r) && wait > 0 {
			s.pause(wait)
		}
	}
}

// readFrame reads one message of the WebSocket.  It returns errTooBig if it is
// too large; the socket can then still be read.
func readFrame(ws *websocket.Conn) ([]byte, error) {
	_, r, err := ws.NextReader()
	if err != nil {
		return nil, err
	}
	frame, err := io.ReadAll(io.LimitReader(r, maxMessage+1))
	if err != nil {
		return nil, err
	}
	if len(frame) > maxMessage {
		return nil, errTooBig
	}
	return frame, nil
}

// hand passes something to the handler and reports whether that took it.
func (s *session) hand(r received) bool {
	select {
	case s.incoming <- r:
		return true
	case <-s.handlerDone:
		return false
	}
}

// pause waits, or until the handler has ended.
func (s *session) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.handlerDone:
	}
}

// ended reports whether the handler has ended.
func (s *session) ended() bool {
	select {
	case <-s.handlerDone:
		return true
	default:
		return false
	}
}
