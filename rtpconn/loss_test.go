package rtpconn

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/logging"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/transport/v5/vnet"
	"github.com/pion/webrtc/v4"
)

// network is a virtual network of a server, a sender and a receiver, that loses
// RTP packets once it is told to.
type network struct {
	server, sender, receiver *vnet.Net

	percent atomic.Int32
	cut     atomic.Bool      // nothing passes
	lost    [2]atomic.Uint32 // from the sender, to the receiver

	mu     sync.Mutex
	random *rand.Rand
}

const (
	serverIP   = "10.0.0.1"
	senderIP   = "10.0.0.2"
	receiverIP = "10.0.0.3"
)

func newNetwork(t *testing.T) *network {
	t.Helper()
	n := &network{random: rand.New(rand.NewPCG(1, 2))}
	factory := logging.NewDefaultLoggerFactory()
	factory.DefaultLogLevel = logging.LogLevelDisabled
	router, err := vnet.NewRouter(&vnet.RouterConfig{
		CIDR: "10.0.0.0/24", MinDelay: 10 * time.Millisecond, LoggerFactory: factory,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []struct {
		ip  string
		net **vnet.Net
	}{{serverIP, &n.server}, {senderIP, &n.sender}, {receiverIP, &n.receiver}} {
		*host.net = must(vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{host.ip}}))
		if err := router.AddNet(*host.net); err != nil {
			t.Fatal(err)
		}
	}
	router.AddChunkFilter(n.passes)
	if err := router.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = router.Stop() })
	return n
}

// passes decides whether a packet is lost.
func (n *network) passes(c vnet.Chunk) bool {
	if n.cut.Load() {
		return false
	}
	data := c.UserData()
	rtcp := len(data) > 1 && data[1] >= 192 && data[1] < 224
	if len(data) < 12 || data[0]>>6 != 2 || rtcp {
		return true
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.random.Int32N(100) >= n.percent.Load() {
		return true
	}
	if c.SourceAddr().String()[:len(senderIP)] == senderIP {
		n.lost[0].Add(1)
	} else {
		n.lost[1].Add(1)
	}
	return false
}

// TestLoss: lost packets are repaired in both directions, with and without a
// retransmission stream, and each gets the number that it had.
func TestLoss(t *testing.T) {
	for _, noRTX := range []bool{false, true} {
		t.Run(fmt.Sprintf("noRTX=%v", noRTX), func(t *testing.T) {
			n := newNetwork(t)
			e := newTestEngine(t, Options{Net: n.server})
			p := publish(t, e, peerOptions{net: n.sender, interceptor: true, noRTX: noRTX}, "vp8").connected()
			next := 0
			p.sendUntil(p.up.Receiving, func(int) { p.send("vp8", vp8Packet(next, next == 0)); next++ })
			v := view(t, e, peerOptions{net: n.receiver, interceptor: true, noRTX: noRTX}, p.up)
			v.connected().attached()
			first := next
			p.send("vp8", vp8Packet(next, true))
			next++
			packets := v.repair(v.track("vp8"))
			for number(wait(t, packets, "keyframe")) != first {
			}

			n.percent.Store(5)
			const count = 1000
			last := first + count
			got := make(map[int]*rtp.Packet)
			for next <= last+50 {
				if next > last {
					n.percent.Store(0) // so that the last loss is noticed
				}
				p.send("vp8", vp8Packet(next, false))
				next++
				time.Sleep(2 * time.Millisecond)
			}
			for len(got) < count {
				pk := wait(t, packets, fmt.Sprintf("packet: %d of %d have come", len(got), count))
				if k := number(pk); k > first && k <= last {
					got[k] = pk
				}
			}
			if up, down := n.lost[0].Load(), n.lost[1].Load(); up < 20 || down < 20 {
				t.Fatalf("lost %d and %d packets only", up, down)
			}
			numbers := make(map[uint16]bool)
			for k, pk := range got {
				numbers[pk.SequenceNumber-uint16(k)] = true
			}
			if len(numbers) != 1 {
				t.Errorf("repaired packets have other numbers: %v", numbers)
			}
			up, down := p.up.Stats().Tracks[0], v.down.Stats()[0]
			if (up.Recovered == 0) != noRTX || up.NACKs < 20 {
				t.Errorf("sender: %d asked for, %d recovered", up.NACKs, up.Recovered)
			}
			if down.Retransmitted < 20 || down.RTT < 15*time.Millisecond || down.RTT > time.Second {
				t.Errorf("receiver: %d retransmitted, round trip %v", down.Retransmitted, down.RTT)
			}
			if up.NACKs > 3*uint64(n.lost[0].Load())+20 {
				t.Errorf("%d packets asked for, %d lost", up.NACKs, n.lost[0].Load())
			}
		})
	}
}

// repair reads the packets of a track into a channel, and asks for those that
// are missing, again and again.  (Pion's generator does not see what comes as
// RTX, and goes on to ask for it.)
func (v *viewer) repair(track *webrtc.TrackRemote) <-chan *rtp.Packet {
	in, out := read(track), make(chan *rtp.Packet, 10000)
	go func() {
		defer close(out)
		seen := make(map[uint16]bool)
		var first, last uint16
		ticker := time.NewTicker(50 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case p, ok := <-in:
				if !ok {
					return
				}
				if len(seen) == 0 {
					first, last = p.SequenceNumber, p.SequenceNumber
				}
				if int16(p.SequenceNumber-last) > 0 {
					last = p.SequenceNumber
				}
				seen[p.SequenceNumber] = true
				out <- p
			case <-ticker.C:
				var missing []uint16
				for seq := first; seq != last && len(seen) > 0; seq++ {
					if !seen[seq] {
						missing = append(missing, seq)
					}
				}
				if len(missing) > 0 {
					_ = v.pc.WriteRTCP([]rtcp.Packet{&rtcp.TransportLayerNack{
						MediaSSRC: uint32(track.SSRC()),
						Nacks:     rtcp.NackPairsFromSequenceNumbers(missing),
					}})
				}
			}
		}
	}()
	return out
}
