package rtpconn

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// TestReception: losses and jitter as RFC 3550 wants them.
func TestReception(t *testing.T) {
	var r reception
	var loss lossInterval
	now := int64(time.Second)
	packet := func(n int, late time.Duration) {
		r.packet(uint64(firstExt+n), 0, uint32(n)*3000, 100, false, now+int64(n)*int64(time.Second)/30+int64(late), 90000)
	}
	for i := range 128 {
		if i%4 != 3 {
			packet(i, 0)
		}
	}
	packet(127, 0)
	counts := r.counts.Load()
	if f := loss.next(counts); f != 31*256/128 {
		t.Errorf("fraction lost %d, want %d", f, 31*256/128)
	}
	if n := totalLost(counts); n != 31 {
		t.Errorf("lost %d", n)
	}
	if f := loss.next(counts); f != 0 {
		t.Errorf("fraction lost without packets %d", f)
	}
	packet(3, 0)
	packet(-1, 0)
	if n := totalLost(r.counts.Load()); n != 30 {
		t.Errorf("lost %d after late packets", n)
	}
	if j := r.jitter.Load() >> 4; j > 1 {
		t.Errorf("jitter %d without any", j)
	}
	for i := 128; i < 400; i++ {
		packet(i, time.Duration(i%2)*10*time.Millisecond)
	}
	if j := r.jitter.Load() >> 4; j < 800 || j > 1000 {
		t.Errorf("jitter %d, want about 900", j)
	}
	before := r.jitter.Load()
	for range 100 { // the rest of a frame does not count
		r.packet(firstExt+400, 0, 399*3000, 100, false, now+int64(time.Hour), 90000)
	}
	if r.jitter.Load() != before {
		t.Error("jitter changed by packets of the same frame")
	}
}

// TestWindow compares the window with a set.
func TestWindow(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var w window
	seen := make(map[uint64]bool)
	top := uint64(firstExt)
	for range 200000 {
		step := random.Uint64N(100)
		ext := top - step
		switch {
		case step == 99:
			ext = top + random.Uint64N(3000)
		case step > 40:
			ext = top + 1
		}
		ok := w.mark(ext)
		if want := !seen[ext]; ok != want {
			t.Fatalf("marking %d with top %d: %v, want %v", ext, top, ok, want)
		}
		seen[ext] = true
		top = max(top, ext)
		if q := top - random.Uint64N(1500); w.has(q) != seen[q] {
			t.Fatalf("has(%d) with top %d: %v", q, top, !seen[q])
		}
	}
	if w.mark(top - windowSize) {
		t.Error("took a packet that is too old")
	}
}

// TestCompaction: numbers go up without holes, and back.
func TestCompaction(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	var c compaction
	skipped := make(map[uint64]bool)
	want := uint64(firstExt)
	for ext := uint64(firstExt); ext < firstExt+100000; ext++ {
		if random.IntN(10) == 0 {
			c.skip(ext)
			skipped[ext] = true
			continue
		}
		out, ok := c.forward(ext)
		if !ok || out != want {
			t.Fatalf("%d became %d, want %d", ext, out, want)
		}
		if back, ok := c.reverse(out); !ok || back != ext {
			t.Fatalf("%d became %d and then %d", ext, out, back)
		}
		if late := ext - random.Uint64N(100); late >= firstExt && !skipped[late] {
			if out, ok := c.forward(late); !ok || out > want {
				t.Fatalf("late %d became %d", late, out)
			}
		}
		want++
	}
	if _, ok := c.forward(firstExt); ok {
		t.Error("placed a packet that is too old")
	}
}

