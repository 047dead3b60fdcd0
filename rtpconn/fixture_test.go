package rtpconn

import (
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/nack"
	"github.com/pion/logging"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/transport/v5"
	"github.com/pion/webrtc/v4"

	"galene/codecs"
	"galene/conn"
)

// patience is how long a test waits for what should happen.
const patience = 20 * time.Second

// newTestEngine returns an engine that uses only loopback addresses, and checks
// when the test ends that it leaves nothing behind.
func newTestEngine(t *testing.T, opts Options) *Engine {
	t.Helper()
	before := runtime.NumGoroutine()
	opts.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	if opts.Net == nil {
		opts.Loopback = true
		opts.IPFilter = net.IP.IsLoopback
		opts.SharedPort = true
	}
	e, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		e.Close()
		if n := e.pool.Outstanding(); n != 0 {
			t.Errorf("%d packets are still outstanding (R-5.8)", n)
		}
		if !eventually(func() bool { return runtime.NumGoroutine() <= before }) {
			buf := make([]byte, 1<<20)
			t.Errorf("goroutines: %d before, %d after\n%s", before, runtime.NumGoroutine(),
				buf[:runtime.Stack(buf, true)])
		}
	})
	return e
}

// eventually polls a condition that no event announces.
func eventually(cond func() bool) bool {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if cond() {
			return true
		}
		time.Sleep(2 * time.Millisecond)
	}
	// In a bubble of synctest that took no time at all, and goroutines outside of it
	// have had none in which to end.
	for range 100_000 {
		if cond() {
			return true
		}
		runtime.Gosched()
	}
	return cond()
}

// wait receives from a channel, or fails.
func wait[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("no %s", what)
		panic("unreachable")
	}
}

// must returns a value that cannot fail to be made.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func testCodecs() []codecs.Codec {
	return append(codecs.Lookup("vp8"), codecs.Lookup("opus")...)
}

// peerOptions configures the clients of a test.
type peerOptions struct {
	net         transport.Net
	interceptor bool           // answer NACKs, send reports
	noRTX       bool           // … on the media stream itself
	codecs      []codecs.Codec // without RTX; testCodecs otherwise
}

// newPeer returns a client's peer connection.
func newPeer(t *testing.T, o peerOptions) *webrtc.PeerConnection {
	t.Helper()
	media := &webrtc.MediaEngine{}
	if o.noRTX {
		list := o.codecs
		if list == nil {
			list = testCodecs()
		}
		for _, c := range list {
			if err := media.RegisterCodec(codecParameters(c, outgoing)[0], codecType(c.Kind)); err != nil {
				t.Fatal(err)
			}
		}
	} else if err := media.RegisterDefaultCodecs(); err != nil {
		t.Fatal(err)
	}
	registry := &interceptor.Registry{}
	if o.interceptor {
		responder, err := nack.NewResponderInterceptor()
		if err != nil {
			t.Fatal(err)
		}
		registry.Add(responder)
		media.RegisterFeedback(webrtc.RTCPFeedback{Type: "nack"}, webrtc.RTPCodecTypeVideo)
		if err := webrtc.ConfigureRTCPReports(registry); err != nil {
			t.Fatal(err)
		}
	}
	if err := webrtc.ConfigureSimulcastExtensionHeaders(media); err != nil {
		t.Fatal(err)
	}
	var s webrtc.SettingEngine
	factory := logging.NewDefaultLoggerFactory()
	factory.DefaultLogLevel = logging.LogLevelDisabled
	s.LoggerFactory = factory
	s.SetSRTPReplayProtectionWindow(replayWindow) // as browsers have
	if o.net != nil {
		s.SetNet(o.net)
	} else {
		s.SetIncludeLoopbackCandidate(true)
		s.SetIPFilter(net.IP.IsLoopback)
	}
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media),
		webrtc.WithInterceptorRegistry(registry), webrtc.WithSettingEngine(s))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.GracefulClose() })
	return pc
}

// trickle passes candidates on from one side to the other.
type trickle struct {
	mu      sync.Mutex
	apply   func(webrtc.ICECandidateInit)
	waiting []webrtc.ICECandidateInit
}

func (tr *trickle) add(c webrtc.ICECandidateInit) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if tr.apply == nil {
		tr.waiting = append(tr.waiting, c)
		return
	}
	tr.apply(c)
}

func (tr *trickle) start(apply func(webrtc.ICECandidateInit)) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.apply = apply
	for _, c := range tr.waiting {
		apply(c)
	}
	tr.waiting = nil
}

// pause keeps candidates back until start: no client sends them before the
// description that they belong to.
func (tr *trickle) pause() {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.apply = nil
}

// fromPC passes on the candidates of a client.
func (tr *trickle) fromPC(pc *webrtc.PeerConnection) {
	pc.OnICECandidate(func(c *webrtc.ICECandidate) {
		if c != nil {
			tr.add(c.ToJSON())
		}
	})
}

