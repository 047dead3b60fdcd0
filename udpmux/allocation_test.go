package udpmux

import (
	"testing"
)

// TestAllocations: neither direction needs memory for a packet.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, mode := range modes {
		m := openTest(t, Options{Batching: mode})
		batch := m.NewBatch()
		h := getConn(t, m, batch, "server")
		c := dial(t, h)
		connect(t, h, c, "server")
		to := addrOf(c)
		p := media(1, 1100)
		if n := testing.AllocsPerRun(100, func() {
			batch.Begin()
			for range 10 {
				_, _ = h.WriteToAddrPort(p, to)
			}
			batch.End()
		}); n != 0 {
			t.Errorf("%v: %v allocations while sending", mode, n)
		}

		d := &distributor{endpoint: h.conn.endpoint}
		b := make([]byte, 1500)
		if n := testing.AllocsPerRun(100, func() {
			for range 10 {
				d.take(p, to)
			}
			d.flush()
			for range 10 {
				_, _, _ = h.ReadFromAddrPort(b)
			}
		}); n != 0 {
			t.Errorf("%v: %v allocations while receiving", mode, n)
		}
	}
}
