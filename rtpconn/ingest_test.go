package rtpconn

import (
	"encoding/binary"
	"sync"
	"testing"

	"github.com/pion/rtp"

	"galene/codecs"
	"galene/packetcache"
)

// collector is a sink that keeps what it gets.
type collector struct {
	mu      sync.Mutex
	packets []collected
	gaps    int
	ended   bool
}

type collected struct {
	ext       uint64
	timestamp uint32
	size      int
	number    int // of vp8Packet
	start     bool
}

func (c *collector) Deliver(batch []*packetcache.Packet) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range batch {
		got := collected{ext: p.Ext, timestamp: p.Timestamp, size: len(p.Payload()), start: p.Info.Start}
		if got.size >= 4 {
			got.number = int(binary.BigEndian.Uint32(p.Payload()[got.size-4:]))
		}
		c.packets = append(c.packets, got)
	}
}

func (c *collector) Gap() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gaps++
}

func (c *collector) Ended() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
}

// await returns the first n packets.
func (c *collector) await(t *testing.T, n int) []collected {
	t.Helper()
	get := func() []collected {
		c.mu.Lock()
		defer c.mu.Unlock()
		return append([]collected(nil), c.packets...)
	}
	if !eventually(func() bool { return len(get()) >= n }) {
		t.Fatalf("got %d packets, want %d", len(get()), n)
	}
	return get()
}

// source is an up connection without a network: packets are put into it.
type source struct {
	up      *Up
	streams map[uint32]*rtpStream
}

const (
	testSSRC    = 0x1111
	testRTXSSRC = 0x2222
)

// newSource returns a connection with one VP8 track, whose packets come as
// testSSRC or, retransmitted, as testRTXSSRC.
func newSource(t testing.TB, e *Engine, rids ...string) *source {
	t.Helper()
	up, err := e.NewUp(UpParams{ID: "up-id", Codecs: testCodecs()})
	if err != nil {
		t.Fatal(err)
	}
	s := &section{mid: "0", kind: codecs.Video, active: true, rids: rids,
		midExtension: 1, ridExtension: 2, repairedExtension: 3}
	if len(rids) == 0 {
		s.ssrcs = []uint32{testSSRC}
		s.repairs = map[uint32]uint32{testRTXSSRC: testSSRC}
	}
	s.formats[96] = &format{codec: codecs.Lookup("vp8")[0], nack: true, pli: true}
	s.formats[97] = &format{repairs: true, media: 96}
	up.install([]*section{s})
	return &source{up: up, streams: make(map[uint32]*rtpStream)}
}

// put feeds a packet to the connection, as pion would.
func (s *source) put(p *rtp.Packet) {
	if p.SSRC == 0 {
		p.SSRC = testSSRC
	}
	if p.PayloadType == 0 {
		p.PayloadType = 96
	}
	s.putRaw(p.SSRC, must(p.Marshal()))
}

func (s *source) putRaw(ssrc uint32, b []byte) {
	stream := s.streams[ssrc]
	if stream == nil {
		stream = &rtpStream{up: s.up}
		s.streams[ssrc] = stream
	}
	stream.receive(b)
}

// putRepair feeds the retransmission of a packet.
func (s *source) putRepair(seq uint16, p *rtp.Packet) {
	repair := *p
	repair.SSRC = testRTXSSRC
	repair.PayloadType = 97
	repair.SequenceNumber = seq
	repair.Payload = append(binary.BigEndian.AppendUint16(nil, p.SequenceNumber), p.Payload...)
	s.put(&repair)
}

func (s *source) track(i int) *upTrack { return s.up.snapshot()[i] }

// collect subscribes a collector to a track.
func (s *source) collect(t *testing.T, i int) *collector {
	t.Helper()
	c := &collector{}
	if err := s.track(i).Subscribe(s.up.shard, c); err != nil {
		t.Fatal(err)
	}
	return c
}

func padding(seq int) *rtp.Packet {
	return &rtp.Packet{
		Header:      rtp.Header{Version: 2, Padding: true, SequenceNumber: uint16(seq), Timestamp: 1},
		PaddingSize: 20,
	}
}

// TestPadding: packets with nothing but padding leave no hole; a late one fills
// the hole that it has left.
func TestPadding(t *testing.T) {
	e := newTestEngine(t, Options{})
	s := newSource(t, e)
	c := s.collect(t, 0)
	s.put(vp8Packet(0, true))
	s.put(padding(1))
	s.put(padding(2))
	s.put(vp8Packet(3, false))
	s.put(vp8Packet(5, false)) // 4 is late
	s.put(padding(4))
	s.put(padding(6))
	s.put(vp8Packet(8, false))
	s.put(vp8Packet(7, false))
	var exts []uint64
	var numbers []int
	for _, p := range c.await(t, 6) {
		exts = append(exts, p.ext-firstExt)
		numbers = append(numbers, p.number)
	}
	for i, want := range []uint64{0, 1, 3, 2, 5, 4} {
		if exts[i] != want {
			t.Fatalf("numbers %v", exts)
		}
	}
	if numbers[0] != 0 || numbers[1] != 3 || numbers[2] != 5 || numbers[4] != 8 || numbers[5] != 7 {
		t.Errorf("packets %v", numbers)
	}
	if c.packets[3].size != 0 {
		t.Errorf("late padding has %d bytes", c.packets[3].size)
	}
	if n := s.track(0).drops[dropPadding].Load(); n != 3 {
		t.Errorf("%d packets of padding counted", n)
	}
}

