package rtpconn

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"

	"galene/codecs"
)

func TestSendTimeFormat(t *testing.T) {
	for now, want := range map[int64]uint32{
		-1:                                  0,
		0:                                   0,
		int64(time.Second):                  1 << 18,
		int64(250 * time.Microsecond):       65,
		int64(63*time.Second + 999_999_999): 1<<24 - 1,
		int64(64 * time.Second):             0,
		1<<63 - 1:                           uint32((9223372036%64)<<18 + 854775807*(1<<18)/1_000_000_000),
	} {
		if got := sendTime(now); got != want {
			t.Errorf("%d ns: %d, want %d", now, got, want)
		}
	}
}

// TestSendTime: packets say when they are sent, and when they are sent again on a stream
// of their own.
func TestSendTime(t *testing.T) {
	const id = 3
	clock := newFakeClock()
	e := newTestEngine(t, Options{Now: clock.Now})
	s := newSource(t, e)
	dt, w := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96, rtxSSRC: 6, rtxType: 97, sendTime: id})
	check := func(p *rtp.Packet) {
		t.Helper()
		v := sendTime(e.clock.nanos())
		if got, want := p.GetExtension(id), []byte{byte(v >> 16), byte(v >> 8), byte(v)}; !bytes.Equal(got, want) {
			t.Errorf("packet of stream %d says %x at %x", p.SSRC, got, want)
		}
	}
	var last *rtp.Packet
	for i := range 4 {
		clock.Advance(20 * time.Second)
		s.put(vp8Packet(i, i == 0))
		last = w.await(t, i+1)[i]
		check(last)
	}
	clock.Advance(time.Second)
	dt.tell(&rtcp.TransportLayerNack{MediaSSRC: 5, Nacks: []rtcp.NackPair{{PacketID: last.SequenceNumber}}})
	again := w.await(t, 5)[4]
	check(again)
	if again.SSRC != 6 {
		t.Errorf("sent again on stream %d", again.SSRC)
	}

	large := vp8Packet(4, false)
	large.Payload = append(large.Payload, make([]byte, 1452-16-headerSize-len(large.Payload))...)
	s.put(large)
	if p := w.await(t, 6)[5]; p.Extension {
		t.Errorf("a packet of %d bytes was made larger", p.MarshalSize())
	}
}

// TestSendTimeNegotiated: the extension is offered for pictures, and used if the receiver
// wants it; but not where a packet that is sent again must be the same.
func TestSendTimeNegotiated(t *testing.T) {
	codec := codecs.Lookup("vp8")[0]
	answered := func(attributes ...string) uint8 {
		m := &sdp.MediaDescription{MediaName: sdp.MediaName{Media: "video", Formats: []string{"96", "97"}}}
		for _, a := range append(attributes, "rtpmap:96 VP8/90000") {
			key, value, _ := strings.Cut(a, ":")
			m.WithValueAttribute(key, value)
		}
		return negotiated(m, codec, 1, 2).sendTime
	}
	const extension = "extmap:4 " + sdp.ABSSendTimeURI
	if id := answered(extension, "rtpmap:97 rtx/90000", "fmtp:97 apt=96"); id != 4 {
		t.Errorf("identifier %d", id)
	}
	if id := answered(extension); id != 0 {
		t.Errorf("without retransmission stream: identifier %d", id)
	}
	if id := answered("rtpmap:97 rtx/90000", "fmtp:97 apt=96"); id != 0 {
		t.Errorf("not negotiated: identifier %d", id)
	}
	for _, kind := range []codecs.Kind{codecs.Audio, codecs.Video} {
		for _, way := range []direction{incoming, outgoing} {
			list := strings.Join(extensions(kind, way, testCodecs()), " ")
			if got, want := strings.Contains(list, sdp.ABSSendTimeURI), kind == codecs.Video && way == outgoing; got != want {
				t.Errorf("%v, direction %v: %s", kind, way, list)
			}
		}
	}
}

// TestSendTimeBesideDescriptor: both fit into one header, whichever form it has.
func TestSendTimeBesideDescriptor(t *testing.T) {
	for _, tt := range []struct {
		name            string
		time, describes uint8
		descriptor      int
	}{
		{"short", 3, 5, 3},
		{"long descriptor", 3, 5, 40},
		{"high identifier of the time", 15, 5, 3},
		{"high identifier of the descriptor", 3, 15, 3},
	} {
		var times sendTimeWriter
		var descriptors descriptorWriter
		descriptor := bytes.Repeat([]byte{0xc0}, tt.descriptor)
		for _, size := range []int{1000, 1360, 1380, 1400, 1405, 1406, 1407, 1408, 1409, 1410, 1420} {
			h := rtp.Header{Version: 2}
			times.stamp(&h, tt.time, int64(time.Second))
			descriptors.extend(&h, tt.describes, descriptor, size)
			p := rtp.Packet{Header: h, Payload: make([]byte, size)}
			var got rtp.Packet
			if err := got.Unmarshal(must(p.Marshal())); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			if !bytes.Equal(got.GetExtension(tt.time), []byte{4, 0, 0}) {
				t.Errorf("%s, %d bytes: time %x", tt.name, size, got.GetExtension(tt.time))
			}
			if d := got.GetExtension(tt.describes); d != nil && !bytes.Equal(d, descriptor) || d == nil && size <= 1360 {
				t.Errorf("%s, %d bytes: descriptor %x", tt.name, size, d)
			} else if n := p.MarshalSize() + 16; d != nil && n > 1452 {
				t.Errorf("%s: packet of %d bytes", tt.name, n)
			}
		}
	}
}
