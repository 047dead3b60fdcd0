package server

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"galene/internal/testclient"
)

// natBox forwards datagrams from an address of the loopback interface that nobody
// listens on to the same port of 127.0.0.1, and back.
type natBox struct {
	outside *net.UDPConn
	inside  *net.UDPAddr
	wait    sync.WaitGroup

	in, out atomic.Int64 // packets

	mu    sync.Mutex
	flows map[netip.AddrPort]*net.UDPConn
}

// newNAT begins to forward.
func newNAT(t *testing.T, public string, port uint16) *natBox {
	t.Helper()
	outside, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(public), Port: int(port)})
	if err != nil {
		t.Fatal(err)
	}
	n := &natBox{
		outside: outside,
		inside:  &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(port)},
		flows:   make(map[netip.AddrPort]*net.UDPConn),
	}
	n.wait.Go(func() { n.forward(t) })
	t.Cleanup(n.close)
	return n
}

func (n *natBox) close() {
	_ = n.outside.Close()
	n.mu.Lock()
	for _, c := range n.flows {
		_ = c.Close()
	}
	n.mu.Unlock()
	n.wait.Wait()
}

// forward takes packets from outside.
func (n *natBox) forward(t *testing.T) {
	b := make([]byte, 2048)
	for {
		size, from, err := n.outside.ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		n.mu.Lock()
		c := n.flows[from]
		if c == nil {
			if c, err = net.DialUDP("udp4", nil, n.inside); err != nil {
				n.mu.Unlock()
				t.Error(err)
				return
			}
			n.flows[from] = c
			n.wait.Go(func() { n.back(c, from) })
		}
		n.mu.Unlock()
		n.in.Add(1)
		_, _ = c.Write(b[:size])
	}
}

// back returns packets of one flow.
func (n *natBox) back(c *net.UDPConn, to netip.AddrPort) {
	b := make([]byte, 2048)
	for {
		size, err := c.Read(b)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // nobody listened for a moment
		}
		n.out.Add(1)
		_, _ = n.outside.WriteToUDPAddrPort(b[:size], to)
	}
}

// natted returns the running server behind a NAT whose outside is 127.0.0.2.
func natted(t *testing.T, change func(*Config)) (*running, *natBox) {
	t.Helper()
	conf := configuration(t, files{"tea.json": open})
	conf.PublicAddresses = []string{"127.0.0.2"}
	change(&conf)
	s := start(t, conf)
	ports := s.engine.SharedPorts()
	if len(ports) == 0 {
		t.Fatal("no port")
	}
	return s, newNAT(t, "127.0.0.2", ports[0])
}

// isOutside says whether a candidate, or a line with one, is of the NAT's outside.
func isOutside(candidate string) bool { return strings.Contains(candidate, " 127.0.0.2 ") }

// People who can reach the server only by its public address see and hear each other:
// candidates are announced there, and what is sent there arrives.
func TestCallBehindNAT_SW8(t *testing.T) {
	s, nat := natted(t, func(*Config) {})
	outside := testclient.WithReach(isOutside)
	ada := testclient.Join(t, s.url("wss")+"/ws", "tea", "ada", "", outside)
	stream := ada.Publish("camera", testclient.Tracks(testclient.NewVideo(t), testclient.NewAudio(t)))
	bob := testclient.Join(t, s.url("wss")+"/ws", "tea", "bob", "", outside)
	bob.Request(map[string][]string{"": {"audio", "video"}})
	d := bob.AwaitStream(stream.ID)
	d.AwaitPackets("video", 20)
	d.AwaitPackets("audio", 5)
	stream.AwaitConnected()
	if in, out := nat.in.Load(), nat.out.Load(); in < 25 || out < 25 {
		t.Errorf("only %d packets came through the NAT, and %d went", in, out)
	}
}

// Those inside the NAT still reach the server directly.
func TestCallInsideNAT(t *testing.T) {
	s, nat := natted(t, func(*Config) {})
	inside := testclient.WithReach(func(c string) bool { return !isOutside(c) })
	ada := testclient.Join(t, s.url("wss")+"/ws", "tea", "ada", "", inside)
	stream := ada.Publish("camera", testclient.Tracks(testclient.NewVideo(t)))
	bob := testclient.Join(t, s.url("wss")+"/ws", "tea", "bob", "", inside)
	bob.Request(map[string][]string{"": {"video"}})
	bob.AwaitStream(stream.ID).AwaitPackets("video", 5)
	if in := nat.in.Load(); in != 0 {
		t.Errorf("%d packets came through the NAT", in)
	}
}

// The answer to an encoder, which is told of no candidate later, has the public address,
// once; and the encoder connects there.
func TestEncoderBehindNAT_SW8(t *testing.T) {
	s, nat := natted(t, func(c *Config) { c.Insecure = true })
	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	connected := make(chan struct{})
	pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state == webrtc.PeerConnectionStateConnected {
			close(connected)
		}
	})
	if _, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, webrtc.RTPTransceiverInit{
		Direction: webrtc.RTPTransceiverDirectionSendonly,
	}); err != nil {
		t.Fatal(err)
	}
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := pc.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	resp, err := client().Post(s.url("http")+"/group/tea/.whip", "application/sdp", strings.NewReader(offer.SDP))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatalf("status %d: %s (%v)", resp.StatusCode, answer, err)
	}
	var kept strings.Builder
	outside := 0
	for line := range strings.Lines(string(answer)) {
		if strings.HasPrefix(line, "a=candidate:") {
			if !isOutside(line) {
				continue
			}
			if strings.Contains(line, " 1 udp ") { // the one component that is used
				outside++
			}
		}
		kept.WriteString(line)
	}
	if outside != 1 {
		t.Fatalf("%d candidates have the public address:\n%s", outside, answer)
	}
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: kept.String()}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-connected:
	case <-time.After(testclient.Timeout):
		t.Fatal("not connected")
	}
	if nat.in.Load() == 0 {
		t.Error("nothing came through the NAT")
	}
}
