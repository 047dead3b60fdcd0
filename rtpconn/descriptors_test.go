package rtpconn

import (
	"reflect"
	"strings"
	"testing"

	"github.com/pion/rtp"

	"galene/codecs"
	"galene/codecs/dependency"
	"galene/packetmap"
)

// trace returns one of the golden traces.
func trace(t testing.TB, name string) goldenTrace {
	t.Helper()
	for _, g := range goldenTraces {
		if g.name == name {
			return g
		}
	}
	t.Fatalf("no trace %s", name)
	panic("unreachable")
}

// TestDescriptorNegotiated: dependency descriptors are asked for where AV1 is
// allowed, and offered to receivers (spec media.md 1.4).
func TestDescriptorNegotiated(t *testing.T) {
	const line = "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"
	offer := strings.Replace(readOffer(t, "chromium.sdp"), line,
		line+"a=extmap:13 "+dependency.URI+"\r\n", 1)
	for _, test := range []struct {
		name   string
		codecs []codecs.Codec
		want   uint8
	}{
		{"without AV1", testCodecs(), 0},
		{"with AV1", append(testCodecs(), codecs.Lookup("av1")...), 13},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := newTestEngine(t, Options{})
			up := must(e.NewUp(UpParams{Codecs: test.codecs}))
			answer := must(up.Offer(offer))
			parts := up.demux.Load().parts
			if got := parts[len(parts)-1].section.dependencyExtension; got != test.want ||
				strings.Contains(answer, dependency.URI) != (test.want != 0) {
				t.Errorf("%d codecs: extension %d, want %d, in\n%s", len(test.codecs), got, test.want, answer)
			}
			r := e.NewReceiver()
			down := must(r.NewDown(newSource(t, e).up, DownParams{}))
			_ = must(down.SetTracks(down.Source().Tracks(), false))
			if offer := must(down.Offer(false)); !strings.Contains(offer, dependency.URI) ||
				!strings.Contains(offer, "a=extmap-allow-mixed\r\n") {
				t.Errorf("not offered:\n%s", offer)
			}
			r.Close()
		})
	}
}

// TestDescriptorAgain: what is sent again has the descriptor that it had the first
// time, whatever has been chosen meanwhile.
func TestDescriptorAgain(t *testing.T) {
	e := newTestEngine(t, Options{})
	s, packets := golden(t, e, trace(t, "av1-l3t3"))
	dt, w := unattached(t, e, s)
	var again []*rtp.Packet
	dt.down.shard.Call(func() {
		for i, p := range packets {
			dt.selector.SetTarget(uint8(i/7%3), uint8(i/5%3))
			dt.forward(p, int64(i))
		}
		for _, p := range w.snapshot() {
			sent := dt.log.Find(p.SequenceNumber)
			packet := s.track(0).cache.Acquire(sent.Ext)
			dt.resend(packet, sent, 0)
			packet.Release()
		}
		again = w.snapshot()
	})
	first := again[:len(again)/2]
	again = again[len(again)/2:]
	told := 0
	for i := range first {
		if !reflect.DeepEqual(first[i], again[i]) {
			t.Errorf("packet %d: sent %v, and again %v", i, first[i], again[i])
		}
		if first[i].GetExtension(5)[0] != again[i].GetExtension(5)[0] {
			told++
		}
	}
	if len(first) < 20 || told > 0 {
		t.Errorf("%d packets sent, %d told something else", len(first), told)
	}
}

// TestDescriptorTold: the active targets are told with every frame until the
// receiver has reported one that tells them (spec media.md 3.2).
func TestDescriptorTold(t *testing.T) {
	e := newTestEngine(t, Options{})
	s, packets := golden(t, e, trace(t, "av1-l1t3"))
	dt, w := unattached(t, e, s)
	tells := func() int {
		n := 0
		for _, p := range w.snapshot() {
			if b := p.GetExtension(5); len(b) > 3 && b[3]&0x40 != 0 {
				n++
			}
		}
		return n
	}
	dt.down.shard.Call(func() {
		for i, p := range packets[:8] {
			dt.forward(p, int64(i))
		}
		if n := tells(); n != 0 {
			t.Errorf("told %d times that all is sent", n)
		}
		dt.selector.SetTarget(0, 0)
		dt.forward(packets[8], 8)
		dt.descriptors.acknowledge(uint32(dt.lastOut - 1))
		dt.forward(packets[12], 12)
		if n := tells(); n != 2 {
			t.Errorf("told %d times, want 2", n)
		}
		dt.descriptors.acknowledge(uint32(dt.lastOut))
		dt.forward(packets[16], 16)
		if n := tells(); n != 2 {
			t.Errorf("told %d times after it was acknowledged", n)
		}
		dt.selector.SetTarget(0, 2)
		dt.forward(packets[20], 20)
		if n := tells(); n != 3 {
			t.Errorf("told %d times, want 3", n)
		}
	})
}

