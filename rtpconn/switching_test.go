package rtpconn

import (
	"encoding/binary"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/transport/v5"
	"github.com/pion/webrtc/v4"

	"galene/codecs"
)

const (
	// pictureTime is the time between the pictures of a simulcast.
	pictureTime = 40 * time.Millisecond
	// pictureParts is the number of packets of each.
	pictureParts = 3
	// patientPackets is how many packets a decoder lets come before it gives up
	// one that is missing: those of a second.
	patientPackets = int(time.Second/pictureTime) * pictureParts
	// tagSize is the size of what a packet ends with: layer, part, picture.
	tagSize = 6
)

// picturePart returns the payload of one packet of a picture: what it begins with
// is as the codec has it, what it ends with says what it is.
func picturePart(codec string, layer byte, n int, part byte, key bool) []byte {
	first, last := part == 0, part == pictureParts-1
	var b []byte
	switch codec {
	case "vp8":
		b = []byte{0x80, 0x80, 0x80 | byte(n>>8&0x7f), byte(n)}
		if first {
			b[0] |= 0x10
		}
		b = append(b, choose(key, byte(0), 1), 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 64, 0)
	case "vp9":
		b = []byte{0x80 | choose(key, byte(0), 0x40) | choose(first, byte(8), 0) | choose(last, byte(4), 0),
			0x80 | byte(n>>8&0x7f), byte(n), choose(key, byte(0x82), 0x86)}
	case "h264":
		switch {
		case key && first: // a sequence parameter set
			b = []byte{0x67, 0x42, 0xe0, 0x1f}
		default: // a fragment
			b = []byte{0x7c, choose(key, byte(5), 1) | choose(first || key && part == 1, byte(0x80), 0) |
				choose(last, byte(0x40), 0)}
		}
	case "av1":
		b = []byte{0x10 | choose(first, byte(0), 0x80) | choose(last, byte(0), 0x40), 0x30, choose(key, byte(0), 0x20)}
		if key && first { // two elements: a sequence header, and the frame
			b = []byte{0x68, 12, 0x08, 0x00, 0x00, 0x00, 0x42, 0xa7, 0xbf, 0xe4, 0x60, 0, 0, 0, 0x30, 0}
		}
	}
	b = append(b, layer, part)
	return binary.BigEndian.AppendUint32(b, uint32(n))
}

func choose[T any](yes bool, a, b T) T {
	if yes {
		return a
	}
	return b
}

// simulcaster sends pictures in two simulcast layers.
type simulcaster struct {
	*publisher
	codec       string
	transceiver *webrtc.RTPTransceiver
	layers      []*simulcastLayer
	next        int
}

type simulcastLayer struct {
	rid    string
	track  *webrtc.TrackLocalStaticRTP
	wanted atomic.Bool // a keyframe is
	seq    uint16
}

// publishSimulcast makes a client that offers a video in the layers h and l.
func publishSimulcast(t *testing.T, e *Engine, network transport.Net, codec string) *simulcaster {
	t.Helper()
	// Pion repairs on streams that it does not say the layer of.
	o := peerOptions{net: network, interceptor: true, noRTX: true, codecs: codecs.Lookup(codec)}
	s := &simulcaster{codec: codec, publisher: &publisher{
		t: t, pc: newPeer(t, o),
		changed: make(chan struct{}, 100), failed: make(chan struct{}, 10),
		toUp: &trickle{}, toPeer: &trickle{},
	}}
	c := codecs.Lookup(codec)[0]
	for i, rid := range []string{"h", "l"} {
		track := must(webrtc.NewTrackLocalStaticRTP(codecParameters(c, outgoing)[0].RTPCodecCapability,
			"track-id", "stream-id", webrtc.WithRTPStreamID(rid)))
		s.layers = append(s.layers, &simulcastLayer{rid: rid, track: track, seq: uint16(60000 + 1000*i)})
	}
	s.transceiver = must(s.pc.AddTransceiverFromTrack(s.layers[0].track,
		webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}))
	if err := s.transceiver.Sender().AddEncoding(s.layers[1].track); err != nil {
		t.Fatal(err)
	}
	for _, l := range s.layers {
		go l.readRTCP(s.transceiver.Sender()) // ends with the connection
	}
	s.up = must(e.NewUp(UpParams{
		ID: "up-id", Label: "camera", Codecs: codecs.Lookup(codec),
		OnCandidate: s.toPeer.add,
		OnTracks:    func() { s.changed <- struct{}{} },
		OnFailed:    func() { s.failed <- struct{}{} },
	}))
	s.toUp.fromPC(s.pc)
	s.negotiate(nil)
	return s
}

