package rtpconn

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4/pkg/media/rtpdump"

	"galene/codecs"
	"galene/codecs/dependency"
	"galene/layers"
	"galene/packetcache"
)

// dependencyURI is that of dependency descriptors.
const dependencyURI = dependency.URI

// goldenTrace is what a browser has sent, in testdata/traces (spec media.md 10.3),
// and what we make of it.  TestRecordTraces records them.
type goldenTrace struct {
	name      string
	browser   string
	codec     string
	mode      string // scalability mode, or empty
	described bool   // with dependency descriptors

	layers        string // that occur
	keyframes     int
	width, height uint16 // of the first keyframe
}

func (g goldenTrace) path() string {
	return filepath.Join("testdata", "traces", g.name+".rtpdump")
}

const (
	oneByTwo     = "S0T0 S0T1"
	oneByThree   = "S0T0 S0T1 S0T2"
	threeByThree = "S0T0 S0T1 S0T2 S1T0 S1T1 S1T2 S2T0 S2T1 S2T2"
)

var goldenTraces = []goldenTrace{
	{"av1-l1t2", "chromium", "av1", "L1T2", true, oneByTwo, 2, 960, 540},
	{"av1-l1t3", "chromium", "av1", "L1T3", true, oneByThree, 2, 960, 540},
	{"av1-l2t1", "chromium", "av1", "L2T1", true, "S0T0 S1T0", 2, 960, 540},
	{"av1-l3t3", "chromium", "av1", "L3T3", true, threeByThree, 2, 960, 540},
	{"av1-l3t3-key", "chromium", "av1", "L3T3_KEY", true, threeByThree, 2, 960, 540},
	{"vp8-l1t3", "chromium", "vp8", "L1T3", false, oneByThree, 2, 960, 540},
	{"vp9-l1t2", "chromium", "vp9", "L1T2", false, oneByTwo, 2, 960, 540},
	{"vp9-l3t3-key", "chromium", "vp9", "L3T3_KEY", false, threeByThree, 2, 960, 540},
	{"vp9-l3t3-key-described", "chromium", "vp9", "L3T3_KEY", true, threeByThree, 2, 960, 540},
	{"h264", "chromium", "h264", "", false, "S0T0", 2, 960, 540},
	{"firefox-vp8", "firefox", "vp8", "", false, "S0T0", 2, 640, 360},
	{"firefox-vp9", "firefox", "vp9", "", false, "S0T0", 2, 640, 360},
}

// goldenDescriptor is the identifier of dependency descriptors in the traces.
const goldenDescriptor = 13

// load returns the packets of the trace's media stream.
func (g goldenTrace) load(t *testing.T) []*rtp.Packet {
	t.Helper()
	f := must(os.Open(g.path()))
	defer f.Close()
	reader, _, err := rtpdump.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var packets []*rtp.Packet
	for {
		record, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return packets
		}
		p := &rtp.Packet{}
		if err != nil || p.Unmarshal(record.Payload) != nil {
			t.Fatalf("record %d cannot be read: %v", len(packets), err)
		}
		if len(packets) == 0 || p.SSRC == packets[0].SSRC {
			packets = append(packets, p)
		}
	}
}

// golden feeds a trace to a track, and returns the packets that it hands on.  They
// are released with the test.
func golden(t *testing.T, e *Engine, g goldenTrace) (*source, []*packetcache.Packet) {
	t.Helper()
	return feedTrace(t, e, g, g.load(t))
}

func feedTrace(t *testing.T, e *Engine, g goldenTrace, input []*rtp.Packet) (*source, []*packetcache.Packet) {
	t.Helper()
	up, err := e.NewUp(UpParams{ID: "up-id", Codecs: codecs.Lookup(g.codec)})
	if err != nil {
		t.Fatal(err)
	}
	s := &section{mid: "0", kind: codecs.Video, active: true, ssrcs: []uint32{input[0].SSRC}}
	if g.described {
		s.dependencyExtension = goldenDescriptor
	}
	s.formats[input[0].PayloadType] = &format{codec: codecs.Lookup(g.codec)[0]}
	up.install([]*section{s})
	src := &source{up: up, streams: make(map[uint32]*rtpStream)}
	cache := src.track(0).cache
	var packets []*packetcache.Packet
	for _, p := range input {
		src.putRaw(p.SSRC, must(p.Marshal()))
		head, _ := cache.Head()
		if q := cache.Acquire(head); q != nil && (len(packets) == 0 || q.Ext > packets[len(packets)-1].Ext) {
			packets = append(packets, q)
		} else if q != nil {
			q.Release()
		}
	}
	if drops := src.track(0).drops.snapshot(); len(packets) != len(input) {
		t.Fatalf("%d packets of %d, dropped: %v", len(packets), len(input), drops)
	}
	t.Cleanup(func() {
		for _, p := range packets {
			p.Release()
		}
	})
	return src, packets
}

