package rtpconn

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/pion/rtp"

	"galene/codecs"
	"galene/conn"
)

// redOffer is an offer of Chromium's with redundant sound, whose payload types are not
// ours.
func redOffer(t *testing.T) string {
	return strings.NewReplacer("SAVPF 111 63 ", "SAVPF 111 64 ", "a=rtpmap:63 red", "a=rtpmap:64 red",
		"a=fmtp:63 ", "a=fmtp:64 ").Replace(readOffer(t, "chromium.sdp"))
}

// TestRedundancyNegotiated: redundant sound is taken where the group's codecs name it,
// in their order, as part of the track, and offered to receivers (spec media.md 8.3).
func TestRedundancyNegotiated(t *testing.T) {
	for _, test := range []struct {
		name   string
		list   []string
		answer string // payload types
		red    bool
	}{
		{"not named", []string{"opus"}, "111", false},
		{"preferred", []string{"red", "opus"}, "64 111", true},
		{"allowed", []string{"opus", "red"}, "111 64", true},
		{"beside another codec", []string{"red", "opus", "pcma"}, "64 111 8", true},
		{"without Opus", []string{"red", "pcma"}, "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := newTestEngine(t, Options{})
			list := codecs.Lookup("vp8")
			for _, name := range test.list {
				list = append(list, codecs.Lookup(name)...)
			}
			up := must(e.NewUp(UpParams{Codecs: list}))
			answer := must(parseDescription(must(up.Offer(redOffer(t))))).MediaDescriptions[0]
			if got := strings.Join(answer.MediaName.Formats, " "); test.answer != "" && got != test.answer {
				t.Errorf("answer %s, want %s", got, test.answer)
			}
			i := slices.IndexFunc(up.sections, func(s *section) bool { return s.kind == codecs.Audio })
			if f := up.sections[i].formats[64]; (f != nil) != test.red || f != nil && (f.blocks != 111 || f.codec.Name != "opus") {
				t.Errorf("format 64: %+v", f)
			}
			if !slices.ContainsFunc(up.Tracks(), func(tr conn.Track) bool { return tr.Kind() == codecs.Audio }) {
				return // its codec is known with the first packet
			}
			r := e.NewReceiver()
			defer r.Close()
			down := must(r.NewDown(up, DownParams{}))
			_ = must(down.SetTracks(up.Tracks(), false))
			offer := must(down.Offer(false))
			if got := strings.Contains(offer, "a=rtpmap:63 red/48000/2\r\n") &&
				strings.Contains(offer, "a=fmtp:63 111/111\r\n"); got != test.red {
				t.Errorf("offered: %v, in\n%s", got, offer)
			}
		})
	}
}

// TestRedundancyForwarded: who knows about redundancy gets packets as they came, but
// for the payload types of the blocks; others get the newest block; and both get what
// comes without redundancy (spec media.md 8.3).
func TestRedundancyForwarded(t *testing.T) {
	e := newTestEngine(t, Options{})
	opus := codecs.Lookup("opus")[0]
	opus.REDPayloadType = codecs.REDPayloadType
	up := must(e.NewUp(UpParams{ID: "up", Codecs: []codecs.Codec{opus}}))
	sec := &section{mid: "0", kind: codecs.Audio, active: true, ssrcs: []uint32{testSSRC}}
	sec.formats[109] = &format{codec: opus}
	sec.formats[64] = &format{codec: opus, blocks: 109}
	up.install([]*section{sec})
	s := &source{up: up, streams: make(map[uint32]*rtpStream)}
	knows, all := newRecordedDown(t, e, s, output{ssrc: 1, payloadType: 111, redType: 63})
	_, newest := newRecordedDown(t, e, s, output{ssrc: 2, payloadType: 111})

	var want []*rtp.Packet
	send := func(pt uint8, payload, plain []byte) {
		n := uint16(len(want))
		h := rtp.Header{Version: 2, SSRC: testSSRC, PayloadType: pt, SequenceNumber: n, Timestamp: uint32(n) * 960}
		s.put(&rtp.Packet{Header: h, Payload: payload})
		if plain != nil {
			want = append(want, &rtp.Packet{Header: rtp.Header{PayloadType: 111}, Payload: plain})
		}
	}
	send(109, []byte{1, 2}, []byte{1, 2})
	send(64, []byte{0x80 | 109, 0x0f, 0, 2, 109, 1, 2, 3, 4}, []byte{3, 4})
	send(64, []byte{109, 5, 6}, []byte{5, 6})
	send(109, []byte{7, 8}, []byte{7, 8})
	for i, p := range newest.await(t, len(want)) {
		if p.PayloadType != 111 || !bytes.Equal(p.Payload, want[i].Payload) {
			t.Errorf("packet %d without redundancy: %v", i, p)
		}
	}
	packets := all.await(t, len(want))
	for i, test := range []struct {
		payloadType uint8
		payload     []byte
	}{
		{111, []byte{1, 2}},
		{63, []byte{0x80 | 111, 0x0f, 0, 2, 111, 1, 2, 3, 4}},
		{63, []byte{111, 5, 6}},
		{111, []byte{7, 8}},
	} {
		if packets[i].PayloadType != test.payloadType || !bytes.Equal(packets[i].Payload, test.payload) {
			t.Errorf("packet %d: %v", i, packets[i])
		}
	}
	knows.down.shard.Call(func() {
		sent := knows.log.Find(packets[1].SequenceNumber)
		packet := s.track(0).cache.Acquire(sent.Ext)
		knows.resend(packet, sent, 0)
		packet.Release()
	})
	if again := all.await(t, len(want)+1)[len(want)]; again.String() != packets[1].String() {
		t.Errorf("sent %v, and again %v", packets[1], again)
	}

	send(64, []byte{0x80 | 109, 0x0f, 0, 9, 109}, nil)
	if n := s.track(0).drops[dropTruncated].Load(); n != 1 {
		t.Errorf("a malformed packet was dropped %d times", n)
	}
}