// TestDescriptorNumbers: frame numbers go on when another stream takes over, and
// when a sender has begun anew (spec media.md 3.2).
func TestDescriptorNumbers(t *testing.T) {
	w := descriptorWriter{last: 0xffff, any: true}
	w.join(nil)
	if w.shift != 0 {
		t.Error("a stream without descriptors has numbers")
	}
	w.join(&dependency.Descriptor{Number: 100})
	if got := 100 + w.shift; got != 0 {
		t.Errorf("frame number %d after %d", got, w.last)
	}

	g := trace(t, "av1-l1t3")
	s, packets := golden(t, newTestEngine(t, Options{}), g)
	last := packets[len(packets)-1].Descriptor().Number
	const key, end = 32, 50
	for _, p := range g.load(t)[key-8 : end] {
		p.SequenceNumber += 20000
		s.putRaw(p.SSRC, must(p.Marshal()))
	}
	head, _ := s.track(0).cache.Head()
	p := s.track(0).cache.Acquire(head)
	defer p.Release()
	frames := packets[end-1].Descriptor().Number - packets[key].Descriptor().Number
	if got := p.Descriptor().Number; got != last+1+frames {
		t.Errorf("frame number %d, %d before the restart", got, last)
	}
}

// TestDescriptorOpaque: payloads that cannot be read are forwarded, and their
// keyframes known, by their descriptors.
func TestDescriptorOpaque(t *testing.T) {
	for _, name := range []string{"av1-l3t3", "vp9-l3t3-key-described"} {
		t.Run(name, func(t *testing.T) {
			e := newTestEngine(t, Options{})
			g := trace(t, name)
			input := g.load(t)
			for _, p := range input {
				for i := range p.Payload {
					p.Payload[i] = 0xff
				}
			}
			s, packets := feedTrace(t, e, g, input)
			keyframes := 0
			for i, p := range packets {
				if p.Info.Keyframe == codecs.KeyframeYes {
					keyframes++
					if !p.Info.Opaque {
						t.Errorf("%s: keyframe %d is understood", name, i)
					}
				}
			}
			if keyframes != g.keyframes {
				t.Errorf("%s: %d keyframes, want %d", name, keyframes, g.keyframes)
			}
			out := replay(t, e, s, packets, func(int) (uint8, uint8) { return 0, 0 })
			checkStream(t, g, out)
			if len(out) == 0 || len(out) > len(in(packets, 0, 0)) {
				t.Errorf("%s: %d packets sent", name, len(out))
			}
		})
	}
}

// in returns the numbers of the packets of a layer.
func in[P interface{ Descriptor() *dependency.Descriptor }](packets []P, sid, tid uint8) []int {
	var list []int
	for i, p := range packets {
		if p.Descriptor().Layer == (dependency.Layer{SID: sid, TID: tid}) {
			list = append(list, i)
		}
	}
	return list
}

// TestDescriptorSize: what would not fit with a descriptor goes without.
func TestDescriptorSize(t *testing.T) {
	for size, want := range map[int]bool{1000: true, 1400: true, 1412: true, 1413: false, 1468: false} {
		var w descriptorWriter
		var h rtp.Header
		w.extend(&h, 5, []byte{0xc0, 0, 1}, size)
		if h.Extension != want {
			t.Errorf("payload of %d bytes: described %v", size, h.Extension)
		}
		if n := h.MarshalSize() + size + 16; h.Extension && n > 1452 {
			t.Errorf("payload of %d bytes: packet of %d", size, n)
		}
	}
}

// TestDescriptorAllocations: nothing is allocated for a descriptor, read or
// written (R-C.2).
func TestDescriptorAllocations(t *testing.T) {
	e := newTestEngine(t, Options{Shards: 1})
	g := trace(t, "av1-l3t3")
	s, packets := golden(t, e, g)
	input := g.load(t)
	var raw [][]byte
	for _, p := range input {
		raw = append(raw, must(p.Marshal()))
	}
	stream := s.streams[input[0].SSRC]
	seq, i := input[len(input)-1].SequenceNumber, 0
	receive := func() {
		seq++
		b := raw[i%len(raw)]
		b[2], b[3] = byte(seq>>8), byte(seq)
		stream.receive(b)
		i++
	}
	for range 3000 {
		receive()
	}
	if n := testing.AllocsPerRun(3000, receive); n != 0 {
		t.Errorf("%v allocations per packet received", n)
	}

	dt, _ := unattached(t, e, s)
	dt.output.writer = &nullWriter{}
	dt.down.shard.Call(func() {
		dt.selector.SetTarget(1, 1)
		dt.forward(packets[0], 0)
		n := 0
		allocs := testing.AllocsPerRun(1000, func() {
			p := packets[n%len(packets)]
			n++
			sent := packetmap.Sent{Ext: p.Ext}
			dt.selector.SelectDescribed(p.Descriptor(), p.Timestamp, p.Marker)
			dt.write(dt.header, dt.descriptor(p.Descriptor(), p.Ext, &sent), p.Payload(), int64(n))
		})
		if allocs != 0 {
			t.Errorf("%v allocations per packet sent", allocs)
		}
	})
}
