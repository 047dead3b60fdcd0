package udpmux

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// maxSockets is how many sockets share one port.
	maxSockets = 16
	// readMessages is how many messages are read at once, and
	// readMessagesWhole how many if the kernel may merge packets: then
	// each needs space for the largest message.
	readMessages      = 64
	readMessagesWhole = 16
	mergedMessage     = 1 << 16
)

// mmsgSocket reads and writes many packets per system call.
type mmsgSocket struct {
	plainSocket
	raw    syscall.RawConn
	system system
	// segmentation says that the kernel splits what is sent.  It is
	// switched off when a device turns out to be unable to do it.
	segmentation atomic.Bool
	// merging says that the kernel may merge what is received.
	merging bool
}

var _ batchSocket = (*mmsgSocket)(nil)

// system is the system calls, replaced in tests.
type system struct {
	sendmmsg func(fd uintptr, messages []unix.Mmsghdr) (int, error)
	recvmmsg func(fd uintptr, messages []unix.Mmsghdr) (int, error)
}

// realSystem is the kernel.
func realSystem() system {
	return system{
		sendmmsg: func(fd uintptr, messages []unix.Mmsghdr) (int, error) {
			return mmsg(unix.SYS_SENDMMSG, fd, messages, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
		},
		recvmmsg: func(fd uintptr, messages []unix.Mmsghdr) (int, error) {
			return mmsg(unix.SYS_RECVMMSG, fd, messages, unix.MSG_DONTWAIT)
		},
	}
}

// mmsg is sendmmsg(2) or recvmmsg(2).  It returns the number of messages done,
// and an error only if that is not positive.
func mmsg(trap, fd uintptr, messages []unix.Mmsghdr, flags uintptr) (int, error) {
	n, _, errno := unix.Syscall6(trap, fd,
		uintptr(unsafe.Pointer(unsafe.SliceData(messages))), uintptr(len(messages)), flags, 0, 0)
	if errno != 0 {
		return -1, errno
	}
	return int(n), nil
}

// openSockets opens an address: several sockets if the system spreads packets
// among them.  If the port is 0, the system chooses it.
func (m *Mux) openSockets(at netip.AddrPort) ([]socket, error) {
	if m.virtual || m.batching == BatchNone {
		return m.openPlain(at)
	}
	// The first socket must have the port for itself, or else another
	// server could be running there; the others then share it.
	first, err := m.openShared(at, false)
	if err != nil {
		return nil, err
	}
	sockets := []socket{first}
	batch, ok := first.(*mmsgSocket)
	if !ok || batch.reusePort() != nil {
		return sockets, nil
	}
	at = netip.AddrPortFrom(at.Addr(), first.address().Port())
	for len(sockets) < min(m.cores, maxSockets) {
		s, err := m.openShared(at, true)
		if err != nil {
			break // fewer will do
		}
		sockets = append(sockets, s)
	}
	return sockets, nil
}

// openShared opens one socket.
func (m *Mux) openShared(at netip.AddrPort, reuse bool) (socket, error) {
	var config net.ListenConfig
	if reuse {
		config.Control = func(_, _ string, c syscall.RawConn) error { return setOption(c, unix.SOL_SOCKET, unix.SO_REUSEPORT) }
	}
	c, err := config.ListenPacket(context.Background(), "udp", at.String())
	if err != nil {
		return nil, err
	}
	conn, ok := c.(*net.UDPConn)
	if !ok {
		_ = c.Close()
		return nil, errors.ErrUnsupported
	}
	m.enlarge(conn)
	raw, err := conn.SyscallConn()
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	s := &mmsgSocket{plainSocket: *newPlainSocket(conn), raw: raw, system: m.system}
	if !s.probe(m.batching) {
		return newPlainSocket(conn), nil
	}
	return s, nil
}

// probe finds out what the system can do.  It returns false if it is not more
// than what a plain socket does.
func (s *mmsgSocket) probe(mode Batching) bool {
	able := false
	err := s.raw.Control(func(fd uintptr) {
		// Without messages these calls do nothing, unless they are
		// unknown or forbidden.
		_, err1 := s.system.sendmmsg(fd, nil)
		_, err2 := s.system.recvmmsg(fd, nil)
		able = err1 == nil && err2 == nil
		if mode != BatchSegments {
			return
		}
		_, err := unix.GetsockoptInt(int(fd), unix.SOL_UDP, unix.UDP_SEGMENT)
		s.segmentation.Store(err == nil)
		s.merging = unix.SetsockoptInt(int(fd), unix.SOL_UDP, unix.UDP_GRO, 1) == nil
	})
	return able && err == nil
}

// reusePort lets other sockets share the port.
func (s *mmsgSocket) reusePort() error { return setOption(s.raw, unix.SOL_SOCKET, unix.SO_REUSEPORT) }

// setOption sets a socket option to 1.
func setOption(c syscall.RawConn, level, option int) error {
	var result error
	err := c.Control(func(fd uintptr) { result = unix.SetsockoptInt(int(fd), level, option, 1) })
	return errors.Join(err, os.NewSyscallError("setsockopt", result))
}

// receive implements socket.
func (s *mmsgSocket) receive(take func([]byte, netip.AddrPort), flush func()) {
	r := newReader(s.merging)
	n, fault := 0, error(nil)
	read := func(fd uintptr) bool {
		n, fault = s.system.recvmmsg(fd, r.headers)
		return fault != unix.EAGAIN
	}
	var failed failures
	for {
		r.reset(n)
		n = 0
		err := s.raw.Read(read)
		if err == nil && fault != nil {
			err = os.NewSyscallError("recvmmsg", fault)
		}
		if err != nil {
			if !failed.temporary(err) {
				return
			}
			continue
		}
		failed.reset()
		for i := range n {
			r.split(i, take)
		}
		flush()
	}
}

// reader is the memory that packets are received in.
type reader struct {
	headers []unix.Mmsghdr
	vectors []unix.Iovec
	names   []sockaddr
	control []mergedSize
	buffers [][]byte
}

// mergedSize is the control message that tells the size of merged packets.
type mergedSize struct {
	header unix.Cmsghdr
	size   int32
	_      [4]byte
}

func newReader(merging bool) *reader {
	n, size := readMessages, largestPacket+1
	if merging {
		n, size = readMessagesWhole, mergedMessage
	}
	r := &reader{
		headers: make([]unix.Mmsghdr, n),
		vectors: make([]unix.Iovec, n),
		names:   make([]sockaddr, n),
		control: make([]mergedSize, n),
		buffers: make([][]byte, n),
	}
	for i := range n {
		r.buffers[i] = make([]byte, size)
		r.vectors[i].Base = &r.buffers[i][0]
		r.vectors[i].SetLen(size)
		h := &r.headers[i].Hdr
		h.Name = (*byte)(unsafe.Pointer(&r.names[i].raw))
		h.Iov = &r.vectors[i]
		h.SetIovlen(1)
		h.Control = (*byte)(unsafe.Pointer(&r.control[i]))
	}
	r.reset(n)
	return r
}

// reset prepares the first n messages for reading.
func (r *reader) reset(n int) {
	for i := range max(n, 0) {
		h := &r.headers[i].Hdr
		h.Namelen = unix.SizeofSockaddrInet6
		h.SetControllen(int(unsafe.Sizeof(mergedSize{})))
		h.Flags = 0
	}
}

// split takes a message apart that may have been merged from packets of one
// size, but for the last, which may be smaller.
func (r *reader) split(i int, take func([]byte, netip.AddrPort)) {
	h := &r.headers[i]
	from := r.names[i].addrPort()
	b := r.buffers[i][:min(int(h.Len), len(r.buffers[i]))]
	if !from.IsValid() {
		return
	}
	size := len(b)
	if c := &r.control[i]; uint64(h.Hdr.Controllen) >= uint64(unix.CmsgLen(4)) &&
		c.header.Level == unix.SOL_UDP && c.header.Type == unix.UDP_GRO && c.size > 0 {
		size = int(c.size)
	}
	for len(b) > size {
		take(b[:size], from)
		b = b[size:]
	}
	take(b, from)
}
