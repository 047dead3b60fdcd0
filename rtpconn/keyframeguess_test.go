package rtpconn

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/transport/v5"

	"galene/codecs"
	"galene/packetcache"
)

// guessStep is a packet with a payload of some bytes, or, without one, a request for a
// keyframe.
type guessStep struct {
	size   int
	begins bool // a frame
	lost   bool // it comes with the step that repairs, if any
	repair bool // the packet lost before comes now
	plain  bool // the payload can be read, and is no keyframe
	key    bool // … and is a keyframe
	after  time.Duration
}

// guessing feeds packets to a keyframeGuess.
type guessing struct {
	guess     keyframeGuess
	codec     codecs.Codec
	random    *rand.Rand
	asked     uint64
	now       int64
	ext, lost uint64
	timestamp uint32
	gap       bool
}

// step returns what is made of a packet: n, y, u or b, the initials of the answers, or nothing.
func (g *guessing) step(s guessStep) string {
	g.now += int64(s.after)
	if s.size == 0 {
		g.asked++
		return ""
	}
	ext := g.lost
	if !s.repair {
		g.ext++
		ext = g.ext
		if s.begins {
			g.timestamp += 3000
			g.now += int64(30 * time.Millisecond)
		}
	}
	if s.lost {
		g.lost, g.gap = ext, true
		return ""
	}
	payload := encrypted(g.random, s.size, s.begins)
	switch {
	case s.plain:
		payload[1] |= 1
	case s.key:
		copy(payload[1:], []byte{0, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01})
	}
	p := &packetcache.Packet{Ext: ext, Timestamp: g.timestamp, Arrival: g.now}
	p.Info = g.codec.Parse(payload, false, s.begins)
	g.guess.look(p, g.codec, payload, s.repair, g.gap && !s.repair, g.asked)
	if !s.repair {
		g.gap = false
	}
	return p.Info.Keyframe.String()[:1]
}

// encrypted makes a payload with a descriptor of VP8, without extensions.
func encrypted(random *rand.Rand, size int, begins bool) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	b[0] = 0
	if begins {
		b[0] = 0x10
	}
	return b
}

// TestKeyframeGuess: a frame after a request that is larger than four times the median is
// taken for a keyframe, if payloads cannot be read.
func TestKeyframeGuess(t *testing.T) {
	ask := guessStep{}
	frame := func(size int) guessStep { return guessStep{size: size, begins: true} }
	more := func(size int) guessStep { return guessStep{size: size} }
	for _, test := range []struct {
		name   string
		before int // frames of 300 bytes
		plain  bool
		steps  []guessStep
		want   string
	}{
		{"after a request", 40, false, []guessStep{ask, frame(300), frame(1000), more(1000), more(1000), frame(300)}, "nnbnn"},
		{"in one packet", 40, false, []guessStep{ask, frame(1201), frame(1201)}, "bn"},
		{"not large enough", 40, false, []guessStep{ask, frame(1000), more(200), frame(300)}, "nnn"},
		{"nothing was asked for", 40, false, []guessStep{frame(1000), more(1000)}, "nn"},
		{"it was on the way already", 40, false, []guessStep{frame(1000), ask, more(1000), frame(2000)}, "nnb"},
		{"asked for twice", 40, false, []guessStep{ask, frame(2000), ask, frame(300), frame(2000)}, "bnb"},
		{"repeated", 40, false, []guessStep{ask, frame(300), ask, frame(2000), frame(2000)}, "nbn"},
		{"the packet before is missing", 40, false, []guessStep{ask, frame(300), {size: 300, lost: true},
			frame(2000), frame(2000)}, "nnb"},
		{"a packet is missing", 40, false, []guessStep{ask, frame(1000), {size: 1000, lost: true}, more(1000),
			more(1000), frame(300)}, "nnnn"},
		{"a packet comes late", 40, false, []guessStep{ask, frame(1000), {size: 1000, lost: true}, more(1000),
			{size: 1000, repair: true}, more(1000)}, "nnbn"},
		{"a packet of the frame before comes late", 40, false, []guessStep{frame(300), {size: 1000, lost: true}, ask,
			frame(100), {size: 1000, repair: true}, more(300)}, "nnnn"},
		{"none comes", 40, false, []guessStep{ask, frame(300), {size: 300, begins: true, after: time.Second}, frame(300)}, "nun"},
		{"nothing to compare with", 6, false, []guessStep{ask, frame(2000), {size: 2000, begins: true, after: 2 * time.Second}}, "nu"},
		{"readable", 40, true, []guessStep{ask, {size: 2000, begins: true, plain: true}, {size: 300, begins: true, key: true}}, "ny"},
		{"readable again", 40, false, []guessStep{frame(300), {size: 300, begins: true, key: true}, ask,
			{size: 2000, begins: true, plain: true}}, "nyn"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for seed := range uint64(20) {
				g := &guessing{codec: codecs.Lookup("vp8")[0], random: rand.New(rand.NewPCG(seed, 1))}
				if !test.plain {
					g.guess.doubt = doubtMost
				}
				for range test.before {
					g.step(guessStep{size: 300, begins: true, plain: test.plain})
				}
				got := ""
				for _, s := range test.steps {
					got += g.step(s)
				}
				if got != test.want {
					t.Fatalf("seed %d: %q, want %q", seed, got, test.want)
				}
			}
		})
	}
}

