package rtpconn

import (
	"testing"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"galene/codecs"
)

// talk is somebody seen and heard, and what one receiver gets of them.
type talk struct {
	t       *testing.T
	clock   *fakeClock
	source  *source
	video   *downTrack
	written *recordingWriter // of the video
	payload int              // bytes added to each frame, of which there are 30 per second
	frames  int
	next    uint16 // sequence number of the video
}

func newTalk(t *testing.T) *talk {
	t.Helper()
	return newTalkOn(t, newFakeClock())
}

func newTalkOn(t *testing.T, clock *fakeClock) *talk {
	t.Helper()
	k := newTalkWith(t, Options{Now: clock.Now})
	k.clock = clock
	return k
}

func newTalkWith(t *testing.T, opts Options) *talk {
	t.Helper()
	e := newTestEngine(t, opts)
	up, err := e.NewUp(UpParams{ID: "up-id", Codecs: testCodecs()})
	if err != nil {
		t.Fatal(err)
	}
	picture := &section{mid: "0", kind: codecs.Video, active: true, ssrcs: []uint32{testSSRC}}
	picture.formats[96] = &format{codec: codecs.Lookup("vp8")[0], nack: true, pli: true}
	sound := &section{mid: "1", kind: codecs.Audio, active: true, ssrcs: []uint32{testSSRC + 1}}
	sound.formats[111] = &format{codec: codecs.Lookup("opus")[0]}
	up.install([]*section{picture, sound})
	s := &source{up: up, streams: make(map[uint32]*rtpStream)}
	dt, w := newRecordedDown(t, e, s, output{ssrc: 5, payloadType: 96})
	tracks := s.up.Tracks()
	audio := newDownTrack(dt.down, tracks[len(tracks)-1])
	dt.down.shard.Call(func() {
		dt.down.sending.add(dt.down, audio, &output{ssrc: 6, payloadType: 111, writer: &nullWriter{}})
		dt.down.receiver.bandwidth.join(dt.down)
	})
	return &talk{t: t, source: s, video: dt, written: w}
}

// run lets seconds pass, in which the receiver names a limit if it is not 0.
func (k *talk) run(seconds int, limit float32) {
	k.t.Helper()
	for range seconds {
		settle(k.t, k.clock, k.video.down, 1, k.frame)
		if limit > 0 {
			k.video.tell(&rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: limit, SSRCs: []uint32{5}})
		}
	}
}

// frame sends a picture, in as many packets as it takes, and the sound beside it.
func (k *talk) frame() {
	const most = 1200
	for left, first := k.payload, true; first || left > 0; first = false {
		p := vp8Packet(k.frames, k.frames%30 == 0)
		p.SequenceNumber = k.next
		k.next++
		p.Payload = append(p.Payload, make([]byte, min(left, most))...)
		if !first {
			p.Payload[0] &^= 0x10 // no start
		}
		left -= most
		p.Marker = left <= 0
		k.source.put(p)
	}
	for i := range 2 {
		k.source.put(&rtp.Packet{
			Header: rtp.Header{
				Version: 2, SSRC: testSSRC + 1, PayloadType: 111,
				SequenceNumber: uint16(2*k.frames + i), Timestamp: uint32(2*k.frames+i) * 800,
			},
			Payload: make([]byte, 80), // 38 kb/s
		})
	}
	k.frames++
}

func (k *talk) paused() (paused bool) {
	k.video.down.shard.Call(func() { paused = k.video.paused })
	return paused
}

// TestSmallVideoGoesOn: browsers' limits follow the pictures that they get, and
// leave out the sound.  A video that takes next to nothing, because nothing moves
// in it, is not paused because its limit is as small.
func TestSmallVideoGoesOn(t *testing.T) {
	k := newTalk(t)
	k.payload = 20
	for i := range 60 {
		before := len(k.written.snapshot())
		k.run(1, 5000)
		if len(k.written.snapshot()) == before {
			t.Fatalf("nothing is sent in second %d", i)
		}
	}
}

// TestLimitSaysNothingWhilePaused: a limit that was named for pictures that do not
// come any more does not keep them away.
func TestLimitSaysNothingWhilePaused(t *testing.T) {
	k := newTalk(t)
	k.payload = 1000 // 240 kb/s
	k.run(3, 0)
	for i := 0; !k.paused(); i++ {
		if i > 20 {
			t.Fatal("a limit below what the video takes is ignored")
		}
		k.run(1, 30_000)
	}
	for i := 0; k.paused(); i++ {
		if i > 120 {
			t.Fatal("never resumed")
		}
		k.run(1, 30_000)
	}
}
