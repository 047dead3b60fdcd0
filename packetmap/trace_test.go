package packetmap

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// choices is where a trace takes its decisions from: random numbers, or the
// bytes of a fuzzer.
type choices interface {
	// below returns a number from 0 to n-1, n being at most 256.
	below(n int) int
	// more says whether the trace goes on.
	more() bool
}

type randomChoices struct {
	*rand.Rand
	left int
}

func (c *randomChoices) below(n int) int { return c.IntN(n) }
func (c *randomChoices) more() bool      { c.left--; return c.left >= 0 }

type byteChoices []byte

func (c *byteChoices) more() bool { return len(*c) > 0 }
func (c *byteChoices) below(n int) int {
	if len(*c) == 0 {
		return n - 1
	}
	b := int((*c)[0])
	*c = (*c)[1:]
	return b % n
}

// packet is one packet of the trace.
type packet struct {
	ext   uint64
	frame Frame
	// unwanted frames are those that the receiver should not get.
	unwanted bool
}

// source makes the packets of a stream.
type source struct {
	c    choices
	ext  uint64
	id   uint64
	pid  uint16
	bits uint8
}

// frames returns the packets of a few frames, in the order in which they
// arrive: some missing, some late, some twice.
func (s *source) frames() []packet {
	var packets []packet
	for range 1 + s.c.below(6) {
		s.id++
		s.pid = (s.pid + 1) & (1<<s.bits - 1)
		unwanted := s.c.below(3) == 0
		for range 1 + s.c.below(4) {
			packets = append(packets, packet{s.ext, Frame{s.id, s.pid, s.bits}, unwanted})
			s.ext++
		}
	}
	for range s.c.below(4) {
		i := s.c.below(len(packets))
		p := packets[i]
		switch s.c.below(4) {
		case 0: // lost
			packets = slices.Delete(packets, i, i+1)
			if len(packets) == 0 {
				return nil
			}
		case 1: // twice
			packets = slices.Insert(packets, s.c.below(len(packets)), p)
		default: // late
			packets = slices.Delete(packets, i, i+1)
			packets = slices.Insert(packets, min(len(packets), i+s.c.below(8)), p)
		}
	}
	return packets
}

// epoch is what was sent between two switches of the source.
type epoch struct {
	sent   map[uint64]sentPacket // by source number
	missed map[uint64]bool       // source numbers that were not there when a later one came
	next   uint64
}

type sentPacket struct {
	packet
	out uint64
	pid uint16
}

// runTrace sends a trace through a Map and checks the invariants.
func runTrace(t *testing.T, c choices) {
	bits := []uint8{15, 7}[c.below(2)]
	s := &source{c: c, bits: bits}
	s.ext = []uint64{1 << 16, 1<<16 + 65530, 1<<32 - 5}[c.below(3)]
	s.pid = []uint16{0, 120, 32760}[c.below(3)] & (1<<bits - 1)
	start := []uint64{1 << 16, 1<<17 - 9}[c.below(2)]
	m := New(start)
	log := NewSentLog(64, 2000)
	highest, highestPID := start-1, uint16(0)
	var last sentPacket
	e := &epoch{sent: map[uint64]sentPacket{}, missed: map[uint64]bool{}}
	switched := false
	for c.more() {
		if c.below(12) == 0 && e.next != 0 {
			// Another layer, or a restart: unrelated numbers.
			e.check(t, bits)
			s.ext = 1<<16 + uint64(c.below(256))*300
			s.pid = uint16(c.below(256)) * 97 & (1<<bits - 1)
			s.id += 1000
			e = &epoch{sent: map[uint64]sentPacket{}, missed: map[uint64]bool{}}
			switched = true
		}
		for _, p := range s.frames() {
			if switched {
				if p.unwanted {
					continue // a switch happens on a frame that is wanted
				}
				m.Switch(p.ext)
			}
			if e.next == 0 {
				e.next = p.ext
			}
			for ; e.next < p.ext; e.next++ {
				e.missed[e.next] = true
			}
			e.next = max(e.next, p.ext+1)
			if p.unwanted && m.DropFrame(p.ext, p.frame) {
				if last.out == 0 {
					// Nothing was sent yet: the first packet sent
					// may even be an earlier one.
					e.missed[p.ext] = true
					e.next = 0
				}
				continue
			}
			out, pid, ok := m.MapFrame(p.ext, p.frame)
			if !ok {
				if switched {
					t.Fatal("the first packet after a switch is not sent")
				}
				continue
			}
			if before, again := e.sent[p.ext]; again {
				if before.out != out || before.pid != pid {
					t.Fatalf("%d was %d, picture %d; is now %d, picture %d",
						p.ext, before.out, before.pid, out, pid)
				}
				continue
			}
			if switched || last.out == 0 {
				if out != highest+1 {
					t.Fatalf("I6: got %d after %d", out, highest)
				}
				if mask := uint16(1)<<bits - 1; last.out != 0 && pid != (highestPID+1)&mask {
					t.Fatalf("I6: got picture %d after %d", pid, highestPID)
				}
				switched = false
				if last.out != 0 {
					log.Clear()
				}
			}
			last = sentPacket{p, out, pid}
			e.sent[p.ext] = last
			if out > highest {
				highest, highestPID = out, pid
			}
			log.Add(out, Sent{Ext: p.ext, PID: pid, Flags: SentPID})
		}
		checkLog(t, log, e, highest)
	}
	e.check(t, bits)
}

