package rtpconn

import (
	"io"
	"sync"

	"github.com/pion/transport/v5/packetio"
)

// bufferFactory makes the objects that pion hands decrypted packets to.
type bufferFactory func(kind packetio.BufferPacketType, ssrc uint32) io.ReadWriteCloser

const (
	// probePackets is the number of packets of a stream that pion may want
	// to look at before it announces a track.
	probePackets = 16
	// maxStreams is the number of streams, RTP and RTCP, that one peer
	// connection may open before it is taken for an attack: pion keeps all
	// of them.
	maxStreams = 512
)

// buffers keeps the buffers of one peer connection, so that all of them can be
// closed: pion forgets some, and leaves their readers waiting.
type buffers struct {
	mu     sync.Mutex
	all    map[io.Closer]struct{}
	made   int
	closed bool
}

// add registers a buffer, or closes it if all are closed.  It returns false if
// there have been too many.
func (b *buffers) add(c io.Closer) bool {
	b.mu.Lock()
	b.made++
	few := b.made <= maxStreams
	closed := b.closed
	if !closed {
		if b.all == nil {
			b.all = make(map[io.Closer]struct{})
		}
		b.all[c] = struct{}{}
	}
	b.mu.Unlock()
	if closed {
		_ = c.Close()
	}
	return few
}

func (b *buffers) remove(c io.Closer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.all, c)
}

// close closes all buffers.
func (b *buffers) close() {
	b.mu.Lock()
	b.closed = true
	all := b.all
	b.all = nil
	b.mu.Unlock()
	for c := range all {
		_ = c.Close()
	}
}

// probe is the reading side of a buffer: it shows the first packets to pion
// and then lets it wait until Close.
type probe struct {
	mu      sync.Mutex
	ready   sync.Cond
	packets [][]byte
	seen    int
	closed  bool
}

func newProbe() *probe {
	p := &probe{}
	p.ready.L = &p.mu
	return p
}

// write keeps a copy of b if it is among the first packets.
func (p *probe) write(b []byte) {
	if p.seen >= probePackets {
		return // only the writing goroutine changes seen
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen++
	if !p.closed {
		p.packets = append(p.packets, append([]byte(nil), b...))
		p.ready.Signal()
	}
}

// read waits for a packet or for the end.
func (p *probe) read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.packets) == 0 && !p.closed {
		p.ready.Wait()
	}
	if p.closed {
		return 0, io.EOF
	}
	first := p.packets[0]
	p.packets = p.packets[1:]
	if len(first) > len(b) {
		return 0, io.ErrShortBuffer
	}
	return copy(b, first), nil
}

func (p *probe) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.packets = nil
	p.ready.Broadcast()
}

// rtpBuffer takes the decrypted RTP packets of one SSRC.  Write runs on
// pion's SRTP goroutine, the same for all streams of a connection.
type rtpBuffer struct {
	owner *buffers
	probe *probe
	// write takes a packet; it must not keep it.
	write func(b []byte)
}

func newRTPBuffer(owner *buffers, write func([]byte)) *rtpBuffer {
	return &rtpBuffer{owner: owner, probe: newProbe(), write: write}
}

func (b *rtpBuffer) Write(p []byte) (int, error) {
	b.write(p)
	b.probe.write(p)
	return len(p), nil
}

func (b *rtpBuffer) Read(p []byte) (int, error) { return b.probe.read(p) }

func (b *rtpBuffer) Close() error {
	b.owner.remove(b)
	b.probe.close()
	return nil
}

// rtcpBuffer takes the decrypted RTCP packets about one SSRC.  Write runs on
// pion's SRTCP goroutine.  Nobody needs to read.
type rtcpBuffer struct {
	owner *buffers
	write func(b []byte)
	once  sync.Once
	done  chan struct{}
}

func newRTCPBuffer(owner *buffers, write func([]byte)) *rtcpBuffer {
	return &rtcpBuffer{owner: owner, write: write, done: make(chan struct{})}
}

func (b *rtcpBuffer) Write(p []byte) (int, error) {
	b.write(p)
	return len(p), nil
}

func (b *rtcpBuffer) Read([]byte) (int, error) {
	<-b.done
	return 0, io.EOF
}

func (b *rtcpBuffer) Close() error {
	b.owner.remove(b)
	b.once.Do(func() { close(b.done) })
	return nil
}
