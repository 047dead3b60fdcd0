package packetmap

import (
	"testing"
	"unsafe"
)

func expect(t *testing.T, m *Map, ext, want uint64) {
	t.Helper()
	if out, ok := m.Map(ext); !ok || out != want {
		t.Errorf("%d: got %d, %v, want %d", ext, out, ok, want)
	}
}

func refuse(t *testing.T, m *Map, ext uint64) {
	t.Helper()
	if out, ok := m.Map(ext); ok {
		t.Errorf("%d: got %d, should not be sent", ext, out)
	}
}

func TestZeroValue(t *testing.T) {
	var m Map
	expect(t, &m, 70000, 70000)
	expect(t, &m, 70002, 70002)
	expect(t, &m, 70001, 70001)
	refuse(t, &m, 69999)
}

func TestDrop(t *testing.T) {
	m := New(1000)
	if !m.Drop(70000) {
		t.Error("nothing was sent yet: anything may be dropped")
	}
	expect(t, m, 70001, 1000)
	if !m.Drop(70002) {
		t.Error("the next packet may be dropped")
	}
	expect(t, m, 70003, 1001)
	expect(t, m, 70005, 1003) // 70004 is missing
	if m.Drop(70004) {
		t.Error("dropping a late packet leaves a gap")
	}
	expect(t, m, 70004, 1002)
	if m.Drop(70007) {
		t.Error("after a gap nothing may be dropped (R-2.41)")
	}
	expect(t, m, 70007, 1005)
	if !m.Drop(70002) {
		t.Error("a packet that was dropped stays so")
	}
	refuse(t, m, 70002)
}

// I4: what is left out does not disturb the way back, also for packets that have
// not come.
func TestReverse(t *testing.T) {
	m := New(1000)
	if _, ok := m.Reverse(1000); ok {
		t.Error("nothing is known yet")
	}
	want := make(map[uint64]uint64)
	for ext := uint64(70000); ext < 70300; ext++ {
		switch {
		case ext%7 == 3 && m.Drop(ext):
		case ext%7 == 5: // does not come
		default:
			out, ok := m.Map(ext)
			if !ok {
				t.Fatalf("%d cannot be sent", ext)
			}
			want[out] = ext
		}
	}
	for out := m.nextOut - 100; out < m.nextOut; out++ {
		ext, ok := m.Reverse(out)
		if of, sent := want[out]; !ok || sent && ext != of || !sent && ext%7 != 5 {
			t.Errorf("%d comes from %d, %v, want %d", out, ext, ok, of)
		}
	}
	if _, ok := m.Reverse(m.nextOut); ok {
		t.Error("the next one is known")
	}
	m.Switch(90000)
	if ext, ok := m.Reverse(m.nextOut - 1); ok {
		t.Errorf("a number from before a switch comes from %d", ext)
	}
}

// after a gap, the rest of a frame that was being dropped is dropped,
// and the gap with it. : a frame that was begun is completed.
func TestDropFrame(t *testing.T) {
	m := New(1000)
	place := func(ext, frame, want uint64, wantPID uint16) {
		t.Helper()
		out, pid, ok := m.MapFrame(ext, Frame{frame, uint16(frame), 15})
		if !ok || out != want || pid != wantPID {
			t.Errorf("%d: got %d, %d, %v, want %d, %d", ext, out, pid, ok, want, wantPID)
		}
	}
	drop := func(ext, frame uint64, want bool) {
		t.Helper()
		if got := m.DropFrame(ext, Frame{frame, uint16(frame), 15}); got != want {
			t.Errorf("%d: dropped: %v, want %v", ext, got, want)
		}
	}
	place(70000, 1, 1000, 1)
	drop(70001, 2, true)
	drop(70003, 2, true) // and with it 70002
	place(70004, 3, 1001, 2)
	drop(70005, 3, false)
	place(70005, 3, 1002, 2)
	drop(70002, 2, true)
	if _, _, ok := m.MapFrame(70002, Frame{2, 2, 15}); ok {
		t.Error("a packet of a dropped frame is sent")
	}
	drop(70006, 4, true)
	drop(70008, 5, false) // 70007 is missing
	place(70008, 5, 1004, 3)
	drop(70009, 5, false)
	drop(70007, 4, true) // its frame was dropped, its picture id is taken
	if _, _, ok := m.MapFrame(70007, Frame{4, 4, 15}); ok {
		t.Error("a late packet of a dropped frame is sent")
	}
}

