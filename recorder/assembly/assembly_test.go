package assembly

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"galene/codecs"
	"galene/packetcache"
)

// feeder makes packets for an Assembler.
type feeder struct {
	t     testing.TB
	codec codecs.Codec
	pool  *packetcache.Pool
	cache *packetcache.Cache
	a     *Assembler
	now   time.Duration
	lastT uint32
}

func newFeeder(t testing.TB, name string) *feeder {
	f := &feeder{t: t, codec: codecs.Lookup(name)[0], pool: packetcache.NewPool(0), lastT: 1}
	f.pool.Poison()
	f.cache = packetcache.New(f.pool, 1)
	f.a = New(f.codec, nil)
	return f
}

// push delivers a packet.
func (f *feeder) push(ext uint64, timestamp uint32, marker bool, payload []byte) {
	f.now += time.Millisecond
	p := f.pool.Get()
	p.Ext, p.Timestamp, p.Marker, p.Arrival = 1<<17+ext, timestamp, marker, int64(f.now)
	if err := p.SetPayload(payload); err != nil {
		f.t.Fatal(err)
	}
	p.Info = f.codec.Parse(p.Payload(), marker, timestamp != f.lastT)
	f.lastT = timestamp
	f.cache.Store(p, 1)
	f.a.Push(p)
	p.Release()
}

// pop returns the frames that are there now.
func (f *feeder) pop() (data []string) {
	for {
		frame, ok := f.a.Pop(int64(f.now))
		if !ok {
			return data
		}
		data = append(data, string(frame.Data))
	}
}

// close checks that all packets have been given back.
func (f *feeder) close() {
	f.t.Helper()
	f.a.Close()
	f.cache.Close()
	if n := f.pool.Outstanding(); n != 0 {
		f.t.Errorf("%d packets are lost", n)
	}
}

func (f *feeder) want(frames ...string) {
	f.t.Helper()
	if got := f.pop(); !slices.Equal(got, frames) {
		f.t.Errorf("frames %q, want %q", got, frames)
	}
}

// keyframe is the start of a VP8 keyframe of 320 by 240.
const keyframe = "\x10\x00\x00\x9d\x01\x2a\x40\x01\xf0\x00"

// TestOrder puts packets into order, whatever they come in.
func TestOrder(t *testing.T) {
	f := newFeeder(t, "opus")
	defer f.close()
	f.push(0, 0, false, []byte("a"))
	f.want("a")
	f.push(2, 2, false, []byte("c"))
	f.want()
	f.push(1, 1, false, []byte("b"))
	f.push(1, 1, false, []byte("b"))
	f.push(3, 3, false, []byte("d"))
	f.want("b", "c", "d")
	f.push(2, 2, false, []byte("c"))
	f.want()
}

// TestPatience waits for what is missing, and then goes on without.
func TestPatience(t *testing.T) {
	f := newFeeder(t, "opus")
	defer f.close()
	f.push(0, 0, false, []byte("a"))
	f.push(2, 2, false, []byte("c"))
	f.now += patience - time.Millisecond
	f.want("a")
	f.now += time.Millisecond
	f.want("c")
	if f.a.Lost() != 1 {
		t.Errorf("%d losses", f.a.Lost())
	}
}

// TestVideo makes frames of several packets, and waits for a keyframe after loss.
func TestVideo(t *testing.T) {
	f := newFeeder(t, "vp8")
	defer f.close()
	f.push(0, 0, true, []byte("\x10\x01no")) // no keyframe
	f.want()
	if !f.a.NeedsKeyframe() {
		t.Error("needs no keyframe")
	}
	f.push(1, 10, false, []byte("\x10"+keyframe))
	f.want()
	f.push(2, 10, true, []byte("\x00rest"))
	f.want(keyframe + "rest")
	f.push(3, 20, true, []byte("\x10\x01p"))
	// 4 is lost.
	f.push(5, 40, true, []byte("\x10\x01q"))
	f.want("\x01p")
	f.now += patience
	f.want()
	if !f.a.NeedsKeyframe() {
		t.Error("needs no keyframe after loss")
	}
	f.push(6, 50, true, []byte("\x10"+keyframe))
	f.push(7, 60, true, []byte("\x10\x01r"))
	f.want(keyframe, "\x01r")
}

// TestEnd gives out what is there when nothing more comes, but no half frames.
func TestEnd(t *testing.T) {
	f := newFeeder(t, "vp8")
	defer f.close()
	f.push(0, 0, true, []byte("\x10"+keyframe))
	f.push(1, 1, false, []byte("\x10\x01half"))
	f.want(keyframe)
	if frame, ok := f.a.Pop(1<<63 - 1); ok {
		t.Errorf("frame %q", frame.Data)
	}
}

