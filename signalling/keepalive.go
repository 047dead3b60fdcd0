package signalling

import (
	"time"

	"github.com/gorilla/websocket"
)

// touch notes that a message has come.  It is called by the reader.
func (s *session) touch() {
	s.lastMessage.Store(int64(time.Since(s.started)))
}

// checkAlive pings a client that has been silent for a while, and ends the
// session of one that has been silent for too long (WS-20).
func (s *session) checkAlive() error {
	silence := time.Since(s.started) - time.Duration(s.lastMessage.Load())
	switch {
	case silence > s.limits.SilenceTimeout:
		return closeSilently(websocket.CloseInternalServerErr)
	case silence >= s.limits.PingAfter:
		return s.send(&message{Type: "ping"})
	}
	return nil
}
