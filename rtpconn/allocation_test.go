package rtpconn

import (
	"testing"

	"github.com/pion/rtp"

	"galene/packetcache"
)

// nullWriter is the place where pion's part begins.
type nullWriter struct{ n int }

func (w *nullWriter) WriteRTP(*rtp.Header, []byte) (int, error) { w.n++; return 0, nil }
func (w *nullWriter) Write([]byte) (int, error)                 { w.n++; return 0, nil }

// newNullDown returns a track that sends src to o, or to nowhere.
func newNullDown(t testing.TB, e *Engine, src *source, o output) (*downTrack, *nullWriter) {
	t.Helper()
	r := e.NewReceiver()
	d, err := r.NewDown(src.up, DownParams{})
	if err != nil {
		t.Fatal(err)
	}
	w := &nullWriter{}
	if o.writer == nil {
		o.writer = w
	}
	dt := newDownTrack(d, src.up.Tracks()[0])
	d.shard.Call(func() {
		d.sending.connected = true
		d.sending.add(d, dt, &o)
	})
	return dt, w
}

// TestAllocations: nothing is allocated per packet received, cached and
// handed to a shard, nor per packet forwarded, up to pion (R-C.2); all of the former
// happens on the goroutine that has decrypted the packet.
func TestAllocations(t *testing.T) {
	e := newTestEngine(t, Options{Shards: 1})
	s := newSource(t, e)
	dt, w := newNullDown(t, e, s, output{ssrc: 1, payloadType: 96, rtxSSRC: 2, rtxType: 97, sendTime: 3})
	p := vp8Packet(0, true)
	p.SSRC, p.PayloadType = testSSRC, 96
	data := must(p.Marshal())
	stream := &rtpStream{up: s.up}
	seq := uint16(0)
	receive := func() {
		seq++
		data[2], data[3] = byte(seq>>8), byte(seq)
		stream.receive(data)
	}
	for range 2000 {
		receive() // fills cache and pool
	}
	if n := testing.AllocsPerRun(5000, receive); n != 0 {
		t.Errorf("%v allocations per packet received", n)
	}

	var allocs float64
	forwarded := 0
	sh := dt.down.shard
	sh.Call(func() {
		cache := s.track(0).cache
		head, _ := cache.Head()
		packet := cache.Acquire(head)
		defer packet.Release()
		batch := []*packetcache.Packet{packet}
		dt.active.state = feedLive
		now := dt.active.now()
		allocs = testing.AllocsPerRun(1000, func() {
			dt.active.Deliver(batch)
			dt.log.Clear()
			dt.forward(packet, now)
		})
		forwarded = w.n
	})
	if allocs != 0 {
		t.Errorf("%v allocations per packet forwarded", allocs)
	}
	if forwarded == 0 {
		t.Error("nothing forwarded")
	}
}

// BenchmarkForward measures a packet from the receiving socket's side to the
// sending one's, without pion.
func BenchmarkForward(b *testing.B) {
	e, err := New(Options{Shards: 1, Loopback: true})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	s := newSource(b, e)
	newNullDown(b, e, s, output{ssrc: 1, payloadType: 96})
	p := vp8Packet(0, true)
	p.SSRC, p.PayloadType = testSSRC, 96
	p.Payload = append(p.Payload, make([]byte, 1100)...)
	data := must(p.Marshal())
	stream := &rtpStream{up: s.up}
	b.ReportAllocs()
	seq := uint16(0)
	for b.Loop() {
		seq++
		data[2], data[3] = byte(seq>>8), byte(seq)
		stream.receive(data)
	}
}
