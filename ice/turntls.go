package ice

import (
	"crypto/tls"
	"net"
	"sync"
	"time"
)

const (
	// tlsHandshake is the first byte of a TLS connection (RFC 8446, 5.1);
	// TURN messages begin with one below 0x80 (RFC 8656, 12).
	tlsHandshake = 22
	// firstByteTimeout is how long a connection may say nothing.
	firstByteTimeout = 10 * time.Second
)

// maxConnections bounds the TCP connections of one listener.
const maxConnections = 4000

// eitherListener accepts connections that speak TURN, either in clear text or
// within TLS: the first byte tells.
type eitherListener struct {
	net.Listener
	conf *tls.Config // nil is no TLS

	mu     sync.Mutex
	closed bool
	conns  map[*eitherConn]struct{}
}

func newEitherListener(inner net.Listener, conf *tls.Config) *eitherListener {
	return &eitherListener{Listener: inner, conf: conf, conns: make(map[*eitherConn]struct{})}
}

// Accept does not wait for the first byte; the first Read does.
func (l *eitherListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := &eitherConn{Conn: conn, raw: conn, listener: l}
		if l.add(c) {
			return c, nil
		}
		_ = conn.Close()
	}
}

func (l *eitherListener) add(c *eitherConn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.conns) >= maxConnections {
		return false
	}
	l.conns[c] = struct{}{}
	return true
}

func (l *eitherListener) remove(c *eitherConn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
}

// Close closes the connections, too.
func (l *eitherListener) Close() error {
	err := l.Listener.Close()
	l.mu.Lock()
	l.closed = true
	conns := l.conns
	l.conns = make(map[*eitherConn]struct{})
	l.mu.Unlock()
	for c := range conns {
		_ = c.raw.Close()
	}
	return err
}

// eitherConn is one connection of an eitherListener.  Conn is the raw connection
// until the first byte has come, and from then on perhaps the one within TLS;
// writers have something to answer only after that.
type eitherConn struct {
	net.Conn
	raw      net.Conn
	listener *eitherListener
	once     sync.Once
	err      error
}

func (c *eitherConn) Read(b []byte) (int, error) {
	c.once.Do(c.decide)
	if c.err != nil {
		return 0, c.err
	}
	return c.Conn.Read(b)
}

// Close may be called while another goroutine reads.
func (c *eitherConn) Close() error {
	c.listener.remove(c)
	return c.raw.Close()
}

// decide reads the first byte.
func (c *eitherConn) decide() {
	first := make([]byte, 1)
	_ = c.raw.SetReadDeadline(time.Now().Add(firstByteTimeout))
	_, c.err = c.raw.Read(first)
	_ = c.raw.SetReadDeadline(time.Time{})
	if c.err != nil {
		return
	}
	replayed := &replayedConn{Conn: c.raw, first: first}
	if conf := c.listener.conf; first[0] == tlsHandshake && conf != nil {
		c.Conn = tls.Server(replayed, conf)
	} else {
		c.Conn = replayed
	}
}

// replayedConn gives back a byte that has been read already.
type replayedConn struct {
	net.Conn
	first []byte
}

func (c *replayedConn) Read(b []byte) (int, error) {
	if len(c.first) > 0 && len(b) > 0 {
		n := copy(b, c.first)
		c.first = c.first[n:]
		return n, nil
	}
	return c.Conn.Read(b)
}