func (l *simulcastLayer) readRTCP(sender *webrtc.RTPSender) {
	for {
		packets, _, err := sender.ReadSimulcastRTCP(l.rid)
		if err != nil {
			return
		}
		for _, p := range packets {
			switch p.(type) {
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				l.wanted.Store(true)
			}
		}
	}
}

// picture sends the next picture, in both layers; those that are asked for
// keyframes send one.
func (s *simulcaster) picture() {
	s.t.Helper()
	var mid, rid uint8
	for _, e := range s.transceiver.Sender().GetParameters().HeaderExtensions {
		switch e.URI {
		case sdp.SDESMidURI:
			mid = uint8(e.ID)
		case sdp.SDESRTPStreamIDURI:
			rid = uint8(e.ID)
		}
	}
	for i, l := range s.layers {
		key := l.wanted.Swap(false) || s.next == 0
		for part := range byte(pictureParts) {
			p := &rtp.Packet{Header: rtp.Header{
				Version: 2, SequenceNumber: l.seq, Marker: part == pictureParts-1,
				Timestamp: uint32(s.next)*90*uint32(pictureTime/time.Millisecond) + uint32(i)*12345,
			}, Payload: picturePart(s.codec, l.rid[0], s.next, part, key)}
			l.seq++
			err := p.SetExtension(mid, []byte(s.transceiver.Mid()))
			if err == nil {
				err = p.SetExtension(rid, []byte(l.rid))
			}
			if err == nil {
				err = l.track.WriteRTP(p)
			}
			if err != nil {
				s.t.Fatal(err)
			}
		}
	}
	s.next++
}

// run sends pictures for some time.
func (s *simulcaster) run(d time.Duration) {
	s.t.Helper()
	for range d / pictureTime {
		s.picture()
		time.Sleep(pictureTime)
	}
}

// pictureDecoder decodes what TestSimulcastSwitch_V14 sends: a picture needs the one
// before it of the same layer, unless it is a keyframe.  It knows of losses by gaps
// in the sequence numbers only, and then waits for a keyframe.
type pictureDecoder struct {
	t       *testing.T
	codec   string
	packets map[uint16]*rtp.Packet
	next    uint16
	started bool

	layer    byte
	last     int // picture decoded
	broken   bool
	decoded  int
	keys     int
	switches int
	gaps     int
	byLayer  map[byte]int
}

// add takes what has come, in any order.
func (d *pictureDecoder) add(list []*rtp.Packet) {
	for _, p := range list {
		if !d.started {
			d.started, d.next, d.broken = true, p.SequenceNumber, true
		}
		d.packets[p.SequenceNumber] = p
	}
}

// decode decodes what there is, up to what came before the last packets: these may
// be repaired yet, unless it is the end.
func (d *pictureDecoder) decode(end bool) {
	for len(d.packets) > 0 {
		if d.packets[d.next] == nil {
			if !end && len(d.packets) < patientPackets {
				return
			}
			d.next++
			if !d.broken {
				d.gaps++
			}
			d.broken = true
			continue
		}
		var parts []*rtp.Packet
		for i := d.next; d.packets[i] != nil && len(parts) < pictureParts; i++ {
			parts = append(parts, d.packets[i])
			if parts[len(parts)-1].Marker {
				break
			}
		}
		if len(parts) < pictureParts && !parts[len(parts)-1].Marker {
			if !end && len(d.packets) < patientPackets {
				return
			}
			// A gap within the picture.
			for range parts {
				delete(d.packets, d.next)
				d.next++
			}
			d.broken = true
			continue
		}
		for range parts {
			delete(d.packets, d.next)
			d.next++
		}
		d.picture(parts)
	}
}

