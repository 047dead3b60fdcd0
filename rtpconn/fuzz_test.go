package rtpconn

import (
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// newFuzzEngine returns an engine for all executions of a fuzz target.
func newFuzzEngine(f *testing.F) *Engine {
	f.Helper()
	e, err := New(Options{
		Shards: 1, Loopback: true, IPFilter: net.IP.IsLoopback,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(e.Close)
	return e
}

// readOffers returns recorded offers of browsers and other clients.
func readOffers(f *testing.F) []string {
	f.Helper()
	files, err := os.ReadDir("testdata/offers")
	if err != nil {
		f.Fatal(err)
	}
	var offers []string
	for _, file := range files {
		text, err := os.ReadFile("testdata/offers/" + file.Name())
		if err != nil {
			f.Fatal(err)
		}
		lines := strings.ReplaceAll(string(text), "\r\n", "\n")
		offers = append(offers, strings.ReplaceAll(lines, "\n", "\r\n"))
	}
	return offers
}

// FuzzSDPOffer: an offer is answered or refused, and either way nothing is left
// when the connection is closed.
func FuzzSDPOffer(f *testing.F) {
	e := newFuzzEngine(f)
	for _, offer := range readOffers(f) {
		f.Add(offer)
	}
	f.Fuzz(func(t *testing.T, offer string) {
		up, err := e.NewUp(UpParams{ID: "x", Codecs: testCodecs()})
		if err != nil {
			t.Fatal(err)
		}
		defer up.Close()
		answer, err := up.Offer(offer)
		switch {
		case err == nil && answer == "":
			t.Error("neither answer nor error")
		case err != nil && len(up.Tracks()) > 0:
			t.Error("tracks after an error")
		case err == nil:
			_, _ = up.Offer(offer) // a renegotiation
		}
		if pc := up.pc.Load(); err != nil && pc != nil && !eventually(func() bool {
			return pc.ConnectionState() == webrtc.PeerConnectionStateClosed
		}) {
			t.Errorf("peer connection is %v after an error", pc.ConnectionState())
		}
	})
}

// FuzzICECandidate: a candidate is taken or refused, whatever it is.
func FuzzICECandidate(f *testing.F) {
	e := newFuzzEngine(f)
	for _, c := range []string{
		"", "candidate:1 1 udp 2130706431 127.0.0.1 50000 typ host",
		"candidate:2 1 udp 1694498815 192.0.2.1 50000 typ srflx raddr 10.0.0.1 rport 9 generation 0 ufrag abcd network-cost 999",
		"candidate:3 1 tcp 1518280447 ::1 9 typ host tcptype active",
		"candidate:4 1 udp 41885439 192.0.2.1 3478 typ relay raddr 0.0.0.0 rport 0",
		"candidate:5 1 udp 1 6f0b3a34-3c2f-4bd4-a2d5-6e6c8f9b1f00.local 1 typ host",
	} {
		f.Add(c, "0", uint16(0))
	}
	offer := readOffers(f)[0]
	f.Fuzz(func(t *testing.T, candidate, mid string, line uint16) {
		up, err := e.NewUp(UpParams{ID: "x", Codecs: testCodecs()})
		if err != nil {
			t.Fatal(err)
		}
		defer up.Close()
		c := webrtc.ICECandidateInit{Candidate: candidate, SDPMid: &mid, SDPMLineIndex: &line}
		_ = up.AddCandidate(c)
		if _, err := up.Offer(offer); err != nil {
			t.Fatal(err)
		}
		_ = up.AddCandidate(c)
	})
}

// FuzzIngest feeds a sequence of RTP packets, each preceded by its size, to an
// up track, and has them forwarded.
func FuzzIngest(f *testing.F) {
	e := newFuzzEngine(f)
	pack := func(packets ...*rtp.Packet) []byte {
		var b []byte
		for _, p := range packets {
			if p.SSRC == 0 {
				p.SSRC, p.PayloadType = testSSRC, 96
			}
			data := must(p.Marshal())
			b = binary.BigEndian.AppendUint16(b, uint16(len(data)))
			b = append(b, data...)
		}
		return b
	}
	f.Add(pack(vp8Packet(0, true), vp8Packet(1, false), padding(2), vp8Packet(4, false), vp8Packet(3, false)))
	f.Add(pack(vp8Packet(0, true), vp8Packet(9000, false), vp8Packet(9001, false), vp8Packet(9002, true)))
	f.Add(pack(&rtp.Packet{Header: rtp.Header{Version: 2, SSRC: testRTXSSRC, PayloadType: 97}, Payload: []byte{0, 1, 2}}))
	f.Add([]byte{0, 4, 0x80, 0x60, 0, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		s := newSource(t, e)
		dt, _ := newNullDown(t, e, s, output{ssrc: 1, payloadType: 96})
		for len(data) >= 2 {
			n := min(int(binary.BigEndian.Uint16(data)), len(data)-2)
			packet := data[2 : 2+n]
			data = data[2+n:]
			ssrc := uint32(testSSRC)
			if n >= 12 {
				ssrc = binary.BigEndian.Uint32(packet[8:])
			}
			s.putRaw(ssrc, packet)
		}
		s.up.Stats()
		s.up.Close()
		dt.down.receiver.Close()
		if n := e.shards.Panics(); n > 0 {
			t.Errorf("%d panics", n)
		}
	})
}

// FuzzRTCPIn feeds RTCP to an up track and to a down track: it is bounded work,
// and what is sent again is what was sent.
func FuzzRTCPIn(f *testing.F) {
	e := newFuzzEngine(f)
	for _, p := range []rtcp.Packet{
		&rtcp.SenderReport{SSRC: testSSRC, NTPTime: 1 << 40, RTPTime: 3000},
		&rtcp.ReceiverReport{Reports: []rtcp.ReceptionReport{{SSRC: testSSRC, LastSenderReport: 7, Delay: 9}}},
		&rtcp.TransportLayerNack{MediaSSRC: testSSRC, Nacks: []rtcp.NackPair{{PacketID: 0, LostPackets: 0xffff}}},
		&rtcp.PictureLossIndication{MediaSSRC: testSSRC},
		&rtcp.FullIntraRequest{FIR: []rtcp.FIREntry{{SSRC: testSSRC, SequenceNumber: 3}}},
		&rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: 1e6, SSRCs: []uint32{testSSRC}},
		rtcp.NewCNAMESourceDescription(testSSRC, "somebody"),
		&rtcp.Goodbye{Sources: []uint32{testSSRC}},
	} {
		f.Add(must(p.Marshal()))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := newSource(t, e)
		defer s.up.Close()
		dt, w := newNullDown(t, e, s, output{ssrc: testSSRC, payloadType: 96})
		for i := range 50 {
			s.put(vp8Packet(i, i == 0))
		}
		s.up.receiveRTCP(testSSRC, data)
		s.track(0).Clock()
		dt.down.inbox.put(data)
		dt.down.shard.Call(func() {
			dt.down.sending.receiveRTCP(data, e.clock.nanos())
			if dt.retransmitted > 2*maxAsked || w.n > 50+2*maxAsked {
				t.Errorf("%d packets sent again", dt.retransmitted)
			}
		})
		dt.down.receiver.Close()
		if n := e.shards.Panics(); n > 0 {
			t.Errorf("%d panics", n)
		}
	})
}