// TestGoldenParse: what browsers send is understood, all of it, when it comes, and what
// was learnt is kept with the packets.
func TestGoldenParse(t *testing.T) {
	for _, g := range goldenTraces {
		t.Run(g.name, func(t *testing.T) {
			s, packets := golden(t, newTestEngine(t, Options{}), g)
			layers := make(map[string]bool)
			keyframes, starts, ends := 0, 0, 0
			for i, p := range packets {
				if !p.Info.Known || p.Info.Opaque || g.described != (p.Descriptor() != nil) {
					t.Errorf("packet %d: %+v, descriptor %v", i, p.Info, p.Descriptor())
				}
				layers[fmt.Sprintf("S%dT%d", p.Info.SID, p.Info.TID)] = true
				if p.Info.Keyframe == codecs.KeyframeYes {
					keyframes++
				}
				if p.Info.Start {
					starts++
				}
				if p.Info.End {
					ends++
				}
			}
			var names []string
			for name := range layers {
				names = append(names, name)
			}
			slices.Sort(names)
			if got := strings.Join(names, " "); got != g.layers {
				t.Errorf("layers %s", got)
			}
			if keyframes != g.keyframes || starts != ends {
				t.Errorf("%d keyframes, %d starts and %d ends of frames", keyframes, starts, ends)
			}
			if w, h, ok := dimensions(codecs.Lookup(g.codec)[0], packets[0]); w != g.width || h != g.height || !ok {
				t.Errorf("%d×%d pixels", w, h)
			}
			if drops := s.track(0).drops.snapshot(); drops != nil {
				t.Errorf("dropped: %v", drops)
			}
		})
	}
}

// unattached returns a down track that gets only what the test gives it, and what
// it writes to.
func unattached(t testing.TB, e *Engine, s *source) (*downTrack, *recordingWriter) {
	t.Helper()
	r := e.NewReceiver()
	t.Cleanup(r.Close)
	w := &recordingWriter{}
	dt := newDownTrack(must(r.NewDown(s.up, DownParams{})), s.up.Tracks()[0])
	dt.output = &output{writer: w, ssrc: 1, payloadType: 1, descriptor: 5}
	dt.header = rtp.Header{Version: 2, SSRC: 1, PayloadType: 1}
	return dt, w
}

// replay sends packets to a receiver, with a choice of layers made before each, and
// returns what it gets.
func replay(t *testing.T, e *Engine, s *source, packets []*packetcache.Packet,
	choose func(i int) (sid, tid uint8)) []*rtp.Packet {
	t.Helper()
	dt, w := unattached(t, e, s)
	dt.down.shard.Call(func() {
		for i, p := range packets {
			dt.selector.SetTarget(choose(i))
			dt.forward(p, int64(i))
		}
	})
	return w.snapshot()
}

// TestGoldenLayers: whatever layers are chosen, and whenever the choice changes,
// a receiver gets frames that refer only to frames that it gets, in packets
// without gaps, with one marker at the end of each picture, and is told which
// targets it can decode (R-2.81, R-2.82, spec media.md 8.5).
func TestGoldenLayers(t *testing.T) {
	for _, g := range goldenTraces {
		t.Run(g.name, func(t *testing.T) {
			e := newTestEngine(t, Options{})
			s, packets := golden(t, e, g)
			for sid := range uint8(3) {
				for tid := range uint8(3) {
					out := replay(t, e, s, packets, func(int) (uint8, uint8) { return sid, tid })
					checkStream(t, g, out)
					checkLayers(t, g, packets, out, sid, tid)
				}
			}
			for seed := range uint64(200) {
				random := rand.New(rand.NewPCG(seed, 1))
				sid, tid := uint8(layers.Top), uint8(layers.Top)
				checkStream(t, g, replay(t, e, s, packets, func(int) (uint8, uint8) {
					if random.IntN(20) == 0 {
						sid, tid = uint8(random.IntN(3)), uint8(random.IntN(3))
					}
					return sid, tid
				}))
			}
		})
	}
}

