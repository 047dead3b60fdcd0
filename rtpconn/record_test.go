package rtpconn

import (
	_ "embed"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/transport/v5/packetio"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media/rtpdump"

	"galene/codecs"
)

const (
	// traceTime is how long a trace is, and traceSize its largest size in bytes.
	traceTime = 4 * time.Second
	traceSize = 60 << 10
	// traceKeyframe is when another keyframe is asked for.
	traceKeyframe = 2 * time.Second
)

// tracePage publishes what the query of its URL says.
//
//go:embed testdata/publish.html
var tracePage []byte

// TestRecordTraces records the golden traces: what browsers send to us, as it is
// after decryption.  It is not a test of anything, and does nothing unless
// GALENE_RECORD_TRACES names those wanted, separated by commas, or is "all".
// TEST_CHROMIUM and TEST_FIREFOX say where the browsers are.
func TestRecordTraces(t *testing.T) {
	wanted := os.Getenv("GALENE_RECORD_TRACES")
	if wanted == "" {
		t.Skip("GALENE_RECORD_TRACES is not set")
	}
	for _, trace := range goldenTraces {
		if wanted != "all" && !strings.Contains(","+wanted+",", ","+trace.name+",") {
			continue
		}
		t.Run(trace.name, func(t *testing.T) { recordTrace(t, trace) })
	}
}

// traceRecorder keeps the packets of one peer connection.
type traceRecorder struct {
	buffers buffers

	mu      sync.Mutex
	start   time.Time
	packets []rtpdump.Packet
	size    int
}

// newBuffer is a bufferFactory.
func (r *traceRecorder) newBuffer(kind packetio.BufferPacketType, _ uint32) io.ReadWriteCloser {
	write := func([]byte) {}
	if kind == packetio.RTPBufferPacket {
		write = r.keep
	}
	b := newRTPBuffer(&r.buffers, write)
	r.buffers.add(b)
	return b
}

func (r *traceRecorder) keep(b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.start.IsZero() {
		r.start = time.Now()
	}
	if r.size += len(b) + 8; r.size < traceSize && len(b) >= headerSize {
		payload := append([]byte(nil), b...)
		r.packets = append(r.packets, rtpdump.Packet{Offset: time.Since(r.start), Payload: payload})
	}
}

func (r *traceRecorder) done() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.start.IsZero() && (time.Since(r.start) > traceTime || r.size > traceSize)
}

// recordTrace has a browser publish to a peer connection that is negotiated like
// those of an Up.
func recordTrace(t *testing.T, trace goldenTrace) {
	e := newTestEngine(t, Options{})
	r := &traceRecorder{}
	list := codecs.Lookup(trace.codec)
	if trace.described && trace.codec != "av1" {
		list = append(list, codecs.Lookup("av1")...)
	}
	media := must(e.mediaEngine(list, incomingPlain))
	api := must(e.newAPI(media, true, r.newBuffer))
	pc := must(api.NewPeerConnection(e.configuration(webrtc.Configuration{})))
	defer e.closePeer(pc.GracefulClose, e.logger)
	defer r.buffers.close()
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		go steerSender(pc, uint32(track.SSRC()))
	})

	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(tracePage) })
	mux.HandleFunc("POST /error", func(_ http.ResponseWriter, q *http.Request) {
		t.Errorf("the page says: %s", must(io.ReadAll(q.Body)))
	})
	mux.HandleFunc("POST /offer", func(w http.ResponseWriter, q *http.Request) {
		gathered := webrtc.GatheringCompletePromise(pc)
		offer := webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: string(must(io.ReadAll(q.Body)))}
		if err := pc.SetRemoteDescription(offer); err != nil {
			t.Error(err)
			return
		}
		if err := pc.SetLocalDescription(must(pc.CreateAnswer(nil))); err != nil {
			t.Error(err)
			return
		}
		<-gathered
		_ = json.NewEncoder(w).Encode(pc.LocalDescription())
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	query := url.Values{"mime": {list[0].MimeType}, "mode": {trace.mode}}
	stop := startBrowser(t, trace.browser, server.URL+"/?"+query.Encode())
	defer stop()
	if !eventually(r.done) {
		t.Fatal("nothing has come")
	}

	f := must(os.Create(trace.path()))
	defer f.Close()
	w := must(rtpdump.NewWriter(f, rtpdump.Header{Start: time.Unix(0, 0).UTC(), Source: net.IPv4(127, 0, 0, 1)}))
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.packets {
		if err := w.WritePacket(p); err != nil {
			t.Fatal(err)
		}
	}
	id := extensionID(must(parseDescription(pc.LocalDescription().SDP)).MediaDescriptions[0], dependencyURI)
	t.Logf("%d packets, dependency descriptor %d", len(r.packets), id)
}

// steerSender lets a sender have all layers, and asks for one more keyframe.
func steerSender(pc *webrtc.PeerConnection, ssrc uint32) {
	remb := &rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: 3e6, SSRCs: []uint32{ssrc}}
	for i := range int(traceTime / (200 * time.Millisecond)) {
		packets := []rtcp.Packet{&rtcp.ReceiverReport{}, remb}
		if i == int(traceKeyframe/(200*time.Millisecond)) {
			packets = append(packets, &rtcp.PictureLossIndication{MediaSSRC: ssrc})
		}
		if pc.WriteRTCP(packets) != nil {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// startBrowser opens a page, and returns what ends the browser.
func startBrowser(t *testing.T, name, page string) (stop func()) {
	profile := t.TempDir()
	path := os.Getenv("TEST_" + strings.ToUpper(name))
	var args []string
	if name == "firefox" {
		const preferences = `user_pref("media.peerconnection.ice.loopback", true);
user_pref("media.peerconnection.ice.obfuscate_host_addresses", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
`
		if err := os.WriteFile(filepath.Join(profile, "user.js"), []byte(preferences), 0o600); err != nil {
			t.Fatal(err)
		}
		args = []string{"--headless", "--no-remote", "--profile", profile, page}
	} else {
		args = []string{"--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
			"--disable-background-networking", "--disable-component-update", "--disable-sync",
			"--disable-features=WebRtcHideLocalIpsWithMdns", "--user-data-dir=" + profile, page}
	}
	if path == "" {
		path = name
	}
	browser := exec.Command(path, args...)
	if err := browser.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		_ = browser.Process.Signal(os.Interrupt)
		_ = browser.Wait()
	}
}