// picture decodes what is marked as a whole picture and has no gap before it that
// the decoder has not noticed.
func (d *pictureDecoder) picture(parts []*rtp.Packet) {
	d.t.Helper()
	layer, n, key := byte(0), 0, false
	for i, p := range parts {
		tag := p.Payload[len(p.Payload)-tagSize:]
		l, part, number := tag[0], tag[1], int(binary.BigEndian.Uint32(tag[2:]))
		if i == 0 {
			layer, n = l, number
			if part != 0 && d.broken {
				return // the rest of a picture whose beginning is lost
			}
			for _, parse := range codecs.Lookup(d.codec)[:1] {
				key = parse.Parse(p.Payload, p.Marker, true).Keyframe == codecs.KeyframeYes
			}
		}
		if l != layer || number != n || int(part) != i || p.Timestamp != parts[0].Timestamp {
			d.t.Errorf("a picture with parts of others: %c%d part %d after %c%d", l, number, part, layer, n)
			return
		}
	}
	if len(parts) != pictureParts {
		d.t.Errorf("picture %c%d is marked complete with %d parts", layer, n, len(parts))
		return
	}
	switch {
	case key:
		d.keys++
		if d.decoded > 0 && layer != d.layer {
			d.switches++
		}
	case d.broken:
		return // shown as the last picture until a keyframe comes
	case layer != d.layer || n != d.last+1:
		d.t.Errorf("picture %c%d after %c%d cannot be decoded, and no packet is missing", layer, n, d.layer, d.last)
		return
	}
	d.broken = false
	d.layer, d.last = layer, n
	d.decoded++
	d.byLayer[layer]++
}

// TestSimulcastSwitch_V14: while a receiver changes between simulcast layers, over
// networks that lose packets in both directions, a decoder never gets a picture that
// it cannot decode without seeing that something is missing (R-2.83, R-2.40, I2, I6);
// no description is exchanged.
func TestSimulcastSwitch_V14(t *testing.T) {
	for _, codec := range []string{"vp8", "vp9", "h264", "av1"} {
		for _, loss := range []float64{0, 0.1} {
			t.Run(fmt.Sprintf("%s,%v", codec, loss), func(t *testing.T) {
				onNetwork(t, 40*time.Millisecond, func(s *scenario, sender transport.Net) {
					t := s.t
					p := publishSimulcast(t, s.e, sender, codec)
					p.connected()
					s.p = p.publisher
					heard := func() bool {
						for _, track := range p.up.snapshot() {
							if track.ssrc.Load() == 0 {
								return false
							}
						}
						return true
					}
					p.sendUntil(heard, func(int) { p.picture() })
					back := s.host(func(net.Addr) *link { return s.back })
					v := newViewer(t, s.e, peerOptions{net: back, interceptor: true}, p.up)
					v.set(p.up.Tracks()[:1])
					v.negotiate(false)
					v.connected().attached()
					p.picture()
					first := p.next
					d := &pictureDecoder{t: t, codec: codec, packets: make(map[uint16]*rtp.Packet),
						byLayer: make(map[byte]int)}
					track := wait(t, v.tracks, "track")
					packets := v.repair(track)
					p.run(time.Second)
					for _, l := range []*link{s.up, s.down} {
						l.set(func(l *link) { l.media = losing(loss, s.random) })
					}
					const changes = 10
					for i := range changes {
						layer := p.up.Tracks()[(i+1)%2:]
						if v.set(layer[:1]) {
							t.Error("wants an exchange of descriptions")
						}
						for range 5 {
							p.run(time.Second / 5)
							d.add(take(packets))
							if d.decode(false); d.broken {
								v.requestKeyframe(track)
							}
						}
					}
					for _, l := range []*link{s.up, s.down} {
						l.set(func(l *link) { l.media = nil })
					}
					p.run(time.Second)
					d.add(take(packets))
					d.decode(true)
					sent := p.next - first
					t.Logf("%d of %d pictures, %d switches, %d keyframes, %d gaps, by layer %v",
						d.decoded, sent, d.switches, d.keys, d.gaps, d.byLayer)
					if d.switches < changes/2 {
						t.Errorf("%d switches", d.switches)
					}
					if want := 1 - 5*loss; float64(d.decoded) < 0.9*want*float64(sent) {
						t.Errorf("%d of %d pictures decoded", d.decoded, sent)
					}
					if loss == 0 && d.gaps > 0 {
						t.Errorf("%d gaps without loss", d.gaps)
					}
				})
			})
		}
	}
}