// TestClock: conversions are exact.
func TestClock(t *testing.T) {
	for _, rate := range []uint32{8000, 16000, 44100, 48000, 90000, 1 << 16} {
		for _, d := range []time.Duration{0, 1, time.Millisecond, time.Hour, 100 * 365 * 24 * time.Hour, -time.Hour} {
			ticks := toTicks(int64(d), rate)
			if back := toTicks(fromTicks(ticks, rate), rate); back-ticks > 1 || ticks-back > 1 {
				t.Errorf("%v at %d Hz: %d, then %d", d, rate, ticks, back)
			}
		}
	}
	unix := time.Date(1970, 1, 1, 0, 0, 0, 500_000_000, time.UTC)
	if ntp := toNTP(unix); ntp != 2208988800<<32|1<<31 {
		t.Errorf("NTP time %x", ntp)
	}
	era1 := toNTP(time.Date(2036, 2, 7, 6, 28, 16, 0, time.UTC))
	if era1>>32 != 0 {
		t.Errorf("NTP time after the end of era 0: %x", era1)
	}
	if d := ntpTicks(era1-toNTP(time.Date(2036, 2, 7, 6, 28, 15, 0, time.UTC)), 90000); d != 90000 {
		t.Errorf("a second over the end of the era has %d ticks", d)
	}
	if d := ntpTicks(^uint64(1<<32)+1, 48000); d != -48000 {
		t.Errorf("minus one second is %d ticks", d)
	}
}

// TestCommonClock: what the reports on two tracks say fits together, however
// late they come.
func TestCommonClock(t *testing.T) {
	var c commonClock
	second := uint64(1) << 32
	c.observe(1000*second, 500*second)
	c.observe(1001*second+second/10, 501*second) // 100 ms late
	if d := c.offset - int64(500*second); d < 0 || d > int64(second/1000) {
		t.Errorf("offset changed by %d/2^32 s by a late report", d)
	}
	c.observe(1002*second-second/10, 502*second) // less late than the others
	if c.offset != int64(500*second-second/10) {
		t.Errorf("offset %d", c.offset)
	}
	c.observe(2000*second, 502*second)
	if c.offset != int64(1498*second) {
		t.Error("a step was not followed")
	}
}

// TestParseRTCP reads what pion writes.
func TestParseRTCP(t *testing.T) {
	compound := must(rtcp.Marshal([]rtcp.Packet{
		&rtcp.SenderReport{SSRC: 7, NTPTime: 1<<40 + 5, RTPTime: 99,
			Reports: []rtcp.ReceptionReport{{SSRC: 8, FractionLost: 3, TotalLost: 0xffffff, Jitter: 6}}},
		&rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{
			{Source: 6, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: "no"}}},
			{Source: 7, Items: []rtcp.SourceDescriptionItem{
				{Type: rtcp.SDESName, Text: "a name"}, {Type: rtcp.SDESCNAME, Text: "yes"}}},
		}},
		&rtcp.TransportLayerNack{MediaSSRC: 9, Nacks: []rtcp.NackPair{{PacketID: 65534, LostPackets: 0b101}}},
		&rtcp.FullIntraRequest{FIR: []rtcp.FIREntry{{SSRC: 1}, {SSRC: 9, SequenceNumber: 200}}},
		&rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: 500_000, SSRCs: []uint32{9}},
	}))
	var packets []rtcpPacket
	for {
		p, rest, ok := nextRTCP(compound)
		if !ok {
			break
		}
		packets, compound = append(packets, p), rest
	}
	if len(packets) != 5 || len(compound) != 0 {
		t.Fatalf("%d packets, %d bytes left", len(packets), len(compound))
	}
	if info, ok := packets[0].senderInfo(); !ok || info != (senderInfo{7, 99, 1<<40 + 5}) {
		t.Errorf("sender report: %+v", info)
	}
	if b, ok := packets[0].report(8); !ok || b.fractionLost != 3 || b.totalLost != -1 || b.jitter != 6 {
		t.Errorf("report block: %+v", b)
	}
	if _, ok := packets[0].report(9); ok {
		t.Error("report about another stream")
	}
	if name := packets[1].canonicalName(7); string(name) != "yes" {
		t.Errorf("CNAME %q", name)
	}
	if lost := packets[2].lost(nil, 10); len(lost) != 3 || lost[0] != 65534 || lost[1] != 65535 || lost[2] != 1 {
		t.Errorf("lost %v", lost)
	}
	if lost := packets[2].lost(nil, 2); len(lost) != 2 {
		t.Errorf("lost %v with a limit of 2", lost)
	}
	if seq, ok := packets[3].fullIntraRequest(9); !ok || seq != 200 {
		t.Errorf("full intra request %d, %v", seq, ok)
	}
	if rate, ok := packets[4].maxBitrate(); !ok || rate < 490_000 || rate > 500_000 {
		t.Errorf("bit rate %d", rate)
	}
}
