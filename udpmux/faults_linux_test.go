package udpmux

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// faulty is a kernel that refuses to send.
type faulty struct {
	refuse func(m *unix.Mmsghdr) error // why a message is refused, or nil
	calls  int
}

func (f *faulty) install(m *Mux) {
	kernel := m.system.sendmmsg
	m.system.sendmmsg = func(fd uintptr, messages []unix.Mmsghdr) (int, error) {
		f.calls++
		if len(messages) == 0 || f.refuse == nil {
			return kernel(fd, messages)
		}
		for i := range messages {
			if err := f.refuse(&messages[i]); err != nil {
				if i == 0 {
					return -1, err
				}
				return kernel(fd, messages[:i])
			}
		}
		return kernel(fd, messages)
	}
}

// burst writes packets of the given sizes in one burst.
func burst(t *testing.T, b *Batch, h *handle, to netip.AddrPort, sizes ...int) time.Duration {
	t.Helper()
	b.Begin()
	for i, size := range sizes {
		if _, err := h.WriteToAddrPort(media(uint32(i), size), to); err != nil {
			t.Fatal(err)
		}
	}
	return b.End()
}

func segmented(m *unix.Mmsghdr) bool { return m.Hdr.Control != nil }

// TestRefusals: what the kernel refuses costs as few packets as possible, and
// no mode that fails is tried again and again.
func TestRefusals(t *testing.T) {
	sizes := []int{900, 900, 900, 400, 901, 901, 50}
	all := []uint32{0, 1, 2, 3, 4, 5, 6}
	tests := []struct {
		name         string
		refuse       func(m *unix.Mmsghdr) error
		want         []uint32
		refused      uint64
		segmentation bool // still, after
		again        int  // messages of the second burst
	}{
		{"nothing", func(*unix.Mmsghdr) error { return nil }, all, 0, true, 2},
		{"device without checksums", func(m *unix.Mmsghdr) error {
			if segmented(m) {
				return unix.EIO
			}
			return nil
		}, all, 0, false, 7},
		{"path with small packets", func(m *unix.Mmsghdr) error {
			if segmented(m) {
				return unix.EINVAL
			}
			return nil
		}, all, 0, true, 7},
		{"path with even smaller packets", func(m *unix.Mmsghdr) error {
			if segmented(m) || m.Hdr.Iov.Len > 900 {
				return unix.EMSGSIZE
			}
			return nil
		}, []uint32{0, 1, 2, 3, 6}, 2, true, 5},
		{"nobody there", func(m *unix.Mmsghdr) error {
			if m.Hdr.Iov.Len == 900 {
				return unix.ECONNREFUSED
			}
			return nil
		}, []uint32{4, 5, 6}, 4, true, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			kernel := &faulty{}
			m := openTest(t, Options{}, kernel.install)
			batch := m.NewBatch()
			h := getConn(t, m, batch, "server")
			c := dial(t, h)
			connect(t, h, c, "server")
			if !canSegment(h) {
				t.Skip("this kernel has no segmentation")
			}
			kernel.refuse = tt.refuse
			if burst(t, batch, h, addrOf(c), sizes...) != 0 {
				t.Error("something was kept")
			}
			b := make([]byte, 1500)
			receive := func() (got []uint32) {
				for range tt.want {
					n, _, err := c.ReadFromUDPAddrPort(b)
					if err != nil {
						t.Fatal(err)
					}
					k, ok := number(b[:n])
					if !ok {
						t.Fatal("a packet was changed")
					}
					got = append(got, k)
				}
				return got
			}
			if got := receive(); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
			if got := m.Stats().Refused; got != tt.refused {
				t.Errorf("%d packets refused, want %d", got, tt.refused)
			}
			if canSegment(h) != tt.segmentation {
				t.Errorf("segmentation: %v", canSegment(h))
			}
			before := m.Stats().Sends
			burst(t, batch, h, addrOf(c), sizes...)
			if got := int(m.Stats().Sends - before); got != tt.again {
				t.Errorf("%d messages in the second burst, want %d", got, tt.again)
			}
			receive()
		})
	}
}

