package rtpconn

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/logging"
	"github.com/pion/rtp"
	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/vnet"

	"galene/internal/lossynet"
)

// link is one direction of the path between two hosts.
type link struct {
	mu    sync.Mutex
	delay time.Duration
	cut   bool // nothing passes
	// media decides about RTP packets: how much later than others each copy
	// arrives.  Nil is the one copy, at once.
	media func() []time.Duration

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
	case l.cut:
		return nil
	case !isRTP || l.media == nil:
		return []time.Duration{l.delay}
	}
	delays := l.media()
	l.packets++
	l.copies += len(delays)
	for i := range delays {
		delays[i] += l.delay
	}
	return delays
}

// losing loses a share of the packets.
func losing(share float64, random *rand.Rand) func() []time.Duration {
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
	server         transport.Net
	hosts          int
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
	synctest.Test(t, func(t *testing.T) {
		s := &scenario{
			t: t, random: rand.New(rand.NewPCG(3, 4)), packets: vp8Packet,
			up: &link{delay: rtt / 2}, down: &link{delay: rtt / 2}, back: &link{delay: rtt / 2},
			sent: make(map[int]time.Time),
		}
		factory := logging.NewDefaultLoggerFactory()
		factory.DefaultLogLevel = logging.LogLevelDisabled
		s.router = must(vnet.NewRouter(&vnet.RouterConfig{CIDR: "10.0.0.0/24", LoggerFactory: factory}))
		s.server = s.host(func(to net.Addr) *link {
			if strings.HasPrefix(to.String(), senderIP+":") {
				return s.back
			}
			return s.down
		})
		sender := s.host(func(net.Addr) *link { return s.up })
		if err := s.router.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.router.Stop() })
		s.e = newTestEngine(t, Options{Net: s.server})
		s.p = publish(t, s.e, peerOptions{net: sender, interceptor: true}, "vp8").connected()
		s.p.sendUntil(s.p.up.Receiving, func(int) { s.send(s.next == 0) })
		f(s)
	})
}

// host adds a host to the network, whose datagrams take the link that way chooses.
func (s *scenario) host(way func(to net.Addr) *link) transport.Net {
	s.hosts++
	host := must(vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{fmt.Sprintf("10.0.0.%d", s.hosts)}}))
	if err := s.router.AddNet(host); err != nil {
		s.t.Fatal(err)
	}
	return lossynet.Shape(host, func(b []byte, to net.Addr) []time.Duration { return way(to).carry(b) })
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

// arrival is a packet that has come, and when.
type arrival struct {
	*rtp.Packet
	at time.Time
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