// publisher is a client that sends one stream.
type publisher struct {
	t      *testing.T
	pc     *webrtc.PeerConnection
	up     *Up
	tracks map[string]*webrtc.TrackLocalStaticRTP // by codec name
	// requests gets the requests for keyframes that the client receives.
	requests map[string]<-chan time.Time
	limits   chan *rtcp.ReceiverEstimatedMaximumBitrate // that the client is told
	changed  chan struct{}
	failed   chan struct{}
	toUp     *trickle
	toPeer   *trickle
}

// publish makes a client that offers tracks with the codecs named.
func publish(t *testing.T, e *Engine, o peerOptions, names ...string) *publisher {
	t.Helper()
	p := &publisher{
		t: t, pc: newPeer(t, o),
		tracks:   make(map[string]*webrtc.TrackLocalStaticRTP),
		requests: make(map[string]<-chan time.Time),
		limits:   make(chan *rtcp.ReceiverEstimatedMaximumBitrate, 1000),
		changed:  make(chan struct{}, 100),
		failed:   make(chan struct{}, 10),
		toUp:     &trickle{}, toPeer: &trickle{},
	}
	for _, name := range names {
		c := codecs.Lookup(name)[0]
		track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{
			MimeType: c.MimeType, ClockRate: c.ClockRate, Channels: c.Channels,
		}, "track-"+name, "stream-id")
		if err != nil {
			t.Fatal(err)
		}
		p.tracks[name] = track
		p.requests[name] = keyframeRequests(must(p.pc.AddTrack(track)), p.limits)
	}
	var err error
	p.up, err = e.NewUp(UpParams{
		ID: "up-id", Label: "camera", Owner: conn.User{ID: "user-id", Username: "ada"},
		Codecs:      testCodecs(),
		OnCandidate: p.toPeer.add,
		OnTracks:    func() { p.changed <- struct{}{} },
		OnFailed:    func() { p.failed <- struct{}{} },
	})
	if err != nil {
		t.Fatal(err)
	}
	p.toUp.fromPC(p.pc)
	p.negotiate(nil)
	return p
}

// keyframeRequests reads the RTCP that a client receives, which makes pion
// handle it, and returns a channel that gets the requests for keyframes.  Limits gets
// the limits that there is room for.
func keyframeRequests(s *webrtc.RTPSender, limits chan<- *rtcp.ReceiverEstimatedMaximumBitrate) <-chan time.Time {
	c := make(chan time.Time, 1000)
	go func() {
		for {
			packets, _, err := s.ReadRTCP()
			if err != nil {
				return
			}
			for _, p := range packets {
				switch p := p.(type) {
				case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
					c <- time.Now()
				case *rtcp.ReceiverEstimatedMaximumBitrate:
					select {
					case limits <- p:
					default:
					}
				}
			}
		}
	}()
	return c
}

// negotiate makes an offer and takes its answer.
func (p *publisher) negotiate(o *webrtc.OfferOptions) {
	p.t.Helper()
	p.toUp.pause()
	p.toPeer.pause()
	offer := must(p.pc.CreateOffer(o))
	if err := p.pc.SetLocalDescription(offer); err != nil {
		p.t.Fatal(err)
	}
	answer, err := p.up.Offer(offer.SDP)
	if err != nil {
		p.t.Fatal(err)
	}
	err = p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer})
	if err != nil {
		p.t.Fatal(err)
	}
	p.toUp.start(func(c webrtc.ICECandidateInit) { _ = p.up.AddCandidate(c) })
	p.toPeer.start(func(c webrtc.ICECandidateInit) { _ = p.pc.AddICECandidate(c) })
}

// connected waits until the client may send.
func (p *publisher) connected() *publisher {
	p.t.Helper()
	awaitConnected(p.t, p.pc)
	return p
}

func awaitConnected(t *testing.T, pc *webrtc.PeerConnection) {
	t.Helper()
	if !eventually(func() bool { return pc.ConnectionState() == webrtc.PeerConnectionStateConnected }) {
		t.Fatalf("connection state %v", pc.ConnectionState())
	}
}

// send sends a packet of a track.
func (p *publisher) send(name string, pk *rtp.Packet) {
	p.t.Helper()
	if err := p.tracks[name].WriteRTP(pk); err != nil {
		p.t.Fatal(err)
	}
}

// sendUntil repeats packets made by next until done is closed: the first ones
// may be lost while the other side is not yet ready to receive.
func (p *publisher) sendUntil(done func() bool, next func(i int)) {
	p.t.Helper()
	for i := 0; ; i++ {
		if done() {
			return
		}
		if i > 5000 {
			p.t.Fatal("sent in vain")
		}
		next(i)
		time.Sleep(2 * time.Millisecond)
	}
}

// vp8Packet makes the n-th packet of a stream in which each packet is a frame.
func vp8Packet(n int, key bool) *rtp.Packet {
	payload := []byte{0x90, 0x80, 0x80 | byte(n>>8&0x7f), byte(n), 1}
	if key {
		payload[4] = 0
		payload = append(payload, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01) // 640×480
	}
	payload = binary.BigEndian.AppendUint32(payload, uint32(n))
	return &rtp.Packet{
		Header: rtp.Header{
			Version: 2, Marker: true,
			SequenceNumber: uint16(n), Timestamp: uint32(n) * 3000,
		},
		Payload: payload,
	}
}

