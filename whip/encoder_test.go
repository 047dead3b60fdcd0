package whip_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/logging"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"

	"galene/internal/testclient"
)

// do makes a request.  The header is given as name, value, name, value ….
func (f *fixture) do(method, path, body string, header ...string) response {
	f.t.Helper()
	request, err := http.NewRequest(method, f.url+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Add(header[i], header[i+1])
	}
	client := http.Client{
		Timeout: testclient.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
	r, err := client.Do(request)
	if err != nil {
		f.t.Fatal(err)
	}
	defer r.Body.Close()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return response{r, string(data)}
}

// expect checks the status.
func (r response) expect(t *testing.T, status int) response {
	t.Helper()
	if r.StatusCode != status {
		t.Fatalf("%s %s: status %d, want %d: %s", r.Request.Method, r.Request.URL.Path,
			r.StatusCode, status, r.body)
	}
	return r
}

// peer is a client of WHIP or WHEP, to the letter of RFC 9725.
type peer struct {
	f        *fixture
	pc       *webrtc.PeerConnection
	location string
	tag      string
	header   []string // sent with every request
	received atomic.Int64
	states   chan webrtc.PeerConnectionState
	stop     chan struct{}
}

// newPeer returns a peer without any media.
func (f *fixture) newPeer(header ...string) *peer {
	f.t.Helper()
	var setting webrtc.SettingEngine
	setting.SetIncludeLoopbackCandidate(true)
	setting.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	setting.LoggerFactory = &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}
	var engine webrtc.MediaEngine
	if err := engine.RegisterDefaultCodecs(); err != nil {
		f.t.Fatal(err)
	}
	for _, uri := range []string{sdp.SDESMidURI, sdp.SDESRTPStreamIDURI, sdp.SDESRepairRTPStreamIDURI} {
		err := engine.RegisterHeaderExtension(
			webrtc.RTPHeaderExtensionCapability{URI: uri}, webrtc.RTPCodecTypeVideo)
		if err != nil {
			f.t.Fatal(err)
		}
	}
	api := webrtc.NewAPI(webrtc.WithMediaEngine(&engine), webrtc.WithSettingEngine(setting))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		f.t.Fatal(err)
	}
	p := &peer{
		f: f, pc: pc, header: header, stop: make(chan struct{}),
		states: make(chan webrtc.PeerConnectionState, 100),
	}
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) { p.states <- s })
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			if _, _, err := track.ReadRTP(); err != nil {
				return
			}
			p.received.Add(1)
		}
	})
	f.t.Cleanup(func() {
		close(p.stop)
		pc.Close()
	})
	return p
}

// newEncoder returns a peer that sends sound and pictures.
func (f *fixture) newEncoder(header ...string) *peer {
	f.t.Helper()
	p := f.newPeer(header...)
	p.send(webrtc.MimeTypeOpus, 48000, 2, []byte{0xf8, 0xff, 0xfe})
	p.send(webrtc.MimeTypeVP8, 90000, 0, vp8Keyframe)
	return p
}

// vp8Keyframe is the beginning of a picture of 64 by 48 pixels.
var vp8Keyframe = append([]byte{0x50, 0x01, 0x00, 0x9d, 0x01, 0x2a, 64, 0, 48, 0}, make([]byte, 200)...)

// send sends a sample over and over again.
func (p *peer) send(mime string, clock uint32, channels uint16, sample []byte) {
	p.f.t.Helper()
	track, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{
		MimeType: mime, ClockRate: clock, Channels: channels,
	}, "t"+mime[:5], "s")
	if err != nil {
		p.f.t.Fatal(err)
	}
	_, err = p.pc.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{
		Direction: webrtc.RTPTransceiverDirectionSendonly,
	})
	if err != nil {
		p.f.t.Fatal(err)
	}
	go func() {
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-p.stop:
				return
			case <-ticker.C:
				_ = track.WriteSample(media.Sample{Data: sample, Duration: 20 * time.Millisecond})
			}
		}
	}()
}

