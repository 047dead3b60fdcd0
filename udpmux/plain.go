package udpmux

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/pion/transport/v5"
)

// plainSocket reads and writes one packet per system call, on any system and on
// virtual networks.
type plainSocket struct {
	conn  transport.UDPConn
	quick *net.UDPConn // conn if it is one: its addresses need no memory
}

func newPlainSocket(c transport.UDPConn) *plainSocket {
	quick, _ := c.(*net.UDPConn)
	return &plainSocket{conn: c, quick: quick}
}

func (s *plainSocket) receive(take func([]byte, netip.AddrPort), flush func()) {
	b := make([]byte, largestPacket+1)
	var failed failures
	for {
		n, from, err := s.read(b)
		if err != nil {
			if !failed.temporary(err) {
				return
			}
			continue
		}
		failed.reset()
		take(b[:n], from)
		flush()
	}
}

func (s *plainSocket) read(b []byte) (int, netip.AddrPort, error) {
	if s.quick != nil {
		return s.quick.ReadFromUDPAddrPort(b)
	}
	n, from, err := s.conn.ReadFromUDP(b)
	if err != nil {
		return 0, netip.AddrPort{}, err
	}
	return n, from.AddrPort(), nil
}

func (s *plainSocket) write(b []byte, to netip.AddrPort) error {
	var err error
	if s.quick != nil {
		_, err = s.quick.WriteToUDPAddrPort(b, to)
	} else {
		_, err = s.conn.WriteToUDP(b, net.UDPAddrFromAddrPort(to))
	}
	return err
}

func (s *plainSocket) address() netip.AddrPort {
	a, ok := s.conn.LocalAddr().(*net.UDPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	return a.AddrPort()
}

func (s *plainSocket) close() error { return s.conn.Close() }

// failures keeps a reader from spinning when reading fails again and again.
type failures int

const (
	// quickFailures is how many failures in a row are taken calmly: some
	// systems report messages of routers that way.
	quickFailures  = 100
	failurePenalty = 10 * time.Millisecond
)

// temporary says whether to go on after an error, which it may delay.
func (f *failures) temporary(err error) bool {
	// Virtual networks have their own idea of what closed is.
	if errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrClosed) || !isSyscallError(err) {
		return false
	}
	*f++
	if *f > quickFailures {
		time.Sleep(failurePenalty)
	}
	return true
}

func (f *failures) reset() { *f = 0 }

// isSyscallError says whether an error comes from the system.
func isSyscallError(err error) bool {
	var s *os.SyscallError
	return errors.As(err, &s)
}
