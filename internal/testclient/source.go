package testclient

import (
	"sync"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
)

// Source makes media for a track, from when the track is negotiated until the
// test ends.
type Source struct {
	t        testing.TB
	track    *webrtc.TrackLocalStaticSample
	frame    func(keyframe bool) []byte
	duration time.Duration
	layers   []*simulcastLayer // instead of track, in simulcast

	keyframe chan struct{} // holds a token if a keyframe is wanted
	stop     chan struct{}
	ended    sync.WaitGroup
}

// Tracks makes a list of sources, for Client.Publish.
func Tracks(sources ...*Source) []*Source { return sources }

// NewVideo returns a source of VP8 with the shape of the real thing, 50 frames a
// second: keyframes at the start and on request, in several packets.
func NewVideo(t testing.TB) *Source {
	t.Helper()
	return newSource(t, webrtc.MimeTypeVP8, 90000, vp8Frame)
}

// NewAudio returns a source of Opus, 50 packets a second.
func NewAudio(t testing.TB) *Source {
	t.Helper()
	return newSource(t, webrtc.MimeTypeOpus, 48000, opusFrame)
}

// NewSilence returns a source of Opus that never sends anything.
func NewSilence(t testing.TB) *Source {
	t.Helper()
	return newSource(t, webrtc.MimeTypeOpus, 48000, nil)
}

func newSource(t testing.TB, mime string, clock uint32, frame func(bool) []byte) *Source {
	t.Helper()
	capability := webrtc.RTPCodecCapability{MimeType: mime, ClockRate: clock}
	if mime == webrtc.MimeTypeOpus {
		capability.Channels = 2
	}
	track, err := webrtc.NewTrackLocalStaticSample(capability, "track-"+NewID()[:8], "media")
	if err != nil {
		t.Fatalf("new track: %v", err)
	}
	s := &Source{
		t: t, track: track, frame: frame, duration: 20 * time.Millisecond,
		keyframe: make(chan struct{}, 1), stop: make(chan struct{}),
	}
	t.Cleanup(func() {
		close(s.stop)
		s.ended.Wait()
	})
	return s
}

// ID returns the identifier of the track.
func (s *Source) ID() string { return s.track.ID() }

func (s *Source) addTo(pc *webrtc.PeerConnection) error {
	if s.layers != nil {
		return s.addLayers(pc)
	}
	sender, err := pc.AddTrack(s.track)
	if err != nil {
		return err
	}
	if s.frame != nil {
		s.ended.Go(s.send)
	}
	go s.readRTCP(sender) // ends with the connection
	return nil
}

// send writes frames; those written before the connection is up are lost.
func (s *Source) send() {
	ticker := time.NewTicker(s.duration)
	defer ticker.Stop()
	for n := 0; ; n++ {
		keyframe := n%100 == 0
		select {
		case <-s.stop:
			return
		case <-ticker.C:
		}
		select {
		case <-s.keyframe:
			keyframe = true
		default:
		}
		err := s.track.WriteSample(media.Sample{Data: s.frame(keyframe), Duration: s.duration})
		if err != nil {
			return // the connection has been closed
		}
	}
}

func (s *Source) readRTCP(sender *webrtc.RTPSender) {
	for {
		packets, _, err := sender.ReadRTCP()
		if err != nil {
			return
		}
		if wantKeyframe(packets) {
			select {
			case s.keyframe <- struct{}{}:
			default:
			}
		}
	}
}

// wantKeyframe reports whether there is a request for a keyframe among packets.
func wantKeyframe(packets []rtcp.Packet) bool {
	for _, p := range packets {
		switch p.(type) {
		case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
			return true
		}
	}
	return false
}

// vp8Frame returns a frame of 320 by 240 pixels.
func vp8Frame(keyframe bool) []byte { return vp8Picture(keyframe, 1) }

// vp8Picture returns a frame with a valid header (RFC 6386, 9.1) and no picture:
// 320 by 240 pixels, times scale in each direction, if it is a keyframe.
func vp8Picture(keyframe bool, scale int) []byte {
	if !keyframe {
		frame := make([]byte, 300*scale)
		frame[0] = 0x11 // interframe, shown
		return frame
	}
	width, height := 320*scale, 240*scale
	frame := make([]byte, 3000*scale)
	copy(frame, []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a,
		byte(width), byte(width >> 8), byte(height), byte(height >> 8)})
	return frame
}

// opusFrame returns a packet of 20 ms of silence (RFC 6716, 3.1).
func opusFrame(bool) []byte { return []byte{0xf8, 0xff, 0xfe} }
