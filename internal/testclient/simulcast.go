package testclient

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"
	rtpcodecs "github.com/pion/rtp/codecs"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

// NewSimulcast returns a source of VP8 in two layers, as browsers send them: h
// with 640 by 480 and l with 320 by 240 pixels, 25 frames a second, keyframes at
// the start and on request.
func NewSimulcast(t testing.TB) *Source {
	t.Helper()
	s := newSource(t, webrtc.MimeTypeVP8, 90000, nil)
	s.duration = 40 * time.Millisecond
	for i, rid := range []string{"h", "l"} {
		track, err := webrtc.NewTrackLocalStaticRTP(
			webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000},
			s.track.ID(), s.track.StreamID(), webrtc.WithRTPStreamID(rid))
		if err != nil {
			t.Fatalf("new track: %v", err)
		}
		l := &simulcastLayer{rid: rid, scale: 2 - i, track: track}
		l.packetizer = rtp.NewPacketizer(1200, 0, 0,
			&rtpcodecs.VP8Payloader{EnablePictureID: true}, rtp.NewRandomSequencer(), 90000)
		s.layers = append(s.layers, l)
	}
	return s
}

// simulcastLayer is one of several encodings of the same pictures.
type simulcastLayer struct {
	rid        string
	scale      int // of the picture, 1 is 320 by 240
	track      *webrtc.TrackLocalStaticRTP
	packetizer rtp.Packetizer
	wanted     atomic.Bool // a keyframe is
}

// addLayers adds a source of several layers to a connection.
func (s *Source) addLayers(pc *webrtc.PeerConnection) error {
	transceiver, err := pc.AddTransceiverFromTrack(s.layers[0].track,
		webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	if err != nil {
		return err
	}
	sender := transceiver.Sender()
	for _, l := range s.layers[1:] {
		if err := sender.AddEncoding(l.track); err != nil {
			return err
		}
	}
	for _, l := range s.layers {
		go l.readRTCP(sender) // ends with the connection
	}
	s.ended.Go(func() { s.sendLayers(transceiver) })
	return nil
}

func (l *simulcastLayer) readRTCP(sender *webrtc.RTPSender) {
	for {
		packets, _, err := sender.ReadSimulcastRTCP(l.rid)
		if err != nil {
			return
		}
		if wantKeyframe(packets) {
			l.wanted.Store(true)
		}
	}
}

// sendLayers writes a frame of each layer at a time.
func (s *Source) sendLayers(transceiver *webrtc.RTPTransceiver) {
	ticker := time.NewTicker(s.duration)
	defer ticker.Stop()
	for n := 0; ; n++ {
		select {
		case <-s.stop:
			return
		case <-ticker.C:
		}
		var mid, rid int
		for _, e := range transceiver.Sender().GetParameters().HeaderExtensions {
			switch e.URI {
			case sdp.SDESMidURI:
				mid = e.ID
			case sdp.SDESRTPStreamIDURI:
				rid = e.ID
			}
		}
		if transceiver.Mid() == "" || mid == 0 || rid == 0 {
			continue // not yet negotiated
		}
		for _, l := range s.layers {
			frame := vp8Picture(n%250 == 0 || l.wanted.Swap(false), l.scale)
			for _, p := range l.packetizer.Packetize(frame, uint32(90000*s.duration/time.Second)) {
				err := p.SetExtension(uint8(mid), []byte(transceiver.Mid()))
				if err == nil {
					err = p.SetExtension(uint8(rid), []byte(l.rid))
				}
				if err == nil {
					err = l.track.WriteRTP(p)
				}
				if err != nil {
					return // the connection has been closed
				}
			}
		}
	}
}
