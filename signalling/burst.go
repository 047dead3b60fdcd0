package signalling

import (
	"bufio"
	"net"
	"net/http"
	"sync"
	"time"
)

// burstSize is how many bytes of frames are written at once, at most: what one record
// of TLS holds.
const burstSize = 16 << 10

// burstBuffers are used by all connections in turn.
var burstBuffers = sync.Pool{New: func() any { return new(make([]byte, 0, burstSize)) }}

// burstConn is a connection whose writes can be held back for a moment, to be made in one:
// when many people come at once, everybody is sent many short messages, and a system call
// for each would be most of the work.  Two goroutines write: the session's, and the one
// that reads, which answers what breaks the protocol of WebSocket.
type burstConn struct {
	net.Conn

	mu      sync.Mutex // guards what follows, and keeps writes apart
	held    bool
	pending *[]byte // nil if there is nothing
}

// hold makes what is written wait for flush, or until there is much of it.
func (c *burstConn) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = true
}

// flush writes what was held back, and ends hold.
func (c *burstConn) flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = false
	return c.send()
}

// send writes what was held back.  It is called with mu held.
func (c *burstConn) send() error {
	if c.pending == nil {
		return nil
	}
	_, err := c.Conn.Write(*c.pending)
	*c.pending = (*c.pending)[:0]
	burstBuffers.Put(c.pending)
	c.pending = nil
	return err
}

// Write writes b, or keeps it until flush.
func (c *burstConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pending != nil && len(*c.pending)+len(b) > burstSize {
		if err := c.send(); err != nil {
			return 0, err
		}
	}
	if !c.held || len(b) > burstSize {
		return c.Conn.Write(b)
	}
	if c.pending == nil {
		c.pending = burstBuffers.Get().(*[]byte)
	}
	*c.pending = append(*c.pending, b...)
	return len(b), nil
}

// SetWriteDeadline sets the time by which what is written next must be away.  If
// something is being held back, the deadline of that is in force.
func (c *burstConn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pending != nil {
		return nil
	}
	return c.Conn.SetWriteDeadline(t)
}

// burstHijacker is a response whose connection, taken over, is a burstConn.
type burstHijacker struct {
	http.ResponseWriter
	hijacker http.Hijacker
}

// Hijack takes the connection over.
func (h burstHijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := h.hijacker.Hijack()
	if err != nil {
		return nil, nil, err
	}
	return &burstConn{Conn: c}, rw, nil
}