// TestJump survives jumps of the numbers, of any size.
func TestJump(t *testing.T) {
	f := newFeeder(t, "opus")
	defer f.close()
	for _, ext := range []uint64{0, window - 1, 2 * window, 1 << 40, 1<<40 + 1} {
		f.push(ext, uint32(ext), false, []byte{byte('a')})
	}
	f.now += patience
	if got := f.pop(); len(got) != 2 {
		t.Errorf("frames %q", got)
	}
}

// TestTimestamps unwraps timestamps.
func TestTimestamps(t *testing.T) {
	f := newFeeder(t, "opus")
	defer f.close()
	f.push(0, 0xfffffff0, false, []byte("a"))
	f.push(1, 0x10, false, []byte("b"))
	a, _ := f.a.Pop(0)
	b, _ := f.a.Pop(0)
	if b.Timestamp-a.Timestamp != 0x20 {
		t.Errorf("from %d to %d", a.Timestamp, b.Timestamp)
	}
}

// TestSuperframe joins the spatial layers of VP9 by an index.
func TestSuperframe(t *testing.T) {
	got := appendIndex([]byte("abc"), []int{1, 2})
	if want := []byte("abc\xc1\x01\x02\xc1"); !bytes.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
	got = appendIndex(nil, []int{0x100, 1, 2})
	if want := []byte("\xca\x00\x01\x01\x00\x02\x00\xca"); !bytes.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
}

// TestConfigAV1 compares the configuration records made of sequence headers with
// what FFmpeg makes of the same streams of libaom.
func TestConfigAV1(t *testing.T) {
	for _, c := range []struct {
		unit, config  string
		width, height int
	}{
		{"\x0a\x0b\x00\x00\x00\x04\x3c\xff\xbc\xda\xf9\x00\x40", "\x81\x00\x0c\x00", 320, 240},
		{"\x0a\x0a\x20\x00\x00\x04\x3d\x07\xc4\xda\xf9\x42", "\x81\x20\x40\x00", 322, 242}, // 4:4:4, 10 bits
	} {
		var a av1
		var f Frame
		if !a.add(&f, []byte(c.unit)) || string(f.Data) != c.unit {
			t.Errorf("unit %x", f.Data)
		}
		if string(a.config) != c.config+c.unit || a.width != c.width || a.height != c.height {
			t.Errorf("%x of %d by %d", a.config, a.width, a.height)
		}
	}
}

// TestConfigH264 does the same with a keyframe of H.264, in all three kinds of
// packets.
func TestConfigH264(t *testing.T) {
	sps := "\x67\x4d\x40\x1e\xda\x02\x80\xbf\xe5\xc0\x44\x00\x00\x03\x00\x04\x00\x00\x03\x00\xca\x3c\x58\xba\x80"
	pps := "\x68\xee\x0f\xc8"
	h := h264{codec: codecs.Lookup("h264")[0]}
	f := Frame{Keyframe: true}
	ok := h.frame(&f, [][]byte{
		[]byte("\x78\x00\x19" + sps + "\x00\x04" + pps),
		[]byte("\x7c\x85ab"), []byte("\x7c\x05c"), []byte("\x7c\x45d"),
		[]byte("\x65e"),
	})
	data := "\x00\x00\x00\x19" + sps + "\x00\x00\x00\x04" + pps + "\x00\x00\x00\x05\x65abcd\x00\x00\x00\x02\x65e"
	config := "\x01\x4d\x40\x1e\xff\xe1\x00\x19" + sps + "\x01\x00\x04" + pps
	if !ok || string(f.Data) != data || string(f.Config) != config || f.Width != 640 || f.Height != 360 {
		t.Errorf("%v, data %x, config %x, %d by %d", ok, f.Data, f.Config, f.Width, f.Height)
	}
}

