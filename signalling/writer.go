package signalling

import (
	"errors"
	"net"

	"github.com/gorilla/websocket"
)

// write empties the outbox into the socket.  A frame that cannot be written in
// its time ends the session: the socket is closed, which ends the reader.
func (s *session) write() {
	defer close(s.writerDone)
	for {
		first, ok := s.out.take()
		if !ok {
			return
		}
		last, err := s.writeBurst(first)
		if err != nil {
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				s.server.log.Info("client does not keep up", "address", s.remote)
			}
			s.out.abandon()
			s.ws.Close()
			return
		}
		if last == opClose {
			return
		}
	}
}

// writeBurst writes a frame and those that are waiting behind it.  It returns what the
// last one was.
func (s *session) writeBurst(it item) (last opcode, err error) {
	burst, ok := s.ws.NetConn().(*burstConn)
	if !ok {
		return it.op, writeItem(s.ws, it)
	}
	burst.hold()
	for more := true; more; {
		if err := writeItem(s.ws, it); err != nil {
			return it.op, err
		}
		last = it.op
		if last == opClose {
			break
		}
		it, more = s.out.takeNow()
	}
	return last, burst.flush()
}

func writeItem(ws *websocket.Conn, it item) error {
	switch it.op {
	case opPong:
		return ws.WriteControl(websocket.PongMessage, it.data, it.deadline)
	case opClose:
		return ws.WriteControl(websocket.CloseMessage, it.data, it.deadline)
	}
	if err := ws.SetWriteDeadline(it.deadline); err != nil {
		return err
	}
	return ws.WriteMessage(websocket.TextMessage, it.data)
}