// I5: picture ids go on by one after any number of frames dropped, also where those of
// the source have come round.
func TestDropManyFrames(t *testing.T) {
	for _, test := range []struct {
		bits    uint8
		dropped uint64
	}{
		{7, 126}, {7, 127}, {7, 128}, {7, 1000}, {15, 32766}, {15, 32767}, {15, 32768},
	} {
		m := New(1000)
		mask := uint16(1)<<test.bits - 1
		frame := func(ext uint64) Frame { return Frame{ext, uint16(ext) & mask, test.bits} }
		last := 70001 + test.dropped
		m.MapFrame(70000, frame(70000))
		for ext := uint64(70001); ext < last; ext++ {
			if !m.DropFrame(ext, frame(ext)) {
				t.Fatalf("%d bits: %d not dropped", test.bits, ext)
			}
		}
		want := (frame(70000).PID + 1) & mask
		out, pid, ok := m.MapFrame(last, frame(last))
		if !ok || out != 1001 || pid != want {
			t.Errorf("%d bits, %d dropped: got %d, picture %d, %v, want picture %d",
				test.bits, test.dropped, out, pid, ok, want)
		}
	}
}

// Late packets are placed as long as their run is remembered.
func TestManyRuns(t *testing.T) {
	m := New(1 << 16)
	for i := range uint64(2000) {
		ext := 70000 + 4*i
		expect(t, m, ext, 1<<16+3*i)
		if !m.Drop(ext + 1) {
			t.Fatal("not dropped")
		}
		expect(t, m, ext+3, 1<<16+3*i+2) // ext+2 is late
		if i >= 100 {
			late := i - 100
			expect(t, m, 70000+4*late+2, 1<<16+3*late+1)
		}
		if i >= 300 {
			refuse(t, m, 70000+4*(i-300)+2)
		}
	}
}

func TestSwitch(t *testing.T) {
	m := New(1000)
	m.Switch(5) // nothing to continue
	expect(t, m, 70000, 1000)
	expect(t, m, 70003, 1003)
	m.Switch(90000)
	expect(t, m, 90000, 1004)
	expect(t, m, 90001, 1005)
	refuse(t, m, 89999)
	refuse(t, m, 70001)
	m.Switch(80000)
	expect(t, m, 80000, 1006)
}

// TestSkip: the end of a frame that has not come is seen to be missing.
func TestSkip(t *testing.T) {
	m := New(100)
	m.Skip() // nothing to be whole
	m.Map(5)
	m.Skip()
	m.Switch(90000)
	if out, ok := m.Map(90000); !ok || out != 102 {
		t.Errorf("%d, %v after what was skipped", out, ok)
	}
	if ext, ok := m.Reverse(101); ok {
		t.Errorf("the number skipped is that of %d", ext)
	}
}

// The codec of a switched source may use picture ids of another width.
func TestSwitchPictureIDs(t *testing.T) {
	m := New(1000)
	steps := []struct {
		toggle bool
		frame  Frame
		want   uint16
	}{
		{false, Frame{1, 300, 15}, 300},
		{false, Frame{2, 301, 15}, 301},
		{true, Frame{3, 5, 7}, 302 & 0x7f},
		{false, Frame{4, 6, 7}, 303 & 0x7f},
		{true, Frame{5, 0, 0}, 0},
		{false, Frame{6, 9000, 15}, 304 & 0x7f},
		{false, Frame{7, 9001, 15}, 304&0x7f + 1},
	}
	for i, s := range steps {
		ext := 70000 + uint64(i)
		if s.toggle {
			m.Switch(ext)
		}
		out, pid, ok := m.MapFrame(ext, s.frame)
		if !ok || out != 1000+uint64(i) || pid != s.want {
			t.Errorf("%d: got %d, %d, %v, want picture %d", i, out, pid, ok, s.want)
		}
	}
}

