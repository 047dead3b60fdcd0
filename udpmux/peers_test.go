package udpmux

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/rtp"
	"github.com/pion/transport/v5"
	"github.com/pion/webrtc/v4"
)

// peers is a pair of real peer connections: one of ours, which sends, and a
// client's.
type peers struct {
	ours, client *webrtc.PeerConnection
	track        *testTrack
}

// testTrack is a track that is written to directly.
type testTrack struct {
	writer webrtc.TrackLocalWriter
	header rtp.Header
}

func (t *testTrack) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	t.writer = c.WriteStream()
	t.header = rtp.Header{Version: 2, PayloadType: uint8(c.CodecParameters()[0].PayloadType), SSRC: uint32(c.SSRC())}
	return c.CodecParameters()[0], nil
}
func (t *testTrack) Unbind(webrtc.TrackLocalContext) error { return nil }
func (t *testTrack) ID() string                            { return "t" }
func (t *testTrack) RID() string                           { return "" }
func (t *testTrack) StreamID() string                      { return "s" }
func (t *testTrack) Kind() webrtc.RTPCodecType             { return webrtc.RTPCodecTypeVideo }

// write sends the next packet.
func (t *testTrack) write(payload []byte) error {
	h := t.header
	t.header.SequenceNumber++
	_, err := t.writer.WriteRTP(&h, payload)
	return err
}

// newPeers connects two peer connections; configure makes ours use what is
// tested.
func newPeers(t testing.TB, configure func(*webrtc.SettingEngine), network transport.Net, got func([]byte)) *peers {
	t.Helper()
	p := &peers{track: &testTrack{}}
	p.ours = newPC(t, configure)
	p.client = newPC(t, func(s *webrtc.SettingEngine) {
		if network != nil {
			s.SetNet(network)
		}
		s.SetIPFilter(onlyIP("127.0.0.1"))
	})
	connected := make(chan struct{}, 2)
	for _, pc := range []*webrtc.PeerConnection{p.ours, p.client} {
		pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
			if s == webrtc.PeerConnectionStateConnected {
				connected <- struct{}{}
			}
		})
	}
	p.client.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			packet, _, err := track.ReadRTP()
			if err != nil {
				return
			}
			got(packet.Payload)
		}
	})
	if _, err := p.ours.AddTrack(p.track); err != nil {
		t.Fatal(err)
	}
	describe(t, p.ours, p.client)
	for range 2 {
		select {
		case <-connected:
		case <-time.After(2 * patience):
			t.Fatal("not connected")
		}
	}
	return p
}

// newPC returns a peer connection.
func newPC(t testing.TB, configure func(*webrtc.SettingEngine)) *webrtc.PeerConnection {
	t.Helper()
	var s webrtc.SettingEngine
	logs := logging.NewDefaultLoggerFactory()
	logs.DefaultLogLevel = logging.LogLevelDisabled
	s.LoggerFactory = logs
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetIncludeLoopbackCandidate(true)
	configure(&s)
	media := &webrtc.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		t.Fatal(err)
	}
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(s), webrtc.WithMediaEngine(media),
		webrtc.WithInterceptorRegistry(&interceptor.Registry{})).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.GracefulClose() })
	return pc
}

// describe exchanges descriptions with all candidates.
func describe(t testing.TB, a, b *webrtc.PeerConnection) {
	t.Helper()
	offer, err := a.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(a)
	if err := a.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	<-gathered
	if err := b.SetRemoteDescription(*a.LocalDescription()); err != nil {
		t.Fatal(err)
	}
	answer, err := b.CreateAnswer(nil)
	if err != nil {
		t.Fatal(err)
	}
	gathered = webrtc.GatheringCompletePromise(b)
	if err := b.SetLocalDescription(answer); err != nil {
		t.Fatal(err)
	}
	<-gathered
	if err := a.SetRemoteDescription(*b.LocalDescription()); err != nil {
		t.Fatal(err)
	}
}

