package rtpconn

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/logging"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/vnet"
	"github.com/pion/webrtc/v4"

	"galene/internal/lossynet"
)

// link is one direction of the path between two hosts.
type link struct {
	mu    sync.Mutex
	delay time.Duration
	cut   bool // nothing passes
	// capacity is how many bytes of RTP pass in a second, with a buffer of 50 ms;
	// what is more is lost.  0 is no limit.
	capacity float64
	// media decides about RTP packets: how much later than others each copy
	// arrives.  Nil is the one copy, at once.
	media func() []time.Duration
	// feedback decides whether messages pass that are about a stream's payload,
	// requests for keyframes among them.  Nil is all.
	feedback func() bool

	tokens float64 // bytes that may pass now
	filled time.Time

	packets, copies int // RTP packets sent, and arrived
}

func (l *link) set(f func(l *link)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(l)
}

func (l *link) carry(b []byte) []time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	isRTCP := len(b) > 1 && b[1] >= 192 && b[1] < 224
	isRTP := len(b) >= 12 && b[0]>>6 == 2 && !isRTCP
	switch {
	case l.cut, isRTCP && b[1] == rtcpPayload && l.feedback != nil && !l.feedback():
		return nil
	case !isRTP:
		return []time.Duration{l.delay}
	}
	l.packets++
	if !l.fits(len(b)) {
		return nil
	}
	delays := []time.Duration{0}
	if l.media != nil {
		delays = l.media()
	}
	l.copies += len(delays)
	for i := range delays {
		delays[i] += l.delay
	}
	return delays
}

// fits takes a packet of some bytes from the capacity.  It is called with mu held.
func (l *link) fits(size int) bool {
	if l.capacity == 0 {
		return true
	}
	now := time.Now()
	l.tokens = min(l.tokens+l.capacity*now.Sub(l.filled).Seconds(), l.capacity/20)
	l.filled = now
	if l.tokens < float64(size) {
		return false
	}
	l.tokens -= float64(size)
	return true
}

// losing loses a share of the packets.  Each link needs its own: they work at the
// same time, and seeds come from the scenario's source.
func losing(share float64, seeds *rand.Rand) func() []time.Duration {
	random := rand.New(rand.NewPCG(seeds.Uint64(), seeds.Uint64()))
	return func() []time.Duration {
		if random.Float64() < share {
			return nil
		}
		return []time.Duration{0}
	}
}

// scenario is a sender and receivers on a virtual network, in virtual time.
type scenario struct {
	t      *testing.T
	e      *Engine
	p      *publisher
	random *rand.Rand
	router *vnet.Router
	// up is from the sender to the server, down from the server to receivers;
	// back is the other direction of both.
	up, down, back *link
	// own are the links to receivers that do not use down, by address.
	own    map[string]*link
	server transport.Net
	hosts  int
	// packets makes the n-th packet that is sent.
	packets func(n int, key bool) *rtp.Packet
	next    int
	sent    map[int]time.Time
}

// interval is the time between packets of a scenario.
const interval = 5 * time.Millisecond

// inScenario runs f in virtual time, with a sender that is connected.
func inScenario(t *testing.T, rtt time.Duration, f func(s *scenario)) {
	t.Helper()
	onNetwork(t, rtt, func(s *scenario, sender transport.Net) {
		s.p = publish(s.t, s.e, peerOptions{net: sender, interceptor: true}, "vp8").connected()
		s.p.sendUntil(s.p.up.Receiving, func(int) { s.send(s.next == 0) })
		f(s)
	})
}