// TestKeyframeGuessDoubt: whether payloads are encrypted is found out soon, whatever the
// codec, and one that is spoilt does not count.
func TestKeyframeGuessDoubt(t *testing.T) {
	for _, name := range []string{"vp8", "vp9", "h264", "h265", "av1"} {
		g := &guessing{codec: codecs.Lookup(name)[0], random: rand.New(rand.NewPCG(5, 6))}
		payload := make([]byte, 300)
		n := 0
		for ; g.guess.doubt < doubtEnough && n < 1000; n++ {
			for i := range payload {
				payload[i] = byte(g.random.Uint32())
			}
			if name == "vp8" || name == "vp9" {
				payload[0] = 0x18 // S of the one, B of the other
			}
			p := &packetcache.Packet{Ext: uint64(n), Timestamp: uint32(n), Info: g.codec.Parse(payload, true, true)}
			g.guess.look(p, g.codec, payload, false, false, 0)
		}
		if n > 100 {
			t.Errorf("%s: %d frames", name, n)
		}
	}

	g := &guessing{codec: codecs.Lookup("vp8")[0], random: rand.New(rand.NewPCG(5, 6))}
	for i := range 1000 {
		if got := g.step(guessStep{size: 300, begins: true, plain: i%20 != 0}); i%20 != 0 && got != "n" {
			t.Fatalf("frame %d: %s", i, got)
		}
		if g.guess.doubt >= doubtEnough {
			t.Fatalf("one packet in 20 is spoilt, and payloads are taken for encrypted")
		}
	}
}

// TestKeyframeGuessVP9: the payload descriptor of VP9 tells keyframes of a payload that
// cannot be read, whatever that looks like.
func TestKeyframeGuessVP9(t *testing.T) {
	c := codecs.Lookup("vp9")[0]
	g := keyframeGuess{doubt: doubtMost}
	for n := range 1024 {
		payload := []byte{0x08, byte(n>>2) * 37, 1, 2, 3, 4} // B
		if n%4 != 0 {
			payload[0] = []byte{0, 0x48, 0x00, 0x40}[n%4] // P and B, neither, P
		}
		p := &packetcache.Packet{Ext: uint64(n), Timestamp: uint32(n), Info: c.Parse(payload, true, true)}
		g.look(p, c, payload, false, false, uint64(n))
		want := codecs.KeyframeNo
		if n%4 == 0 {
			want = codecs.KeyframeYes
		}
		if p.Info.Keyframe != want || p.Info.Opaque != p.Info.Start {
			t.Fatalf("payload %x: %+v", payload, p.Info)
		}
	}
}