// newPlayer returns a peer that receives sound and pictures.
func (f *fixture) newPlayer(header ...string) *peer {
	f.t.Helper()
	p := f.newPeer(header...)
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		_, err := p.pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{
			Direction: webrtc.RTPTransceiverDirectionRecvonly,
		})
		if err != nil {
			f.t.Fatal(err)
		}
	}
	return p
}

// offer makes an offer, with all candidates in it if that is wanted.
func (p *peer) offer(candidates bool) string {
	p.f.t.Helper()
	offer, err := p.pc.CreateOffer(nil)
	if err != nil {
		p.f.t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(p.pc)
	if err := p.pc.SetLocalDescription(offer); err != nil {
		p.f.t.Fatal(err)
	}
	if !candidates {
		return offer.SDP
	}
	<-gathered
	return p.pc.LocalDescription().SDP
}

// post sends an offer.
func (p *peer) post(path, offer string) response {
	p.f.t.Helper()
	return p.f.do("POST", path, offer,
		append([]string{"Content-Type", "application/sdp"}, p.header...)...)
}

// start makes a session, and checks what RFC 9725 says about the answer.
func (p *peer) start(path string) response {
	p.f.t.Helper()
	return p.startWith(path, p.offer(true))
}

func (p *peer) startWith(path, offer string) response {
	p.f.t.Helper()
	r := p.post(path, offer).expect(p.f.t, http.StatusCreated)
	p.accept(r)
	return r
}

// accept applies the answer.
func (p *peer) accept(r response) {
	p.f.t.Helper()
	if got := r.Header.Get("Content-Type"); got != "application/sdp" {
		p.f.t.Errorf("content type %q", got)
	}
	base, _ := url.Parse(p.f.url)
	location, err := base.Parse(r.Header.Get("Location"))
	if err != nil || r.Header.Get("Location") == "" {
		p.f.t.Fatalf("location %q: %v", r.Header.Get("Location"), err)
	}
	p.location = location.EscapedPath()
	p.tag = r.Header.Get("ETag")
	err = p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: r.body})
	if err != nil {
		p.f.t.Fatalf("answer: %v\n%s", err, r.body)
	}
}

// awaitConnected waits until media can flow.
func (p *peer) awaitConnected() {
	p.f.t.Helper()
	deadline := time.After(testclient.Timeout)
	for {
		select {
		case s := <-p.states:
			if s == webrtc.PeerConnectionStateConnected {
				return
			}
		case <-deadline:
			p.f.t.Fatal("not connected")
		}
	}
}

// awaitPackets waits for n more packets.
func (p *peer) awaitPackets(n int64) {
	p.f.t.Helper()
	n += p.received.Load()
	await(p.f.t, "packets", func() bool { return p.received.Load() >= n })
}

// fragment makes a fragment of the local description, with its candidates.
func (p *peer) fragment() string {
	p.f.t.Helper()
	var d sdp.SessionDescription
	if err := d.UnmarshalString(p.pc.LocalDescription().SDP); err != nil {
		p.f.t.Fatal(err)
	}
	m := d.MediaDescriptions[0]
	ufrag, _ := m.Attribute("ice-ufrag")
	pwd, _ := m.Attribute("ice-pwd")
	mid, _ := m.Attribute("mid")
	lines := []string{"a=ice-ufrag:" + ufrag, "a=ice-pwd:" + pwd, "m=" + m.MediaName.String(), "a=mid:" + mid}
	for _, a := range m.Attributes {
		if a.Key == "candidate" {
			lines = append(lines, "a=candidate:"+a.Value)
		}
	}
	return strings.Join(append(lines, "a=end-of-candidates", ""), "\r\n")
}

// patch sends a fragment.  If the tag is empty, there is no precondition.
func (p *peer) patch(fragment, tag string) response {
	p.f.t.Helper()
	header := append([]string{"Content-Type", "application/trickle-ice-sdpfrag"}, p.header...)
	if tag != "" {
		header = append(header, "If-Match", tag)
	}
	return p.f.do("PATCH", p.location, fragment, header...)
}

// delete ends the session.
func (p *peer) delete() response {
	p.f.t.Helper()
	return p.f.do("DELETE", p.location, "", p.header...)
}