// onNetwork runs f in virtual time, on the network of a server and a sender that are
// not connected.
func onNetwork(t *testing.T, rtt time.Duration, f func(s *scenario, sender transport.Net)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &scenario{
			t: t, random: rand.New(rand.NewPCG(3, 4)), packets: vp8Packet,
			up: &link{delay: rtt / 2}, down: &link{delay: rtt / 2}, back: &link{delay: rtt / 2},
			own: make(map[string]*link), sent: make(map[int]time.Time),
		}
		factory := logging.NewDefaultLoggerFactory()
		factory.DefaultLogLevel = logging.LogLevelDisabled
		s.router = must(vnet.NewRouter(&vnet.RouterConfig{CIDR: "10.0.0.0/24", LoggerFactory: factory}))
		s.server = s.host(func(to net.Addr) *link {
			host, _, _ := net.SplitHostPort(to.String())
			if host == senderIP {
				return s.back
			}
			return cmp.Or(s.own[host], s.down)
		})
		sender := s.host(func(net.Addr) *link { return s.up })
		if err := s.router.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.router.Stop() })
		s.e = newTestEngine(t, Options{Net: s.server})
		f(s, sender)
	})
}

// host adds a host to the network, whose datagrams take the link that way chooses.
func (s *scenario) host(way func(to net.Addr) *link) transport.Net {
	s.hosts++
	host := must(vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{s.address(s.hosts)}}))
	if err := s.router.AddNet(host); err != nil {
		s.t.Fatal(err)
	}
	return lossynet.Shape(host, func(b []byte, to net.Addr) []time.Duration { return way(to).carry(b) })
}

// address returns the address of the n-th host.
func (s *scenario) address(n int) string { return fmt.Sprintf("10.0.0.%d", n) }

// viewBy adds a receiver that is reached by a link of its own.
func (s *scenario) viewBy(l *link) *viewer {
	s.own[s.address(s.hosts+1)] = l
	return s.view()
}

// view adds a receiver.
func (s *scenario) view() *viewer {
	host := s.host(func(net.Addr) *link { return s.back })
	return view(s.t, s.e, peerOptions{net: host, interceptor: true}, s.p.up)
}

// send sends the next packet, and a keyframe if that is wanted.
func (s *scenario) send(key bool) {
	for len(s.p.requests["vp8"]) > 0 {
		<-s.p.requests["vp8"]
		key = true
	}
	s.p.send("vp8", s.packets(s.next, key))
	s.sent[s.next] = time.Now()
	s.next++
}

// run sends packets for some time.
func (s *scenario) run(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		s.send(false)
		time.Sleep(interval)
	}
}

// take returns what has come so far.
func take(packets <-chan *rtp.Packet) []*rtp.Packet {
	var list []*rtp.Packet
	for {
		select {
		case p, ok := <-packets:
			if !ok {
				return list
			}
			list = append(list, p)
		default:
			return list
		}
	}
}

// distinct counts the packets from first to before last, and the different
// distances between their sequence numbers and those of the sender.
func distinct(packets []*rtp.Packet, first, last int) (came, numberings int) {
	seen, distances := make(map[int]bool), make(map[uint16]bool)
	for _, p := range packets {
		if n := number(p); n >= first && n < last {
			seen[n] = true
			distances[p.SequenceNumber-uint16(n)] = true
		}
	}
	return len(seen), len(distances)
}

// stats returns what the server knows of the sender's track.
func (s *scenario) stats() UpTrackStats { return s.p.up.Stats().Tracks[0] }

var (
	scenarioLosses = []float64{0, 0.01, 0.05, 0.1, 0.2}
	scenarioRTTs   = []time.Duration{20 * time.Millisecond, 100 * time.Millisecond, 300 * time.Millisecond}
)