// TestDuplicates: copies are dropped, also of and by retransmissions, and
// counted nowhere else.
func TestDuplicates(t *testing.T) {
	e := newTestEngine(t, Options{})
	s := newSource(t, e)
	c := s.collect(t, 0)
	for i := range 10 {
		if i == 4 {
			continue
		}
		s.put(vp8Packet(i, i == 0))
		s.put(vp8Packet(i, i == 0))
	}
	for range 3 {
		s.putRepair(7, vp8Packet(4, false))
		s.putRepair(8, vp8Packet(5, false))
	}
	s.put(vp8Packet(4, false))
	s.putRaw(testRTXSSRC, must((&rtp.Packet{
		Header: rtp.Header{Version: 2, PayloadType: 97, SSRC: testRTXSSRC}, Payload: []byte{1},
	}).Marshal())) // too short: padding
	packets := c.await(t, 10)
	if len(packets) != 10 || packets[9].number != 4 || packets[9].ext != firstExt+4 {
		t.Errorf("got %v", packets)
	}
	track := s.track(0)
	if n := track.drops[dropDuplicate].Load(); n != 9+5+1 {
		t.Errorf("%d duplicates counted", n)
	}
	counts := track.reception.counts.Load()
	if expected, received := counts>>32, uint32(counts); expected != 10 || received != 9 {
		t.Errorf("expected %d, received %d", expected, received)
	}
	if n := track.reception.recovered.Load(); n != 1 {
		t.Errorf("recovered %d", n)
	}
}

// TestSanity: packets that cannot be used are dropped and counted by cause
//
func TestSanity(t *testing.T) {
	e := newTestEngine(t, Options{})
	s := newSource(t, e)
	valid := func(f func(b []byte) []byte) []byte {
		p := vp8Packet(1, true)
		p.SSRC, p.PayloadType = testSSRC, 96
		return f(must(p.Marshal()))
	}
	tests := []struct {
		cause dropCause
		data  []byte
	}{
		{dropShort, []byte{0x80, 96, 0, 1}},
		{dropShort, nil},
		{dropVersion, valid(func(b []byte) []byte { b[0] = 0x40; return b })},
		{dropTruncated, valid(func(b []byte) []byte { b[0] |= 0x0f; return b })},
		{dropTruncated, valid(func(b []byte) []byte { b[0] |= 0x10; b[14] = 0xff; return b })},
		{dropTruncated, valid(func(b []byte) []byte { b[0] |= 0x20; b[len(b)-1] = 0; return b })},
		{dropTruncated, valid(func(b []byte) []byte { b[0] |= 0x20; b[len(b)-1] = 0xff; return b })},
		{dropProbe, valid(func(b []byte) []byte { clear(b[8:12]); return b })},
		{dropLarge, valid(func(b []byte) []byte { return append(b, make([]byte, 1480)...) })},
	}
	for _, tt := range tests {
		before := s.up.drops[tt.cause].Load()
		s.putRaw(testSSRC, tt.data)
		if n := s.up.drops[tt.cause].Load(); n != before+1 {
			t.Errorf("%v: not counted: %x", tt.cause, tt.data[:min(16, len(tt.data))])
		}
	}
	s.put(&rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 50}, Payload: []byte{1}})
	if n := s.track(0).drops[dropFormat].Load(); n != 1 {
		t.Errorf("unknown payload type: counted %d times", n)
	}
	if s.up.Receiving() {
		t.Error("nonsense counts as a first packet")
	}
}