// opusPacket makes the n-th packet of a stream.
func opusPacket(n int) *rtp.Packet {
	return &rtp.Packet{
		Header:  rtp.Header{Version: 2, SequenceNumber: uint16(n), Timestamp: uint32(n) * 960},
		Payload: binary.BigEndian.AppendUint32([]byte{0xfc}, uint32(n)),
	}
}

// number returns the n of vp8Packet or opusPacket.
func number(p *rtp.Packet) int {
	return int(binary.BigEndian.Uint32(p.Payload[len(p.Payload)-4:]))
}

// viewer is a client that receives one stream.
type viewer struct {
	t        *testing.T
	pc       *webrtc.PeerConnection
	receiver *Receiver
	down     *Down
	tracks   chan *webrtc.TrackRemote
	failed   chan struct{}
	toDown   *trickle
	toPeer   *trickle
}

// newViewer makes a client that will receive the stream of src.
func newViewer(t *testing.T, e *Engine, o peerOptions, src conn.Source) *viewer {
	t.Helper()
	v := &viewer{
		t: t, pc: newPeer(t, o), receiver: e.NewReceiver(),
		tracks: make(chan *webrtc.TrackRemote, 10),
		failed: make(chan struct{}, 10),
		toDown: &trickle{}, toPeer: &trickle{},
	}
	var err error
	v.down, err = v.receiver.NewDown(src, DownParams{
		OnCandidate: v.toPeer.add,
		OnFailed:    func() { v.failed <- struct{}{} },
	})
	if err != nil {
		t.Fatal(err)
	}
	v.pc.OnTrack(func(track *webrtc.TrackRemote, r *webrtc.RTPReceiver) {
		v.tracks <- track
		for { // so that pion handles RTCP
			if _, _, err := r.ReadRTCP(); err != nil {
				return
			}
		}
	})
	v.toDown.fromPC(v.pc)
	return v
}

// view makes a client that receives all tracks of src.
func view(t *testing.T, e *Engine, o peerOptions, src conn.Source) *viewer {
	t.Helper()
	v := newViewer(t, e, o, src)
	v.set(src.Tracks())
	v.negotiate(false)
	return v
}

func (v *viewer) set(tracks []conn.Track) bool {
	v.t.Helper()
	negotiate, err := v.down.SetTracks(tracks, false)
	if err != nil {
		v.t.Fatal(err)
	}
	return negotiate
}

// negotiate has the server make an offer, and answers it.  It returns the offer.
func (v *viewer) negotiate(restart bool) string {
	v.t.Helper()
	v.toDown.pause()
	v.toPeer.pause()
	offer, err := v.down.Offer(restart)
	if err != nil {
		v.t.Fatal(err)
	}
	if _, err := v.down.Offer(restart); err != ErrOfferPending {
		v.t.Errorf("second offer: %v (STR-15)", err)
	}
	err = v.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer})
	if err != nil {
		v.t.Fatal(err)
	}
	answer := must(v.pc.CreateAnswer(nil))
	if err := v.pc.SetLocalDescription(answer); err != nil {
		v.t.Fatal(err)
	}
	if err := v.down.Answer(answer.SDP); err != nil {
		v.t.Fatal(err)
	}
	v.toDown.start(func(c webrtc.ICECandidateInit) { _ = v.down.AddCandidate(c) })
	v.toPeer.start(func(c webrtc.ICECandidateInit) { _ = v.pc.AddICECandidate(c) })
	return offer
}

func (v *viewer) connected() *viewer {
	v.t.Helper()
	awaitConnected(v.t, v.pc)
	return v
}

// attached waits until all tracks are attached on the server's side.
func (v *viewer) attached() *viewer {
	v.t.Helper()
	ok := eventually(func() bool {
		n := 0
		v.down.shard.Call(func() {
			for _, dt := range v.down.sending.tracks {
				if dt.attached && dt.active.state > feedOpening {
					n++
				}
			}
		})
		return n > 0 && n == len(v.down.tracks)
	})
	if !ok {
		v.t.Fatal("tracks not attached")
	}
	return v
}

// track waits for the track with the codec named.
func (v *viewer) track(name string) *webrtc.TrackRemote {
	v.t.Helper()
	for {
		track := wait(v.t, v.tracks, "track "+name)
		if strings.EqualFold(track.Codec().MimeType, codecs.Lookup(name)[0].MimeType) {
			return track
		}
		v.tracks <- track
	}
}

// read reads the packets of a track into a channel, until the end.
func read(track *webrtc.TrackRemote) <-chan *rtp.Packet {
	c := make(chan *rtp.Packet, 10000)
	go func() {
		defer close(c)
		for {
			p, _, err := track.ReadRTP()
			if err != nil {
				return
			}
			c <- p
		}
	}()
	return c
}

// requestKeyframe makes the viewer send a picture loss indication.
func (v *viewer) requestKeyframe(track *webrtc.TrackRemote) {
	v.t.Helper()
	err := v.pc.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(track.SSRC())}})
	if err != nil {
		v.t.Fatal(err)
	}
}