// TestUpLoss_V1: what a sender's network loses is asked for, and comes as
// retransmissions; the requests stay within their limits.
func TestUpLoss_V1(t *testing.T) {
	residual := []float64{0.001, 0.003, 0.01, 0.03, 0.08}
	for i, loss := range scenarioLosses {
		for _, rtt := range scenarioRTTs {
			t.Run(fmt.Sprintf("%v,%v", loss, rtt), func(t *testing.T) {
				inScenario(t, rtt, func(s *scenario) {
					s.run(time.Second)
					time.Sleep(2 * time.Second)
					before := s.stats()
					nacks := &s.p.up.snapshot()[0].nacks
					messages := nacks.asked.Load()
					first := s.next
					s.up.set(func(l *link) { l.media = losing(loss, s.random) })
					s.run(20 * time.Second)
					s.up.set(func(l *link) { l.media = nil })
					s.run(time.Second / 2)
					time.Sleep(2 * time.Second)
					after := s.stats()
					sent := s.next - first
					missing := 1 - float64(after.Packets-before.Packets)/float64(sent)
					asked := after.NACKs - before.NACKs
					messages = nacks.asked.Load() - messages
					t.Logf("%.2f %% missing, %d of %d asked for in %d messages, %d keyframes wanted",
						missing*100, asked, sent, messages, after.KeyframeRequests-before.KeyframeRequests)
					if missing > residual[i] {
						t.Errorf("%.2f %% of the packets are missing", missing*100)
					}
					if float64(asked) > nackShare*float64(sent)+nackBurst {
						t.Errorf("%d of %d packets asked for", asked, sent)
					}
					if float64(messages) > messageShare*float64(sent)+messageBurst {
						t.Errorf("%d requests for %d packets", messages, sent)
					}
				})
			})
		}
	}
}

// TestDownLoss_V2: of what the network of a receiver loses, 99 % of the frames
// come within a second nevertheless, up to a loss of 5 %.
func TestDownLoss_V2(t *testing.T) {
	for _, loss := range scenarioLosses {
		for _, rtt := range scenarioRTTs {
			t.Run(fmt.Sprintf("%v,%v", loss, rtt), func(t *testing.T) {
				inScenario(t, rtt, func(s *scenario) {
					v := s.view().connected().attached()
					s.send(true)
					packets := v.repair(v.track("vp8"))
					s.run(time.Second)
					first := s.next
					s.down.set(func(l *link) { l.media = losing(loss, s.random) })
					s.run(20 * time.Second)
					last := s.next
					s.down.set(func(l *link) { l.media = nil })
					s.run(time.Second)
					came, numbers := distinct(take(packets), first, last)
					share := float64(came) / float64(last-first)
					t.Logf("%.2f %% of the frames have come; %d sent again", share*100, v.down.Stats()[0].Retransmitted)
					if share < 0.99 && loss <= 0.05 || share < 0.8 {
						t.Errorf("%.2f %% of the frames have come", share*100)
					}
					if numbers != 1 {
						t.Errorf("repaired packets have other numbers: %d numberings", numbers)
					}
				})
			})
		}
	}
}

// TestReordering_V3: where packets are overtaken by two others at most, nothing
// is asked for; whatever their depth, none is forwarded twice (R-2.5, spec media.md
// 2.4).
func TestReordering_V3(t *testing.T) {
	for depth := 1; depth <= 10; depth++ {
		t.Run(fmt.Sprint(depth), func(t *testing.T) {
			inScenario(t, 20*time.Millisecond, func(s *scenario) {
				v := s.view().connected().attached()
				s.send(true)
				packets := read(v.track("vp8"))
				s.run(time.Second)
				first, before := s.next, s.stats()
				s.up.set(func(l *link) {
					l.media = func() []time.Duration {
						if s.random.Float64() < 0.1 {
							return []time.Duration{time.Duration(depth)*interval + interval/2}
						}
						return []time.Duration{0}
					}
				})
				s.run(20 * time.Second)
				last := s.next
				s.up.set(func(l *link) { l.media = nil })
				s.run(time.Second)
				after := s.stats()
				seen := make(map[int]int)
				for _, p := range take(packets) {
					seen[number(p)]++
				}
				for n := first; n < last; n++ {
					if seen[n] != 1 {
						t.Fatalf("packet %d has come %d times", n, seen[n])
					}
				}
				t.Logf("%d asked for", after.NACKs-before.NACKs)
				// The estimate of reordering must rise first.
				if n := after.NACKs - before.NACKs; depth <= 2 && n > 1 {
					t.Errorf("%d packets asked for", n)
				}
			})
		})
	}
}