// TestGoldenUnchanged: who gets everything gets it as it was, with the header
// extensions of its own connection only; but of a stream whose upper layers do
// without the lower ones, nobody gets everything.
func TestGoldenUnchanged(t *testing.T) {
	for _, g := range goldenTraces {
		if strings.HasSuffix(g.mode, "_KEY") {
			continue
		}
		t.Run(g.name, func(t *testing.T) {
			e := newTestEngine(t, Options{})
			s, packets := golden(t, e, g)
			out := replay(t, e, s, packets, func(int) (uint8, uint8) { return layers.Top, layers.Top })
			for i, in := range g.load(t) {
				if i >= len(out) || len(out[i].Extensions) > 1 || string(out[i].Payload) != string(in.Payload) || out[i].Marker != in.Marker ||
					g.described && string(out[i].GetExtension(5)) != string(in.GetExtension(goldenDescriptor)) {
					t.Fatalf("packet %d has changed", i)
				}
			}
		})
	}
}

// checkStream checks what holds for every choice of layers.
func checkStream(t *testing.T, g goldenTrace, out []*rtp.Packet) {
	t.Helper()
	var reader dependency.Reader
	got := make(map[uint16]bool)
	for i, p := range out {
		last := i+1 == len(out) || out[i+1].Timestamp != p.Timestamp
		if i > 0 && p.SequenceNumber != out[i-1].SequenceNumber+1 {
			t.Fatalf("packet %d has number %d after %d", i, p.SequenceNumber, out[i-1].SequenceNumber)
		}
		if p.Marker != last && i+1 != len(out) {
			t.Fatalf("packet %d has marker %v, end of its picture %v", i, p.Marker, last)
		}
		if !g.described {
			continue
		}
		var d dependency.Descriptor
		if err := reader.Read(p.GetExtension(5), false, &d); err != nil {
			t.Fatalf("packet %d: %v", i, err)
		}
		for _, back := range d.References[:d.ReferenceCount] {
			if !got[d.Number-back] {
				t.Fatalf("packet %d, frame %d, refers to frame %d, which was not sent", i, d.Number, d.Number-back)
			}
		}
		if d.Active&d.Indications.Present() == 0 {
			t.Fatalf("packet %d belongs to no target in %b", i, d.Active)
		}
		got[d.Number] = true
	}
}

// checkLayers checks what a receiver of the layers up to sid and tid gets: all
// that is needed for the best target within them, and nothing else.
func checkLayers(t *testing.T, g goldenTrace, in []*packetcache.Packet, out []*rtp.Packet, sid, tid uint8) {
	t.Helper()
	codec := codecs.Lookup(g.codec)[0]
	var reader dependency.Reader
	timestamps := make(map[uint32]bool)
	for _, p := range out {
		info := codec.Parse(p.Payload, p.Marker, true)
		if g.described {
			var d dependency.Descriptor
			if err := reader.Read(p.GetExtension(5), false, &d); err != nil {
				t.Fatal(err)
			}
			info = info.Described(&d)
			for target := range d.Structure.Targets() {
				l := d.Structure.Layer(target)
				if d.Active>>target&1 != 0 && (l.SID > sid || l.TID > tid) {
					t.Fatalf("S%dT%d: the receiver is told of S%dT%d", sid, tid, l.SID, l.TID)
				}
			}
		}
		if info.SID > sid || info.TID > tid {
			t.Fatalf("S%dT%d: sent S%dT%d", sid, tid, info.SID, info.TID)
		}
		timestamps[p.Timestamp] = true
	}
	pictures := make(map[uint32]bool)
	for _, p := range in {
		if p.Info.TID <= tid {
			pictures[p.Timestamp] = true
		}
	}
	if len(timestamps) != len(pictures) {
		t.Errorf("S%dT%d: %d pictures, want %d", sid, tid, len(timestamps), len(pictures))
	}
}