// TestJumps: jumps of the sequence number.
func TestJumps(t *testing.T) {
	tests := []struct {
		name  string
		seqs  []int
		want  []uint64 // numbers, relative to the first
		jumps uint64
	}{
		{"in order", []int{1, 2, 3}, []uint64{0, 1, 2}, 0},
		{"forward", []int{1, 3001}, []uint64{0, 3000}, 0},
		{"wrap", []int{65534, 65535, 0, 1}, []uint64{0, 1, 2, 3}, 0},
		{"late after wrap", []int{65535, 1, 0}, []uint64{0, 2, 1}, 0},
		{"one astray", []int{1, 2, 30000, 3, 30001, 4}, []uint64{0, 1, 2, 3}, 2},
		{"restart", []int{1, 2, 30000, 30001, 30002, 30003}, []uint64{0, 1, 2, 3}, 2},
		{"restart backwards", []int{5000, 5001, 10, 11, 12, 13}, []uint64{0, 1, 2, 3}, 2},
		{"not consecutive", []int{1, 30000, 30002, 30004, 2}, []uint64{0, 1}, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := newTestEngine(t, Options{})
			s := newSource(t, e)
			c := s.collect(t, 0)
			for i, seq := range tt.seqs {
				p := vp8Packet(i, true)
				p.SequenceNumber = uint16(seq)
				s.put(p)
			}
			got := c.await(t, len(tt.want))
			if len(got) != len(tt.want) {
				t.Fatalf("got %v", got)
			}
			for i, want := range tt.want {
				if got[i].ext-got[0].ext != want {
					t.Errorf("packet %d has number %d, want %d", i, got[i].ext-got[0].ext, want)
				}
			}
			if n := s.track(0).drops[dropJump].Load(); n != tt.jumps {
				t.Errorf("%d jumps counted, want %d", n, tt.jumps)
			}
		})
	}
}

// TestSSRCChange: another stream may take the place of one that is silent, as
// after a restart.
func TestSSRCChange(t *testing.T) {
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s := newSource(t, e)
	s.up.demux.Load().streams[0x3333] = s.up.demux.Load().streams[testSSRC]
	c := s.collect(t, 0)
	s.put(vp8Packet(10, true))
	other := func(n int, key bool) *rtp.Packet {
		p := vp8Packet(n, key)
		p.SSRC = 0x3333
		return p
	}
	s.put(other(9, true)) // the old one is alive
	clock.Advance(silence)
	s.put(other(10, false)) // no keyframe
	s.put(other(11, true))
	s.put(vp8Packet(11, true)) // now the new one is alive
	s.put(other(12, false))
	got := c.await(t, 3)
	if len(got) != 3 || got[1].number != 11 || got[2].number != 12 || got[2].ext != got[0].ext+2 {
		t.Errorf("got %v", got)
	}
}

// TestSimulcast: layers are told apart by header extension and are listed in
// the order of the description, whichever comes first.
func TestSimulcast(t *testing.T) {
	e := newTestEngine(t, Options{})
	s := newSource(t, e, "h", "l")
	var sinks []*collector
	for i := range 2 {
		sinks = append(sinks, s.collect(t, i))
	}
	layer := func(ssrc uint32, rid string, n int) {
		p := vp8Packet(n, true)
		p.SSRC = ssrc
		if rid != "" {
			if err := p.SetExtension(1, []byte("0")); err != nil {
				t.Fatal(err)
			}
			if err := p.SetExtension(2, []byte(rid)); err != nil {
				t.Fatal(err)
			}
		}
		s.put(p)
	}
	layer(0x55, "", 0) // not yet known
	layer(0x55, "l", 1)
	layer(0x66, "h", 2)
	layer(0x66, "", 3)
	layer(0x55, "", 4)
	repair := vp8Packet(5, false)
	repair.SSRC, repair.PayloadType = 0x77, 97
	repair.Payload = append([]byte{0, 2}, repair.Payload...)
	if err := repair.SetExtension(3, []byte("l")); err != nil {
		t.Fatal(err)
	}
	s.put(repair)
	for i, want := range [][]int{{2, 3}, {1, 4, 5}} {
		got := sinks[i].await(t, len(want))
		for j, n := range want {
			if got[j].number != n {
				t.Errorf("layer %d: %v, want %v", i, got, want)
				break
			}
		}
	}
	tracks := s.up.Tracks()
	if tracks[0].RID() != "h" || tracks[1].RID() != "l" {
		t.Errorf("order of layers: %s, %s", tracks[0].RID(), tracks[1].RID())
	}
	if n := s.up.drops[dropUnbound].Load(); n != 1 {
		t.Errorf("%d packets without a track", n)
	}
}

// TestEnded: sinks learn that the track has ended, and later ones are refused.
func TestEnded(t *testing.T) {
	e := newTestEngine(t, Options{})
	s := newSource(t, e)
	c := s.collect(t, 0)
	track := s.track(0)
	s.put(vp8Packet(0, true))
	s.up.Close()
	s.put(vp8Packet(1, true))
	s.up.shard.Call(func() {})
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		t.Error("not told")
	}
	if err := track.Subscribe(s.up.shard, c); err != ErrClosed {
		t.Errorf("subscribing: %v", err)
	}
	if _, err := s.up.Offer("v=0"); err != ErrClosed {
		t.Errorf("offer: %v", err)
	}
}

// TestMemoryLimit: without memory packets are dropped and counted.
func TestMemoryLimit(t *testing.T) {
	e := newTestEngine(t, Options{MemoryLimit: 10 * packetcache.PacketSize})
	s := newSource(t, e)
	for i := range 20 {
		s.put(vp8Packet(i, i == 0))
	}
	if n := s.track(0).drops[dropMemory].Load(); n != 11 { // one more is left for sound
		t.Errorf("%d packets dropped, want 11", n)
	}
}