// TestDuplication_V4: copies change neither statistics nor what is forwarded
//
func TestDuplication_V4(t *testing.T) {
	inScenario(t, 20*time.Millisecond, func(s *scenario) {
		v := s.view().connected().attached()
		s.send(true)
		packets := read(v.track("vp8"))
		s.run(time.Second)
		time.Sleep(time.Second)
		take(packets)
		before, first := s.stats(), s.next
		burst := 0
		s.up.set(func(l *link) {
			l.media = func() []time.Duration {
				switch {
				case burst > 0:
					burst--
				case s.random.Float64() < 0.01:
					burst = 10
				case s.random.Float64() >= 0.05:
					return []time.Duration{0}
				}
				return []time.Duration{0, interval / 2, 3 * interval}
			}
		})
		s.run(20 * time.Second)
		s.up.set(func(l *link) { l.media = nil })
		time.Sleep(time.Second)
		after := s.stats()
		copies := after.Dropped["duplicate"] - before.Dropped["duplicate"]
		sent := uint64(s.next - first)
		if n := after.Packets - before.Packets; n != sent || after.Lost != before.Lost || after.NACKs != before.NACKs {
			t.Errorf("%d packets of %d counted, %d lost, %d asked for", n, sent,
				after.Lost-before.Lost, after.NACKs-before.NACKs)
		}
		if s.up.copies-s.up.packets < 100 {
			t.Fatalf("the network has made %d copies (%d dropped)", s.up.copies-s.up.packets, copies)
		}
		list := take(packets)
		if len(list) != int(sent) {
			t.Errorf("%d packets have come of %d", len(list), sent)
		}
		for i, p := range list {
			if number(p) != first+i || p.SequenceNumber != list[0].SequenceNumber+uint16(i) {
				t.Fatalf("packet %d is %d with number %d", i, number(p)-first, p.SequenceNumber-list[0].SequenceNumber)
			}
		}
	})
}

// TestDelaySteps_V5: when the way gets ten times longer, and short again, nothing
// restarts and nothing is lost, and the round-trip time is known within a few
// reports.
func TestDelaySteps_V5(t *testing.T) {
	inScenario(t, 20*time.Millisecond, func(s *scenario) {
		v := s.view().connected().attached()
		s.send(true)
		packets := read(v.track("vp8"))
		first := s.next
		for _, rtt := range []time.Duration{20, 200, 20} {
			rtt *= time.Millisecond
			for _, l := range []*link{s.up, s.down, s.back} {
				l.set(func(l *link) { l.delay = rtt / 2 })
			}
			// Receivers report once a second, and the average is of four.
			s.run(8 * time.Second)
			if got := v.down.Stats()[0].RTT; got < rtt*3/4 || got > rtt*3/2+10*time.Millisecond {
				t.Errorf("round trip of %v instead of %v", got, rtt)
			}
		}
		if drops := s.stats().Dropped; drops["restarting"] > 0 || drops["jump"] > 0 {
			t.Errorf("restarts: %v", drops)
		}
		seen := make(map[int]bool)
		for _, p := range take(packets) {
			seen[number(p)] = true
		}
		for n := first; n < s.next-200; n++ {
			if !seen[n] {
				t.Fatalf("packet %d has not come", n)
			}
		}
	})
}

// TestBursts_V7: half a second after a burst of 200 ms in which most is lost,
// pictures flow again, from a keyframe or repaired.
func TestBursts_V7(t *testing.T) {
	inScenario(t, 40*time.Millisecond, func(s *scenario) {
		v := s.view().connected().attached()
		s.send(true)
		packets := v.repair(v.track("vp8"))
		s.run(time.Second)
		for range 10 {
			first := s.next
			s.up.set(func(l *link) { l.media = losing(0.8, s.random) })
			s.run(200 * time.Millisecond)
			s.up.set(func(l *link) { l.media = nil })
			s.run(500 * time.Millisecond)
			after := s.next
			s.run(300 * time.Millisecond)
			// Decodable is what has all its predecessors, from a keyframe on.
			decodable := newDecoder(first)
			for _, p := range take(packets) {
				decodable.add(p)
			}
			if n := decodable.upTo(); n < after {
				t.Errorf("packets from %d on cannot be decoded, the burst ended before %d", n, after)
			}
		}
	})
}