// TestConfigH265 does the same with a keyframe of H.265, and compares with
// what FFmpeg writes into Matroska; what makes no sense is no frame.
func TestConfigH265(t *testing.T) {
	vps := "\x40\x01\x0c\x01\xff\xff\x01\x60\x00\x00\x03\x00\x90\x00\x00\x03\x00\x00\x03\x00\x3c\xba\x02\x40"
	sps := "\x42\x01\x01\x01\x60\x00\x00\x03\x00\x90\x00\x00\x03\x00\x00\x03\x00\x3c\xa0\x0a\x08\x0f\x16\x5b\xa4\xa4\xc2\xf0\x16\x80\x80\x00\x00\x03\x00\x80\x00\x00\x0c\x84"
	pps := "\x44\x01\xc0\x71\x83\x12"
	read := func(payloads ...string) (Frame, bool) {
		h := h265{codec: codecs.Lookup("h265")[0]}
		f := Frame{Keyframe: true}
		var all [][]byte
		for _, p := range payloads {
			all = append(all, []byte(p))
		}
		ok := h.frame(&f, all)
		return f, ok
	}
	sets := "\x60\x01\x00\x18" + vps + "\x00\x28" + sps + "\x00\x06" + pps
	f, ok := read(sets, "\x46\x01\x50", // a delimiter, which is left out
		"\x62\x01\x93ab", "\x62\x01\x13c", "\x62\x01\x53d", "\x26\x01e")
	data := "\x00\x00\x00\x18" + vps + "\x00\x00\x00\x28" + sps + "\x00\x00\x00\x06" + pps +
		"\x00\x00\x00\x06\x26\x01abcd\x00\x00\x00\x03\x26\x01e"
	config := "\x01\x01\x60\x00\x00\x00\x90\x00\x00\x00\x00\x00\x3c\xf0\x00\xfc\xfd\xf8\xf8\x00\x00\x0f\x03" +
		"\x20\x00\x01\x00\x18" + vps + "\x21\x00\x01\x00\x28" + sps + "\x22\x00\x01\x00\x06" + pps
	if !ok || string(f.Data) != data || string(f.Config) != config || f.Width != 320 || f.Height != 240 {
		t.Errorf("%v, data %x, config %x, %d by %d", ok, f.Data, f.Config, f.Width, f.Height)
	}
	for name, payloads := range map[string][]string{
		"no picture":            {sets},
		"no parameters":         {"\x26\x01e"},
		"an end only":           {sets, "\x62\x01\x53d"},
		"no end":                {sets, "\x62\x01\x93ab"},
		"twice begun":           {sets, "\x62\x01\x93ab", "\x62\x01\xd3ab"},
		"an interrupted one":    {sets, "\x62\x01\x93ab", "\x26\x01e"},
		"an empty fragment":     {sets, "\x62\x01\xd3"},
		"parts in parts":        {sets, "\x60\x01\x00\x03\x60\x01a", "\x26\x01e"},
		"a length beyond it":    {sets, "\x60\x01\x00\x09\x26\x01a"},
		"a half length":         {sets, "\x60\x01\x00"},
		"a reserved type":       {sets, "\x64\x01abc", "\x26\x01e"},
		"an empty payload":      {sets, ""},
		"a sequence cut off":    {"\x60\x01\x00\x18" + vps + "\x00\x0c" + sps[:12] + "\x00\x06" + pps, "\x26\x01e"},
		"a sequence of nothing": {"\x60\x01\x00\x18" + vps + "\x00\x03" + sps[:3] + "\x00\x06" + pps, "\x26\x01e"},
	} {
		if f, ok := read(payloads...); ok {
			t.Errorf("%s: frame %x, config %x", name, f.Data, f.Config)
		}
	}
}

// FuzzAssembler feeds packets made of arbitrary bytes: nothing panics, no packet
// is lost or used after it was given back, and frames come in order.
func FuzzAssembler(f *testing.F) {
	names := []string{"vp8", "vp9", "av1", "h264", "opus", "h265"}
	for i := range names {
		f.Add(byte(i), []byte("\x00\x01\x05\x10\x9d\x01\x2a\x01\x01\x05abcde\x82\x03\x03xyz"))
	}
	f.Add(byte(3), []byte("\x00\x00\x08\x67\x42\x00\x1e\xab\x40\x50\x1e\x01\x00\x02\x68\xce\x82\x00\x03\x65\x11\x22"))
	f.Add(byte(5), []byte("\x00\x00\x08\x42\x01\x01\x01\x60\x00\x00\x03\x01\x00\x04\x44\x01\xc0\x71\x02\x80\x05\x62\x01\xd3ab"))
	f.Fuzz(func(t *testing.T, which byte, data []byte) {
		feed := newFeeder(t, names[int(which)%len(names)])
		var ext uint64
		var ts uint32
		for len(data) >= 3 {
			// Number, timestamp, length, payload.
			ext += uint64(data[0] & 0x7f)
			if data[0]&0x80 == 0 && ext > 3 {
				ext -= 3
			}
			ts += uint32(data[1] & 0x7f)
			n := min(int(data[2]), len(data)-3)
			feed.push(ext, ts, data[1]&0x80 != 0, data[3:3+n])
			data = data[3+n:]
			feed.now += time.Duration(n) * time.Millisecond
			for {
				frame, ok := feed.a.Pop(int64(feed.now))
				if !ok {
					break
				}
				if len(frame.Data) == 0 {
					t.Error("empty frame")
				}
			}
		}
		for {
			if _, ok := feed.a.Pop(1<<63 - 1); !ok {
				break
			}
		}
		feed.close()
	})
}
