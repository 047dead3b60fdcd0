package rtpconn

import (
	"sync"
	"testing"

	"github.com/pion/rtp"
)

// recordingWriter keeps the packets written to it.
type recordingWriter struct {
	mu      sync.Mutex
	packets []*rtp.Packet
}

func (w *recordingWriter) WriteRTP(h *rtp.Header, payload []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.packets = append(w.packets, &rtp.Packet{Header: h.Clone(), Payload: append([]byte(nil), payload...)})
	return len(payload), nil
}

func (w *recordingWriter) Write(b []byte) (int, error) { return len(b), nil }

func (w *recordingWriter) snapshot() []*rtp.Packet {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]*rtp.Packet(nil), w.packets...)
}

// await returns the packets when there are n.
func (w *recordingWriter) await(t *testing.T, n int) []*rtp.Packet {
	t.Helper()
	if !eventually(func() bool { return len(w.snapshot()) >= n }) {
		t.Fatalf("%d packets written, want %d", len(w.snapshot()), n)
	}
	packets := w.snapshot()
	if len(packets) > n {
		t.Fatalf("%d packets written, want %d", len(packets), n)
	}
	return packets
}