// decoder tells which packets of vp8Packet a receiver can decode.
type decoder struct {
	next int          // all before it are decodable
	have map[int]bool // packets; true is a keyframe
}

func newDecoder(first int) *decoder { return &decoder{first, make(map[int]bool)} }

func (d *decoder) add(p *rtp.Packet) { d.have[number(p)] = p.Payload[4]&1 == 0 }

// upTo returns the number that decoding has come to.
func (d *decoder) upTo() int {
	newest := 0
	for n, key := range d.have {
		newest = max(newest, n)
		if key {
			d.next = max(d.next, n)
		}
	}
	for n := d.next; n <= newest; n++ {
		if _, ok := d.have[n]; !ok {
			return n
		}
	}
	return newest + 1
}

// TestBlackout_V8: after a short break everything goes on by itself; a long one is
// noticed, and mended by an ICE restart, with the same stream and its numbers
//
func TestBlackout_V8(t *testing.T) {
	for _, length := range []time.Duration{2, 6, 40} {
		length *= time.Second
		t.Run(length.String(), func(t *testing.T) {
			inScenario(t, 40*time.Millisecond, func(s *scenario) {
				v := s.view().connected().attached()
				s.send(true)
				track := v.track("vp8")
				packets := v.repair(track)
				s.run(time.Second)
				if len(take(packets)) == 0 {
					t.Fatal("nothing has come")
				}
				cut := func(on bool) {
					for _, l := range []*link{s.up, s.down, s.back} {
						l.set(func(l *link) { l.cut = on })
					}
				}
				cut(true)
				s.run(length)
				cut(false)
				if length > 30*time.Second {
					wait(t, s.p.failed, "failure of the sender's connection")
					wait(t, v.failed, "failure of the receiver's connection")
					s.p.negotiate(&webrtc.OfferOptions{ICERestart: true})
					v.negotiate(true)
				}
				take(packets)
				end := s.next
				s.run(4 * time.Second)
				decodable := newDecoder(end)
				last := take(packets)
				for _, p := range last {
					decodable.add(p)
					if webrtc.SSRC(p.SSRC) != track.SSRC() {
						t.Fatal("the stream has changed")
					}
				}
				if n := decodable.upTo(); n < s.next-200 {
					t.Errorf("decoding has come to %d, %d is sent, the break ended at %d", n, s.next, end)
				}
				if len(v.tracks) > 0 {
					t.Error("there is a new track")
				}
			})
		})
	}
}

