package udpmux

import (
	"encoding/binary"
	"math/bits"
	"net"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// maxSegments and maxRun are the most segments and bytes of one message
	// that the kernel is to split (udp(7), UDP_SEGMENT).
	maxSegments = 64
	maxRun      = 64000
)

// sockaddr is a destination as the kernel wants it.
type sockaddr struct {
	raw  unix.RawSockaddrInet6 // large enough for IPv4, too
	size uint32
}

// set fills in an address.  Zone is that of our own address, if it is a
// link-local one.
func (s *sockaddr) set(to netip.AddrPort, zone string) {
	port := networkOrder(to.Port())
	if to.Addr().Is4() {
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(&s.raw))
		*v4 = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: port, Addr: to.Addr().As4()}
		s.size = unix.SizeofSockaddrInet4
		return
	}
	s.raw = unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: port, Addr: to.Addr().As16()}
	if zone != "" && to.Addr().IsLinkLocalUnicast() {
		if i, err := net.InterfaceByName(zone); err == nil {
			s.raw.Scope_id = uint32(i.Index)
		}
	}
	s.size = unix.SizeofSockaddrInet6
}

// addrPort is the reverse of set.
func (s *sockaddr) addrPort() netip.AddrPort {
	switch s.raw.Family {
	case unix.AF_INET:
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(&s.raw))
		return netip.AddrPortFrom(netip.AddrFrom4(v4.Addr), networkOrder(v4.Port))
	case unix.AF_INET6:
		return netip.AddrPortFrom(netip.AddrFrom16(s.raw.Addr), networkOrder(s.raw.Port))
	}
	return netip.AddrPort{}
}

// networkOrder turns a port from our byte order into that of the network, or
// back.
func networkOrder(port uint16) uint16 {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return bits.ReverseBytes16(port)
	}
	return port
}

// segmentSize is the control message that asks for segmentation.
type segmentSize struct {
	header unix.Cmsghdr
	size   uint16
	_      [6]byte
}

// message says which packets are in a message.
type message struct {
	to   *destination
	last int32 // the last packet
	n    int   // how many packets
}

// scratch is the memory in which a batch's messages are put together.
type scratch struct {
	*messages
	control func(fd uintptr)
}

type messages struct {
	headers  [batchPackets]unix.Mmsghdr
	vectors  [batchPackets]unix.Iovec
	segments [batchPackets]segmentSize
	contents [batchPackets]message
	n        int // of messages

	// Arguments and results of control.
	socket *mmsgSocket
	first  int
	sent   int
	err    error
}

func (s *scratch) prepare() {
	if s.messages != nil {
		return
	}
	m := new(messages)
	for i := range m.segments {
		h := &m.segments[i].header
		h.Level = unix.SOL_UDP
		h.Type = unix.UDP_SEGMENT
		h.SetLen(unix.CmsgLen(2))
	}
	s.messages = m
	s.control = func(fd uintptr) {
		m.sent, m.err = m.socket.system.sendmmsg(fd, m.headers[m.first:m.n])
	}
}

// build makes messages of all packets for a list of destinations.  With
// segmentation, packets in a row make one message if all have the same size but
// the last, which may be smaller.
func (m *messages) build(b *Batch, first *destination, segmentation bool) {
	m.n = 0
	vectors := 0
	for d := first; d != nil; d = d.next {
		for i := d.first; i >= 0; {
			size := b.queued[i].size
			start, total := vectors, int32(0)
			var last int32
			for {
				q := &b.queued[i]
				v := &m.vectors[vectors]
				v.Base = &b.arena[q.offset]
				v.SetLen(int(q.size))
				vectors++
				total += q.size
				last, i = i, q.next
				if !segmentation || d.single || i < 0 || q.size < size ||
					b.queued[i].size > size || vectors-start == maxSegments ||
					total+b.queued[i].size > maxRun {
					break
				}
			}
			m.add(d, last, start, vectors-start, uint16(size))
		}
	}
}

// add makes a message of n vectors.
func (m *messages) add(d *destination, last int32, start, n int, size uint16) {
	h := &m.headers[m.n].Hdr
	h.Name = (*byte)(unsafe.Pointer(&d.name.raw))
	h.Namelen = d.name.size
	h.Iov = &m.vectors[start]
	h.SetIovlen(n)
	h.Control = nil
	h.SetControllen(0)
	if n > 1 {
		m.segments[m.n].size = size
		h.Control = (*byte)(unsafe.Pointer(&m.segments[m.n]))
		h.SetControllen(unix.CmsgSpace(2))
	}
	m.contents[m.n] = message{to: d, last: last, n: n}
	m.n++
}

// forget drops the references to destinations and packets.
func (m *messages) forget() {
	for i := range m.n {
		m.headers[i].Hdr.Name = nil
		m.contents[i].to = nil
	}
	m.socket = nil
}

// send implements batchSocket.
func (s *mmsgSocket) send(b *Batch, first *destination) bool {
	b.scratch.prepare()
	m := b.scratch.messages
	m.socket = s
	defer m.forget()
	for {
		m.build(b, first, s.segmentation.Load())
		switch s.sendAll(b, m) {
		case sendDone:
			return true
		case sendBlocked:
			return false
		case sendAgain:
		}
	}
}

// outcome is what has become of messages.
type outcome uint8

const (
	sendDone    outcome = iota
	sendBlocked         // the network takes no more
	sendAgain           // the rest must be put together in another way
)

// sendAll sends messages until all have been sent, or refused.
func (s *mmsgSocket) sendAll(b *Batch, m *messages) outcome {
	packets, messages := 0, 0
	defer func() { b.mux.count.sent(packets, messages) }()
	for m.first = 0; m.first < m.n; {
		if err := s.raw.Control(b.scratch.control); err != nil {
			m.sent, m.err = -1, err // closed
		}
		if m.sent > 0 {
			for _, k := range m.contents[m.first : m.first+m.sent] {
				packets += k.n
				k.done(b)
			}
			messages += m.sent
			m.first += m.sent
			continue
		}
		k := m.contents[m.first]
		switch s.judge(m.err, k) {
		case sendBlocked:
			return sendBlocked
		case sendAgain:
			return sendAgain
		case sendDone:
			if m.err != unix.EINTR {
				b.mux.count.refused.Add(uint64(k.n))
				k.done(b)
				m.first++
			}
		}
	}
	return sendDone
}

// done takes the packets of a message off its destination.
func (k *message) done(b *Batch) { k.to.first = b.queued[k.last].next }

// judge decides what to do after a message has been refused.
func (s *mmsgSocket) judge(err error, k message) outcome {
	switch {
	case err == unix.EAGAIN:
		return sendBlocked
	case k.n > 1 && err == unix.EIO:
		// The device cannot compute checksums of segments.
		s.segmentation.Store(false)
		return sendAgain
	case k.n > 1 && (err == unix.EINVAL || err == unix.EMSGSIZE):
		// A segment is larger than what the path takes.
		k.to.single = true
		return sendAgain
	case err == unix.ENOSYS:
		return sendDone
	}
	return sendDone
}
