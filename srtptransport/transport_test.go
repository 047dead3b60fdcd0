package srtptransport

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/fingerprint"
	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// patience is how long something is waited for that has to come.
const patience = 20 * time.Second

// peer is one end of a path in a test.
type peer struct {
	*Transport
	t           *testing.T
	certificate tls.Certificate
	candidates  chan ice.Candidate
	connected   chan struct{}
	failed      chan struct{}
	reports     chan []byte
	warnings    chan string
}

// Write takes a line of pion's log.
func (p *peer) Write(line []byte) (int, error) {
	select {
	case p.warnings <- string(line):
	default:
	}
	return len(line), nil
}

func newPeer(t *testing.T, profiles ...dtls.SRTPProtectionProfile) *peer {
	t.Helper()
	if len(profiles) == 0 {
		profiles = []dtls.SRTPProtectionProfile{dtls.SRTP_AEAD_AES_128_GCM}
	}
	p := &peer{
		t: t, certificate: newCertificate(t),
		candidates: make(chan ice.Candidate, 100),
		connected:  make(chan struct{}, 100),
		failed:     make(chan struct{}, 100),
		reports:    make(chan []byte, 100),
		warnings:   make(chan string, 100),
	}
	var err error
	p.Transport, err = New(Options{
		Agent: []ice.AgentOption{
			ice.WithNetworkTypes([]ice.NetworkType{ice.NetworkTypeUDP4}),
			ice.WithIncludeLoopback(),
			ice.WithIPFilter(net.IP.IsLoopback),
			ice.WithMulticastDNSMode(ice.MulticastDNSModeDisabled),
			ice.WithDisconnectedTimeout(200 * time.Millisecond),
			ice.WithFailedTimeout(200 * time.Millisecond),
			ice.WithKeepaliveInterval(50 * time.Millisecond),
		},
		Certificate:   p.certificate,
		Profiles:      profiles,
		ReplayWindow:  64,
		LoggerFactory: &logging.DefaultLoggerFactory{Writer: p, DefaultLogLevel: logging.LogLevelWarn},
		Candidate:     func(c ice.Candidate) { p.candidates <- c },
		Connected:     func() { p.connected <- struct{}{} },
		Failed:        func() { p.failed <- struct{}{} },
		RTCP:          func(b []byte) { p.reports <- b },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func newCertificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// remote is what a description of the peer's would say.
func (p *peer) remote() Remote {
	p.t.Helper()
	ufrag, password, err := p.Credentials()
	if err != nil {
		p.t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(p.certificate.Certificate[0])
	if err != nil {
		p.t.Fatal(err)
	}
	hash, _ := fingerprint.HashFromString("sha-256")
	value, err := fingerprint.Fingerprint(certificate, hash)
	if err != nil {
		p.t.Fatal(err)
	}
	return Remote{Ufrag: ufrag, Password: password, Fingerprints: []Fingerprint{
		{Algorithm: "sha-1000", Value: "00"}, {Algorithm: "sha-256", Value: value},
	}}
}

// await waits for something that comes from a channel.
func await[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("no %s", what)
		panic("unreachable")
	}
}

// exchange gives each end the candidates of the other.
func exchange(t *testing.T, a, b *peer) {
	t.Helper()
	for _, way := range [][2]*peer{{a, b}, {b, a}} {
		for {
			c := await(t, way[0].candidates, "candidate")
			if c == nil {
				break
			}
			copied, err := ice.UnmarshalCandidate(c.Marshal())
			if err != nil {
				t.Fatal(err)
			}
			if err := way[1].AddCandidate(copied); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// start lets two ends look for each other; a opens the handshake if client is true.
func start(t *testing.T, a, b *peer, client bool) {
	t.Helper()
	for _, p := range []*peer{a, b} {
		if err := p.Gather(); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Start(b.remote(), true, client); err != nil {
		t.Fatal(err)
	}
	if err := b.Start(a.remote(), false, !client); err != nil {
		t.Fatal(err)
	}
	exchange(t, a, b)
}

func connect(t *testing.T, a, b *peer, client bool) {
	t.Helper()
	start(t, a, b, client)
	await(t, a.connected, "connection")
	await(t, b.connected, "connection")
}

// say sends a report that can be told from others.
func (p *peer) say(ssrc uint32) {
	p.t.Helper()
	if err := p.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: ssrc}}); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) hear(ssrc uint32) {
	p.t.Helper()
	packets, err := rtcp.Unmarshal(await(p.t, p.reports, "report"))
	if err != nil {
		p.t.Fatal(err)
	}
	if pli, ok := packets[0].(*rtcp.PictureLossIndication); !ok || pli.MediaSSRC != ssrc {
		p.t.Fatalf("heard %v, want %d", packets, ssrc)
	}
}

// eventually polls a condition that no event announces.
func eventually(condition func() bool) bool {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if condition() {
			return true
		}
	}
	return condition()
}

func (p *peer) settled() bool { return p.records.Load() == nil }

// Reports go both ways, with each protection profile, whoever opens the handshake.
func TestReports(t *testing.T) {
	for _, profile := range []dtls.SRTPProtectionProfile{
		dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AEAD_AES_256_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80,
	} {
		for _, client := range []bool{false, true} {
			a, b := newPeer(t, profile), newPeer(t, profile)
			if a.Profile() != "" {
				t.Errorf("profile %s before the handshake", a.Profile())
			}
			a.say(1) // without effect
			connect(t, a, b, client)
			a.say(2)
			b.hear(2)
			b.say(3)
			a.hear(3)
			if a.Profile() == "" || a.Profile() != b.Profile() {
				t.Errorf("profiles %q and %q", a.Profile(), b.Profile())
			}
		}
	}
}

// handshakes returns how many ends of DTLS have goroutines.
func handshakes() int {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	return bytes.Count(stacks, []byte("dtls/v3.(*handshakeFSM).Run("))
}

// What the handshake needs is given up when the other end has shown that it has the keys,
// and not before; media flows on.
func TestSettles(t *testing.T) {
	for _, client := range []bool{false, true} {
		a, b := newPeer(t), newPeer(t)
		connect(t, a, b, client)
		a.say(1)
		b.hear(1)
		if !eventually(b.settled) {
			t.Fatal("the end that has heard something keeps everything")
		}
		if a.settled() {
			t.Error("the end that has heard nothing has given up what it may need")
		}
		if !eventually(func() bool { return handshakes() == 1 }) {
			t.Errorf("goroutines of %d handshakes are left, want 1", handshakes())
		}
		b.say(2)
		a.hear(2)
		a.say(3)
		b.hear(3)
		for _, p := range []*peer{a, b} {
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		}
		if n := handshakes(); n != 0 {
			t.Errorf("goroutines of %d handshakes are left at the end", n)
		}
	}
}

// The other end is told of the end, whether or not what the handshake needed has been
// given up.
func TestGoodbye(t *testing.T) {
	for _, settled := range []bool{false, true} {
		a, b := newPeer(t), newPeer(t)
		connect(t, a, b, false)
		if settled {
			b.say(1)
			a.hear(1)
			if !eventually(a.settled) {
				t.Fatal("it does not settle")
			}
		}
		ended := make(chan error, 1)
		go func() {
			_, err := b.secured.Read(make([]byte, 100))
			ended <- err
		}()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		if err := await(t, ended, "goodbye"); !errors.Is(err, io.EOF) {
			t.Errorf("settled %v: the other end got %v", settled, err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Somebody with another certificate than the description's gets nothing.
func TestWrongCertificate(t *testing.T) {
	a, b := newPeer(t), newPeer(t)
	b.certificate = newCertificate(t) // what a is told
	start(t, a, b, false)
	for {
		line := await(t, a.warnings, "warning")
		if strings.Contains(line, "no media can flow") {
			if !strings.Contains(line, errFingerprint.Error()) {
				t.Errorf("refused for another reason: %s", line)
			}
			break
		}
	}
	if a.Profile() != "" || len(a.connected) != 0 {
		t.Error("connected")
	}
}

// A restart finds another path for the same keys.
func TestRestart(t *testing.T) {
	a, b := newPeer(t), newPeer(t)
	connect(t, a, b, false)
	before := a.remote().Ufrag
	for _, p := range []*peer{a, b} {
		if err := p.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	if a.remote().Ufrag == before {
		t.Error("the same credentials")
	}
	for _, way := range [][2]*peer{{a, b}, {b, a}} {
		r := way[1].remote()
		if err := way[0].SetRemote(r.Ufrag, r.Password); err != nil {
			t.Fatal(err)
		}
	}
	exchange(t, a, b)
	await(t, a.connected, "connection")
	a.say(1)
	b.hear(1)
}

// Who has vanished is missed.
func TestFailed(t *testing.T) {
	a, b := newPeer(t), newPeer(t)
	connect(t, a, b, false)
	if err := b.agent.Close(); err != nil { // without a goodbye
		t.Fatal(err)
	}
	await(t, a.failed, "failure")
}

func TestMisuse(t *testing.T) {
	a, b := newPeer(t), newPeer(t)
	connect(t, a, b, false)
	if err := a.Start(b.remote(), true, false); !errors.Is(err, ErrStarted) {
		t.Errorf("second start: %v", err)
	}
	if err := a.WriteRTP(new(Scratch), &rtp.Header{Version: 2}, make([]byte, maxPacket)); err == nil {
		t.Error("a packet that is too large is sent")
	}
	c := newPeer(t)
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := c.Start(b.remote(), true, false); !errors.Is(err, ErrClosed) {
		t.Errorf("start after the end: %v", err)
	}
	if err := c.Gather(); err == nil {
		t.Error("gathering after the end")
	}
}

// A transport may be closed at any time.
func TestCloseWhileConnecting(t *testing.T) {
	for i := range 20 {
		a, b := newPeer(t), newPeer(t)
		start(t, a, b, i%2 == 0)
		time.Sleep(time.Duration(i) * time.Millisecond)
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}

// What comes from the network is taken for what it is, or for nothing.
func FuzzMedia(f *testing.F) {
	f.Add([]byte{0x80, 200, 0, 1, 0, 0, 0, 1})
	f.Add([]byte{0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0x80, 0, 0, 1, 1, 2, 3, 4})
	f.Add([]byte{0x80, 96, 0, 1})
	f.Add([]byte{0x80})
	config := testConfig()
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := newKeys(config, 64)
		if err != nil {
			t.Fatal(err)
		}
		tr := &Transport{opts: Options{RTCP: func([]byte) { t.Error("a forged report is taken") }}}
		tr.keys.Store(k)
		tr.media(b)
	})
}