// TestSlowReceiver_V9: a receiver whose path is too narrow gets the lower temporal
// layers, which fit; the nine others get everything, and their sender is not slowed
// down.
func TestSlowReceiver_V9(t *testing.T) {
	inScenario(t, 20*time.Millisecond, func(s *scenario) {
		s.packets = func(n int, key bool) *rtp.Packet {
			p := layeredPacket(n, key)
			p.Timestamp = uint32(n) * uint32(interval*90/time.Millisecond)
			p.Payload = append(p.Payload, make([]byte, 400)...)
			return p
		}
		narrow := &link{delay: s.down.delay}
		slow := s.viewBy(narrow).connected().attached()
		var fast []*viewer
		for range 9 {
			fast = append(fast, s.view().connected().attached())
		}
		stats := func(v *viewer) DownTrackStats { return v.down.Stats()[0] }
		s.run(time.Second)
		slow.repair(slow.track("vp8"))
		for _, v := range fast {
			read(v.track("vp8"))
		}
		s.run(2 * time.Second)
		if st := stats(slow); st.TID != 2 || st.Target == 0 {
			t.Fatalf("before there is a limit: %+v", st)
		}
		// All layers take about 90 kB/s, the two lower ones half of that.
		narrow.set(func(l *link) { l.capacity = 60_000 })
		for end := time.Now().Add(20 * time.Second); stats(slow).TID == 2; {
			if time.Now().After(end) {
				t.Fatalf("still everything is sent: %+v", stats(slow))
			}
			s.run(100 * time.Millisecond)
		}
		if st := stats(slow); st.Capacity == 0 || st.Capacity > 660_000 {
			t.Errorf("capacity %d", st.Capacity)
		}
		s.run(time.Second) // a switch may be under way
		var before, after link
		narrow.set(func(l *link) { before.packets, before.copies = l.packets, l.copies })
		first, sent := s.next, make([]uint64, len(fast))
		for i, v := range fast {
			sent[i] = stats(v).Packets
		}
		s.run(5 * time.Second)
		narrow.set(func(l *link) { after.packets, after.copies = l.packets, l.copies })
		came, all := after.copies-before.copies, after.packets-before.packets
		if lost := all - came; lost*50 > all {
			t.Errorf("%d of %d packets lost although only what fits is sent", lost, all)
		}
		for i, v := range fast {
			f := stats(v)
			if f.TID != 2 || f.Filtered != 0 || f.Capacity != 0 || int(f.Packets-sent[i]) < (s.next-first)*95/100 {
				t.Errorf("receiver %d: %+v, %d of %d packets", i, f, f.Packets-sent[i], s.next-first)
			}
		}
		if limit := senderLimit(videos(s.p.up.snapshot())[0], s.e.clock.nanos()); limit != videoLimit {
			t.Errorf("the sender may send %d", limit)
		}
		for _, v := range fast {
			v.receiver.Close()
		}
		// Of what fits, everything is tried again in the end: the path carries two layers.
		for end := time.Now().Add(2 * time.Minute); stats(slow).TID != 1; {
			if time.Now().After(end) {
				t.Fatalf("less is sent than fits: %+v", stats(slow))
			}
			s.run(time.Second)
		}
	})
}

// TestWrap_V10: sequence numbers, timestamps and picture ids wrap while packets
// are lost, and nobody notices.
func TestWrap_V10(t *testing.T) {
	inScenario(t, 40*time.Millisecond, func(s *scenario) {
		const base = 1<<16 - 2000
		s.next = base
		s.packets = func(n int, key bool) *rtp.Packet {
			p := vp8Packet(n, key)
			p.Timestamp = uint32(n-base-2000) * 450
			return p
		}
		for range 10 {
			s.send(true) // another place in the sequence
		}
		v := s.view().connected().attached()
		s.send(true)
		packets := v.repair(v.track("vp8"))
		s.run(time.Second)
		first := s.next
		s.up.set(func(l *link) { l.media = losing(0.05, s.random) })
		s.down.set(func(l *link) { l.media = losing(0.05, s.random) })
		s.run(30 * time.Second) // 6000 packets
		last := s.next
		s.up.set(func(l *link) { l.media = nil })
		s.down.set(func(l *link) { l.media = nil })
		s.run(time.Second)
		if last < 1<<16+1000 {
			t.Fatal("nothing has wrapped")
		}
		if came, numbers := distinct(take(packets), first, last); came < (last-first)*98/100 || numbers != 1 {
			t.Errorf("%d of %d packets, %d numberings", came, last-first, numbers)
		}
		if drops := s.stats().Dropped; drops["restarting"] > 0 {
			t.Errorf("restarts: %v", drops)
		}
	})
}

