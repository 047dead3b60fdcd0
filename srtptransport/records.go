package srtptransport

import (
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/transport/v5/deadline"
)

// maxRecords is the number of datagrams of DTLS that may wait to be read.  Those that are
// lost are sent again.
const maxRecords = 32

// records is the path as DTLS sees it.
type records struct {
	path     *ice.Conn
	queue    chan []byte
	deadline *deadline.Deadline
	closed   chan struct{}
	once     sync.Once

	keep atomic.Bool // what is written is kept instead of sent

	mu   sync.Mutex
	kept [][]byte
}

var _ net.PacketConn = (*records)(nil)

func newRecords(path *ice.Conn) *records {
	return &records{
		path:     path,
		queue:    make(chan []byte, maxRecords),
		deadline: deadline.New(),
		closed:   make(chan struct{}),
	}
}

// put takes a datagram that has come.
func (r *records) put(b []byte) {
	select {
	case r.queue <- append([]byte(nil), b...):
	default:
	}
}

// taken returns what has been kept.
func (r *records) taken() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.kept
}

func (r *records) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case p := <-r.queue:
		return copy(b, p), r.path.RemoteAddr(), nil
	case <-r.closed:
		return 0, nil, net.ErrClosed
	case <-r.deadline.Done():
		return 0, nil, os.ErrDeadlineExceeded
	}
}

func (r *records) WriteTo(b []byte, _ net.Addr) (int, error) {
	if !r.keep.Load() {
		return r.path.Write(b)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = append(r.kept, append([]byte(nil), b...))
	return len(b), nil
}

func (r *records) Close() error {
	r.once.Do(func() { close(r.closed) })
	return nil
}

func (r *records) LocalAddr() net.Addr               { return r.path.LocalAddr() }
func (r *records) SetDeadline(t time.Time) error     { r.deadline.Set(t); return nil }
func (r *records) SetReadDeadline(t time.Time) error { r.deadline.Set(t); return nil }

// SetWriteDeadline does nothing: writing does not wait.
func (r *records) SetWriteDeadline(time.Time) error { return nil }