// TestCongestion: what the network does not take is kept in order, and given up
// when it is late; small packets are kept longer.
func TestCongestion(t *testing.T) {
	kernel := &faulty{}
	clock := int64(1)
	m := openTest(t, Options{}, kernel.install, func(m *Mux) {
		m.now = func() int64 { return clock }
	})
	batch := m.NewBatch()
	h := getConn(t, m, batch, "server")
	c := dial(t, h)
	connect(t, h, c, "server")
	taken := 0
	kernel.refuse = func(*unix.Mmsghdr) error {
		if taken == 0 {
			return unix.EAGAIN
		}
		taken--
		return nil
	}
	b := make([]byte, 1500)
	expect := func(sizes ...int) {
		t.Helper()
		for _, size := range sizes {
			if n, _, err := c.ReadFromUDPAddrPort(b); err != nil || n != size {
				t.Fatalf("got %d bytes, want %d, %v", n, size, err)
			}
		}
	}
	taken = 1
	if wait := burst(t, batch, h, addrOf(c), 500, 500, 501, 502, 60); wait != retryInterval {
		t.Errorf("try again after %v", wait)
	}
	expect(500, 500)
	if wait := burst(t, batch, h, addrOf(c), 510, 510); wait == 0 {
		t.Error("nothing was kept")
	}
	taken = 2
	if wait := burst(t, batch, h, addrOf(c), 511); wait == 0 {
		t.Error("nothing was kept")
	}
	expect(501, 502, 60)
	clock += int64(lateness + time.Millisecond)
	if wait := burst(t, batch, h, addrOf(c), 70); wait == 0 {
		t.Error("nothing was kept")
	}
	if got := m.Stats().Late; got != 3 {
		t.Errorf("%d packets were late", got)
	}
	clock += int64(lateness + time.Millisecond)
	taken = 10
	if wait := burst(t, batch, h, addrOf(c), 520); wait != 0 {
		t.Error("something was kept")
	}
	expect(70, 520)

	// A network that takes nothing for long costs a bounded amount.
	taken = 0
	for range 10 {
		burst(t, batch, h, addrOf(c), slices.Repeat([]int{600}, 100)...)
	}
	if got := len(batch.queued); got != batchPackets {
		t.Errorf("%d packets are kept", got)
	}
	if got := m.Stats().Late; got != 3+1000-batchPackets {
		t.Errorf("%d packets were late", got)
	}
	clock += int64(smallLateness + time.Millisecond)
	if wait := burst(t, batch, h, addrOf(c)); wait != 0 || batch.stalled {
		t.Error("late packets are kept")
	}
}

// TestFallBack: a kernel without these calls, or that forbids them, is used in
// the plain way.
func TestFallBack(t *testing.T) {
	for _, refusal := range []error{unix.ENOSYS, unix.EPERM} {
		m := openTest(t, Options{}, func(m *Mux) {
			m.system.sendmmsg = func(uintptr, []unix.Mmsghdr) (int, error) { return -1, refusal }
		})
		batch := m.NewBatch()
		h := getConn(t, m, batch, "server")
		c := dial(t, h)
		connect(t, h, c, "server")
		burst(t, batch, h, addrOf(c), 100, 100)
		b := make([]byte, 1500)
		for range 2 {
			if _, _, err := c.ReadFromUDPAddrPort(b); err != nil {
				t.Fatal(err)
			}
		}
		if s := m.Stats(); s.Sends != s.Sent {
			t.Errorf("%+v", s)
		}
	}
}

// TestReadFailures: reading goes on after errors that the network causes.
func TestReadFailures(t *testing.T) {
	failures := 0
	m := openTest(t, Options{}, func(m *Mux) {
		kernel := m.system.recvmmsg
		m.cores = 1
		m.system.recvmmsg = func(fd uintptr, messages []unix.Mmsghdr) (int, error) {
			if len(messages) > 0 && failures < quickFailures+2 {
				failures++
				return -1, unix.ENOBUFS
			}
			return kernel(fd, messages)
		}
	})
	h := getConn(t, m, nil, "server")
	connect(t, h, dial(t, h), "server")
}

// TestSharedPort: several sockets share the port, all of them are read, and
// nobody else can share it.
func TestSharedPort(t *testing.T) {
	m := openTest(t, Options{}, func(m *Mux) { m.cores = 4 })
	h := getConn(t, m, nil, "server")
	if got := len(h.conn.endpoint.sockets); got != 4 {
		t.Fatalf("%d sockets", got)
	}
	for range 50 { // the kernel chooses a socket for each of them
		c := dial(t, h)
		connect(t, h, c, "server")
		_ = c.Close()
	}
	other, err := newMux(Options{
		Ports: Ports{h.conn.endpoint.addr.Port(), h.conn.endpoint.addr.Port()}, Loopback: true,
		IPFilter: onlyIP("127.0.0.1"), Logger: quiet(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.start(); !errors.Is(err, ErrPort) {
		t.Errorf("sharing the port with another server: %v", err)
	}
}

// FuzzSplit: whatever the kernel says about a message, taking it apart gives
// back its bytes.
func FuzzSplit(f *testing.F) {
	f.Add(uint16(1000), int32(100), uint8(24), true)
	f.Add(uint16(1000), int32(0), uint8(24), true)
	f.Add(uint16(0), int32(-1), uint8(0), false)
	f.Fuzz(func(t *testing.T, length uint16, size int32, control uint8, merged bool) {
		r := newReader(merged)
		r.headers[0].Len = uint32(length)
		r.headers[0].Hdr.SetControllen(int(control))
		r.control[0].header.Level, r.control[0].header.Type = unix.SOL_UDP, unix.UDP_GRO
		r.control[0].size = size
		r.names[0].set(netip.MustParseAddrPort("192.0.2.1:7"), "")
		got, last := 0, 0
		r.split(0, func(b []byte, from netip.AddrPort) {
			if from != netip.MustParseAddrPort("192.0.2.1:7") || got > 0 && len(b) > last {
				t.Fatal("wrong packet")
			}
			got, last = got+len(b), len(b)
		})
		if want := min(int(length), len(r.buffers[0])); got != want {
			t.Fatalf("%d bytes became %d", want, got)
		}
	})
}