// checkLog verifies I4: what is in the log leads back to its source, and what
// was just sent is in the log.
func checkLog(t *testing.T, log *SentLog, e *epoch, highest uint64) {
	t.Helper()
	for _, p := range e.sent {
		r := log.Find(uint16(p.out))
		if recent := highest-p.out < 64; (r != nil) != recent {
			t.Fatalf("I4: %d in the log: %v; the highest is %d", p.out, r != nil, highest)
		}
		if r != nil && (r.Ext != p.ext || r.Out() != p.out || r.PID != p.pid) {
			t.Fatalf("I4: %d leads to %d, want %d", p.out, r.Ext, p.ext)
		}
	}
}

// check verifies I1, I2, I3 and I5 on what was sent in an epoch.
func (e *epoch) check(t *testing.T, bits uint8) {
	t.Helper()
	sent := make([]sentPacket, 0, len(e.sent))
	for _, p := range e.sent {
		sent = append(sent, p)
	}
	slices.SortFunc(sent, func(a, b sentPacket) int { return int(int64(a.ext - b.ext)) })
	for i := 1; i < len(sent); i++ {
		a, b := sent[i-1], sent[i]
		if b.out <= a.out {
			t.Fatalf("I1, I3: %d is sent as %d, %d as %d", a.ext, a.out, b.ext, b.out)
		}
		missed := uint64(0)
		for ext := a.ext + 1; ext < b.ext; ext++ {
			if e.missed[ext] {
				missed++
			}
		}
		if gap := b.out - a.out - 1; gap > missed {
			t.Fatalf("I2: between %d and %d, %d packets were missing, but the gap is %d",
				a.ext, b.ext, missed, gap)
		}
		mask := uint16(1)<<bits - 1
		advance := uint64((b.pid - a.pid) & mask)
		// Not reduced by the mask: more frames may be dropped than there are
		// picture ids.
		frames := b.frame.ID - a.frame.ID
		switch {
		case frames == 0 && advance != 0,
			frames != 0 && (advance == 0 || advance > min(frames, missed+1)):
			t.Fatalf("I5: pictures %d and %d, %d missing, are sent as %d and %d",
				a.frame.PID, b.frame.PID, missed, a.pid, b.pid)
		}
	}
}

func TestInvariants(t *testing.T) {
	traces := uint64(3000)
	if testing.Short() {
		traces = 300
	}
	for seed := range traces {
		runTrace(t, &randomChoices{rand.New(rand.NewPCG(seed, 3)), 20})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func FuzzRenumber(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 1, 3, 0, 2, 1, 3, 2, 0, 1, 4, 2, 3, 1, 5})
	f.Add([]byte("the quick brown fox jumps over the lazy dog, again and again and again"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 500 {
			data = data[:500]
		}
		c := byteChoices(data)
		runTrace(t, &c)
	})
}