// TestPeerConnections: in every mode, thousands of packets of mixed sizes
// through real peer connections are all authenticated, and delivered in order.
func TestPeerConnections(t *testing.T) {
	const receivers, packets, window = 3, 3000, 50
	for _, mode := range modes {
		t.Run(mode.String(), func(t *testing.T) {
			m := openTest(t, Options{Batching: mode})
			batch := m.NewBatch()
			type arrival struct {
				receiver int
				number   uint32
				ok       bool
			}
			arrivals := make(chan arrival, receivers*window)
			var all []*peers
			for i := range receivers {
				all = append(all, newPeers(t, func(s *webrtc.SettingEngine) {
					if err := m.ConfigureBatch(s, batch); err != nil {
						t.Error(err)
					}
				}, nil, func(b []byte) {
					n, ok := number(b)
					arrivals <- arrival{i, n, ok}
				}))
			}
			random := rand.New(rand.NewPCG(3, 4))
			var next [receivers]uint32
			for n := uint32(0); n < packets; {
				batch.Begin()
				for range window {
					b := media(n, min(size(random, n), 1400))
					for _, p := range all {
						if err := p.track.write(b); err != nil {
							t.Fatal(err)
						}
					}
					n++
				}
				batch.End()
				for range window * receivers {
					select {
					case a := <-arrivals:
						if a.number != next[a.receiver] || !a.ok {
							t.Fatalf("%+v, want %d", a, next[a.receiver])
						}
						next[a.receiver]++
					case <-time.After(patience):
						t.Fatalf("a packet before %d is missing: %+v", n, m.Stats())
					}
				}
			}
			s := m.Stats()
			t.Logf("%+v", s)
			if s.Sent < packets*receivers || s.Refused+s.Late+s.Overflowed != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// TestTwoServers: two servers in one process, both with shared sockets and the
// same preferred port, do not get in each other's way.
func TestTwoServers(t *testing.T) {
	port := freePort(t)
	received := make(chan string, 100)
	for i := range 2 {
		m := openTest(t, Options{Preferred: port})
		batch := m.NewBatch()
		p := newPeers(t, func(s *webrtc.SettingEngine) {
			if err := m.ConfigureBatch(s, batch); err != nil {
				t.Error(err)
			}
		}, nil, func(b []byte) { received <- string(b) })
		want := "from server " + strconv.Itoa(i)
		batch.Begin()
		if err := p.track.write([]byte(want)); err != nil {
			t.Fatal(err)
		}
		batch.End()
		select {
		case got := <-received:
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		case <-time.After(patience):
			t.Errorf("nothing %s", want)
		}
	}
}

// TestRestart: after an ICE restart packets flow again.
func TestRestart(t *testing.T) {
	m := openTest(t, Options{})
	batch := m.NewBatch()
	received := make(chan []byte, 100)
	p := newPeers(t, func(s *webrtc.SettingEngine) {
		if err := m.ConfigureBatch(s, batch); err != nil {
			t.Error(err)
		}
	}, nil, func(b []byte) { received <- b })
	again := make(chan struct{}, 10)
	p.ours.OnICEConnectionStateChange(func(s webrtc.ICEConnectionState) {
		if s == webrtc.ICEConnectionStateConnected {
			again <- struct{}{}
		}
	})
	offer, err := p.ours.CreateOffer(&webrtc.OfferOptions{ICERestart: true})
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(p.ours)
	if err := p.ours.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	<-gathered
	if err := p.client.SetRemoteDescription(*p.ours.LocalDescription()); err != nil {
		t.Fatal(err)
	}
	answer, err := p.client.CreateAnswer(nil)
	if err != nil {
		t.Fatal(err)
	}
	gathered = webrtc.GatheringCompletePromise(p.client)
	if err := p.client.SetLocalDescription(answer); err != nil {
		t.Fatal(err)
	}
	<-gathered
	if err := p.ours.SetRemoteDescription(*p.client.LocalDescription()); err != nil {
		t.Fatal(err)
	}
	select {
	case <-again:
	case <-time.After(2 * patience):
		t.Fatal("not connected again")
	}
	batch.Begin()
	if err := p.track.write(media(1, 100)); err != nil {
		t.Fatal(err)
	}
	batch.End()
	select {
	case b := <-received:
		if n, ok := number(b); n != 1 || !ok {
			t.Error("a packet was changed")
		}
	case <-time.After(patience):
		t.Error("nothing received after a restart")
	}
}

// quietNet is the system's network whose sockets, once muted, take packets of
// media and drop them.
type quietNet struct {
	transport.Net
	muted func() bool
}

func (n *quietNet) ListenUDP(network string, a *net.UDPAddr) (transport.UDPConn, error) {
	c, err := n.Net.ListenUDP(network, a)
	if err != nil {
		return nil, err
	}
	return &quietConn{UDPConn: c, muted: n.muted}, nil
}

type quietConn struct {
	transport.UDPConn
	muted func() bool
}

func (c *quietConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.UDPConn.ReadFrom(b)
		if err != nil || !isMedia(b[:n]) || !c.muted() {
			return n, from, err
		}
	}
}

// TestCrowd: many connections at once on all addresses, and again after they
// have gone.
func TestCrowd(t *testing.T) {
	m := openTest(t, Options{IPFilter: onlyIP("127.0.0.1", "::1")})
	for round := range 2 {
		t.Run(strconv.Itoa(round), func(t *testing.T) {
			for i := range 12 {
				t.Run(strconv.Itoa(i), func(t *testing.T) {
					t.Parallel()
					batch := m.NewBatch()
					received := make(chan []byte, 10)
					p := newPeers(t, func(s *webrtc.SettingEngine) {
						if err := m.ConfigureBatch(s, batch); err != nil {
							t.Error(err)
						}
					}, nil, func(b []byte) { received <- b })
					batch.Begin()
					if err := p.track.write(media(uint32(i), 200+i)); err != nil {
						t.Fatal(err)
					}
					batch.End()
					select {
					case b := <-received:
						if n, ok := number(b); int(n) != i || !ok {
							t.Errorf("packet of %d", n)
						}
					case <-time.After(patience):
						t.Error("nothing received")
					}
				})
			}
		})
		for _, e := range m.endpoints {
			if !e.idle() || e.table.len() != 0 {
				t.Errorf("%v is not idle after everybody has left", e.addr)
			}
		}
	}
}