// TestRestart_V11: a sender that begins anew with other numbers has a keyframe
// asked of it, and receivers see the next number, within a second (R-2.4, I6).
func TestRestart_V11(t *testing.T) {
	inScenario(t, 100*time.Millisecond, func(s *scenario) {
		v := s.view().connected().attached()
		s.send(true)
		packets := v.repair(v.track("vp8"))
		s.run(time.Second)
		before := take(packets)
		for i := range 5 {
			s.run(time.Second)
			before = append(before, take(packets)...)
			end := s.next
			s.next += 20000 + 1000*i
			jump := s.next
			s.run(time.Second)
			list := take(packets)
			for len(list) > 0 && number(list[0]) < end {
				before, list = append(before, list[0]), list[1:]
			}
			if len(list) == 0 {
				t.Fatal("nothing has come after the restart")
			}
			if d := list[0].SequenceNumber - before[len(before)-1].SequenceNumber; d != 1 || list[0].Payload[4]&1 != 0 {
				t.Errorf("goes on with number +%d, keyframe %v", d, list[0].Payload[4]&1 == 0)
			}
			t.Logf("goes on after %v", time.Duration(number(list[0])-jump)*interval)
			before = list
		}
	})
}

// TestFloods_V12: a receiver that asks for everything all the time gets what the
// limits allow, and the sender is asked for two keyframes a second; nonsense has
// no effect.
func TestFloods_V12(t *testing.T) {
	inScenario(t, 40*time.Millisecond, func(s *scenario) {
		v := s.view().connected().attached()
		s.send(true)
		track := v.track("vp8")
		packets := read(track)
		s.run(time.Second)
		list := take(packets)
		newest := list[len(list)-1].SequenceNumber
		ssrc := uint32(track.SSRC())
		before, downBefore := s.stats(), v.down.Stats()[0]
		nonsense := []byte{0x81, 205, 0xff, 0xff, 1, 2, 3, 4}
		const seconds = 20
		for i := range seconds * 100 {
			var all []uint16
			for k := range uint16(500) {
				all = append(all, newest-499+k)
			}
			v.down.inbox.put(nonsense)
			v.down.inbox.put(append(must(rtcp.Marshal([]rtcp.Packet{
				&rtcp.TransportLayerNack{MediaSSRC: ssrc, Nacks: rtcp.NackPairsFromSequenceNumbers(all)},
				&rtcp.PictureLossIndication{MediaSSRC: ssrc},
				&rtcp.FullIntraRequest{FIR: []rtcp.FIREntry{{SSRC: ssrc, SequenceNumber: uint8(i / 10)}}},
			})), nonsense...))
			s.send(false)
			newest++
			time.Sleep(10 * time.Millisecond)
		}
		after, downAfter := s.stats(), v.down.Stats()[0]
		again := downAfter.Retransmitted - downBefore.Retransmitted
		sent := downAfter.Packets - downBefore.Packets
		if limit := uint64(float64(seconds*100)*resendShare) + resendBurst*(seconds+1); again > limit || again == 0 {
			t.Errorf("%d packets of %d sent again, at most %d wanted", again, sent, limit)
		}
		if n := after.KeyframeRequests - before.KeyframeRequests; n > 2*seconds+2 || n == 0 {
			t.Errorf("%d keyframes asked for in %d s", n, seconds)
		}
		t.Logf("%d packets sent again, %d keyframes", again, after.KeyframeRequests-before.KeyframeRequests)
	})
}

// TestJoinStorm_V13: many receivers that come at once share keyframes, and all of
// them see the picture within two seconds.
func TestJoinStorm_V13(t *testing.T) {
	const receivers = 40
	inScenario(t, 20*time.Millisecond, func(s *scenario) {
		s.run(10 * time.Second) // the last keyframe has left the cache
		before, start := s.stats().KeyframeRequests, time.Now()
		var viewers []*viewer
		for i := range receivers {
			viewers = append(viewers, s.view())
			for end := start.Add(time.Duration(i+1) * time.Second / receivers); time.Now().Before(end); {
				s.run(interval)
			}
		}
		s.run(2 * time.Second)
		for _, v := range viewers {
			if n := v.down.Stats()[0].Packets; n == 0 {
				t.Error("somebody has no picture")
			}
		}
		elapsed := time.Since(start)
		n := s.stats().KeyframeRequests - before
		t.Logf("%d keyframes asked for in %v", n, elapsed)
		if n == 0 || time.Duration(n) > elapsed/keyframeInterval+1 {
			t.Errorf("%d keyframes asked for in %v", n, elapsed)
		}
	})
}