func TestSentLog(t *testing.T) {
	if n := unsafe.Sizeof(Sent{}); n != 24+8 && n != 24 {
		t.Errorf("a record takes %d bytes", n)
	}
	l := NewSentLog(100, 2000)
	if l.Find(0) != nil {
		t.Error("found something in an empty log")
	}
	for out := uint64(0); out < 300; out += 2 {
		l.Add(65500+out, Sent{Ext: out, Flags: SentMarker, Time: uint32(out)})
	}
	l.Add(65500+297, Sent{Ext: 297}) // late
	l.Add(65500+100, Sent{Ext: 1})   // older than the log
	l.Add(65500+298, Sent{Ext: 1})   // there already
	for _, test := range []struct {
		out   uint64
		found bool
	}{
		{298, true}, {297, true}, {296, true}, {295, false}, {172, true}, {170, false},
		{100, false}, {299, false}, {300, false}, {298 + 40000, false},
	} {
		r := l.Find(uint16(65500 + test.out))
		if (r != nil) != test.found || r != nil && r.Ext != test.out {
			t.Errorf("%d: got %+v", test.out, r)
		}
	}
	l.Find(uint16((65500+298)&0xffff)).Retransmits++
	if r := l.Find(uint16((65500 + 298) & 0xffff)); r.Retransmits != 1 {
		t.Error("changes to a record are lost")
	}
	l.Clear()
	for seqno := range 1 << 16 {
		if l.Find(uint16(seqno)) != nil {
			t.Fatal("found something after Clear")
		}
	}
}

// TestSentLogGrows: a log has room for what was sent in a time, at most its limit.
func TestSentLogGrows(t *testing.T) {
	for _, test := range []struct {
		name     string
		interval uint32 // between packets, in ms
		limit    int
		want     int // packets that are found
	}{
		{"sound", 20, 256, 64},
		{"sound in short packets", 10, 256, 128},
		{"slow pictures", 15, 1024, 128},
		{"a burst", 0, 1024, 1024},
		{"a small limit", 1, 32, 32},
	} {
		l := NewSentLog(test.limit, 1000)
		now := -uint32(500 * test.interval) // time wraps meanwhile
		const total = 3000
		for out := range uint64(total) {
			l.Add(out, Sent{Ext: out, Time: now})
			now += test.interval
		}
		got := 0
		for out := range uint64(total) {
			if s := l.Find(uint16(out)); s != nil {
				got++
				if s.Ext != out || s.Out() != out || out < total-uint64(test.want) {
					t.Errorf("%s: %d leads to %+v", test.name, out, s)
				}
			}
		}
		if got != test.want {
			t.Errorf("%s: %d packets are in the log, want %d", test.name, got, test.want)
		}
	}
}

func TestAllocations(t *testing.T) {
	m := New(1000)
	l := NewSentLog(1024, 2000)
	ext := uint64(70000)
	if n := testing.AllocsPerRun(1000, func() {
		f := Frame{ext, uint16(ext), 15}
		if ext%3 != 0 || !m.DropFrame(ext, f) {
			out, pid, _ := m.MapFrame(ext, f)
			l.Add(out, Sent{Ext: ext, PID: pid})
			l.Find(uint16(out))
		}
		ext++
	}); n != 0 {
		t.Errorf("%v allocations per packet", n)
	}
}

func BenchmarkMap(b *testing.B) {
	m := New(1000)
	ext := uint64(70000)
	b.ReportAllocs()
	for b.Loop() {
		f := Frame{ext / 2, uint16(ext / 2), 15}
		if ext%8 < 6 || !m.DropFrame(ext, f) {
			m.MapFrame(ext, f)
		}
		ext++
	}
}