// TestKeyframeGuessAllocations: nothing is allocated to guess (R-C.2).
func TestKeyframeGuessAllocations(t *testing.T) {
	c := codecs.Lookup("vp8")[0]
	g := keyframeGuess{doubt: doubtMost}
	payload := encrypted(rand.New(rand.NewPCG(1, 2)), 300, true)
	p := new(packetcache.Packet)
	allocs := testing.AllocsPerRun(1000, func() {
		p.Ext, p.Timestamp = p.Ext+1, p.Timestamp+3000
		p.Info = c.Parse(payload, true, true)
		g.look(p, c, payload, false, false, p.Ext/10)
	})
	if allocs != 0 || !g.open {
		t.Errorf("%v allocations, awaiting a keyframe: %v", allocs, g.open)
	}
}

// encryptedStream makes packets of VP8 whose payload nobody can read: frames of one packet,
// and keyframes of several.
type encryptedStream struct {
	random    *rand.Rand
	keyframes []int // numbers of their first packets
	rest      int   // packets of the keyframe that are still to come
	frames    uint32
}

// keyframeParts is the number of packets of a keyframe.
const keyframeParts = 5

func (e *encryptedStream) packet(n int, key bool) *rtp.Packet {
	begins, size := e.rest == 0, 1000
	switch {
	case !begins:
		e.rest--
	case key:
		e.rest = keyframeParts - 1
		e.keyframes = append(e.keyframes, n)
	default:
		size = 300
	}
	if begins {
		e.frames++
	}
	payload := encrypted(e.random, size, begins)
	binary.BigEndian.PutUint32(payload[size-4:], uint32(n))
	return &rtp.Packet{
		Header: rtp.Header{
			Version: 2, Marker: e.rest == 0, SequenceNumber: uint16(n), Timestamp: e.frames * 3000,
		},
		Payload: payload,
	}
}

// TestEncryptedNewcomer: where payloads are encrypted end to end, a newcomer is served from
// the frame that is taken for a keyframe, which the sender has been asked for, and the next
// newcomer from the same one.
func TestEncryptedNewcomer(t *testing.T) {
	onNetwork(t, 40*time.Millisecond, func(s *scenario, sender transport.Net) {
		t := s.t
		stream := &encryptedStream{random: rand.New(rand.NewPCG(7, 8))}
		s.packets = stream.packet
		s.p = publish(s.t, s.e, peerOptions{net: sender, interceptor: true}, "vp8").connected()
		s.p.sendUntil(s.p.up.Receiving, func(int) { s.send(s.next == 0) })
		s.run(2 * time.Second)
		asked := s.stats().KeyframeRequests
		before := len(stream.keyframes)

		comes := func(who string) {
			v := s.view().connected().attached()
			s.run(100 * time.Millisecond)
			received := read(v.track("vp8"))
			s.run(100 * time.Millisecond)
			packets := take(received)
			if len(stream.keyframes) != before+1 {
				t.Fatalf("%s: %d keyframes were sent", who, len(stream.keyframes)-before)
			}
			if n := s.stats().KeyframeRequests - asked; n != 1 {
				t.Errorf("%s: %d requests for keyframes", who, n)
			}
			first := stream.keyframes[before]
			if len(packets) < 2*keyframeParts {
				t.Fatalf("%s: %d packets have come", who, len(packets))
			}
			for i, p := range packets {
				if number(p) != first+i || p.SequenceNumber != packets[0].SequenceNumber+uint16(i) {
					t.Fatalf("%s: packet %d is number %d, and the keyframe began with %d", who, i, number(p), first)
				}
			}
		}
		comes("the first")
		comes("the second")
	})
}
