package recorder

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	payloads "github.com/pion/rtp/codecs"

	"galene/codecs"
)

// TestLossAndReordering records under 5 % loss, mended by retransmissions, and
// reordering: every frame is there, and sound and pictures stay together.
func TestLossAndReordering(t *testing.T) {
	for _, codec := range []string{"vp8", "vp9", "av1", "h264"} {
		t.Run(codec, func(t *testing.T) {
			f := newFixture(t)
			f.record()
			audio, video := newTrack("opus"), newTrack(codec)
			f.join("bob").publish(newSource(audio, video))
			r := rand.New(rand.NewPCG(1, 2))
			a := audio.traffic(frames(t, "opus"), audioInterval, 0)
			v := video.traffic(frames(t, codec), videoInterval, 40*time.Millisecond)
			deliver(disturb(r, a, 0.05, 0.1, nil), disturb(r, v[:1], 0, 0, nil), disturb(r, v[1:], 0.05, 0.1, nil))
			f.unrecord()

			file := f.only()
			decode(t, file)
			if n := countPictures(t, file); n != mediaLength*frameRate {
				t.Errorf("%d pictures, want %d", n, mediaLength*frameRate)
			}
			if n := len(probe(t, file, "-select_streams", "a", "-show_entries", "packet=pts")); n != len(frames(t, "opus")) {
				t.Errorf("%d packets of sound, want %d", n, len(frames(t, "opus")))
			}
			if d := seconds(t, file); math.Abs(d-mediaLength) > 0.04 {
				t.Errorf("duration %v s", d)
			}
			wantSynchronous(t, file)
		})
	}
}

// TestLossForEver loses packets for good: what cannot be decoded without them is
// left out, up to the next keyframe, which is asked for; the rest is there.
func TestLossForEver(t *testing.T) {
	for _, codec := range []string{"vp8", "vp9", "av1", "h264"} {
		t.Run(codec, func(t *testing.T) {
			f := newFixture(t)
			f.record()
			video := newTrack(codec)
			f.join("bob").publish(newSource(video))
			all := video.traffic(frames(t, codec), videoInterval, 0)
			from := uint32(0) // the frame after two and a half seconds
			for _, p := range all {
				if p.report == nil && from == 0 && p.arrival >= epoch+2500*time.Millisecond {
					from = p.packet.Timestamp
				}
			}
			kept := slices.DeleteFunc(slices.Clone(all), func(p flight) bool {
				return p.report == nil && p.packet.Timestamp == from
			})
			deliver(kept)
			f.unrecord()
			file := f.only()
			decode(t, file)
			// Frames 63 to 99 are missing: the next keyframe is 100.
			if n := countPictures(t, file); n != mediaLength*frameRate-37 {
				t.Errorf("%d pictures, want %d", n, mediaLength*frameRate-37)
			}
			if n := video.keyframeRequests(); n < 2 {
				t.Errorf("%d keyframes were asked for", n)
			}
		})
	}
}

// TestDecodable records under 5 % loss, some of it for good, and reordering: the file
// has every frame that a receiver could have decoded, at its time, and no other one.
func TestDecodable(t *testing.T) {
	for seed, codec := range []string{"vp8", "vp9", "av1", "h264"} {
		t.Run(codec, func(t *testing.T) {
			f := newFixture(t)
			f.record()
			video := newTrack(codec)
			f.join("bob").publish(newSource(video))
			all := video.traffic(frames(t, codec), videoInterval, 40*time.Millisecond)
			// What is known of each frame, in the order in which they were sent.
			type sentFrame struct{ key, broken bool }
			var sent []*sentFrame
			byTimestamp := make(map[uint32]*sentFrame)
			for _, p := range all {
				if p.report != nil {
					continue
				}
				frame := byTimestamp[p.packet.Timestamp]
				if frame == nil {
					frame = new(sentFrame)
					sent = append(sent, frame)
					byTimestamp[p.packet.Timestamp] = frame
				}
				info := video.codec.Parse(p.packet.Payload, p.packet.Marker, p.first)
				frame.key = frame.key || info.Keyframe == codecs.KeyframeYes
			}
			r := rand.New(rand.NewPCG(7, uint64(seed)))
			arrived := disturb(r, all, 0.05, 0.1, func(p flight) bool {
				frame := byTimestamp[p.packet.Timestamp]
				forever := frame != sent[0] && r.IntN(5) == 0
				frame.broken = frame.broken || forever
				return forever
			})
			var want []int
			decodable := false
			for i, frame := range sent {
				decodable = !frame.broken && (frame.key || decodable)
				if decodable {
					want = append(want, i)
				}
			}
			if n := len(want); n == len(sent) || n < 20 {
				t.Fatalf("%d of %d frames can be decoded: nothing is tested", n, len(sent))
			}
			deliver(arrived)
			f.unrecord()

			decode(t, f.only())
			var got []int
			for _, field := range probe(t, f.only(), "-select_streams", "v", "-show_entries", "packet=pts_time") {
				at, err := strconv.ParseFloat(strings.TrimRight(field, ","), 64)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, int(math.Round(at*frameRate)))
			}
			if !slices.Equal(got, want) {
				t.Errorf("frames %v, want %v", got, want)
			}
			if n := countPictures(t, f.only()); n != len(want) {
				t.Errorf("%d pictures, want %d", n, len(want))
			}
		})
	}
}

// TestTemporalLayers loses a frame of the highest of two layers of VP8: nothing
// but that frame is missing.
func TestTemporalLayers(t *testing.T) {
	f := newFixture(t)
	f.record()
	video := newTrack("vp8")
	f.join("bob").publish(newSource(video))
	all := video.traffic(frames(t, "vp8"), videoInterval, 0)
	number := -1
	last := uint32(1)
	var out []flight
	for _, p := range all {
		if p.report == nil {
			if p.packet.Timestamp != last {
				last = p.packet.Timestamp
				number++
			}
			p.packet.Payload = layered(t, p.packet.Payload, number)
			if number == 61 { // of the upper layer
				continue
			}
		}
		out = append(out, p)
	}
	deliver(out)
	f.unrecord()
	if n := len(probe(t, f.only(), "-select_streams", "v", "-show_entries", "packet=pts")); n != mediaLength*frameRate-1 {
		t.Errorf("%d pictures, want %d", n, mediaLength*frameRate-1)
	}
}

// layered replaces the descriptor of a VP8 packet by one that makes each odd
// frame part of an upper layer, which depends on the lower one only.
func layered(t *testing.T, payload []byte, number int) []byte {
	t.Helper()
	var p payloads.VP8Packet
	data, err := p.Unmarshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	d := []byte{0x80 | p.S<<4, 0xe0, 0x80 | byte(number>>8)&0x7f, byte(number), byte(number / 2), byte(number%2)<<6 | 0x20}
	return append(d, data...)
}

// TestCacheRepair fetches packets that never came to the recorder, but are in the
// cache, with nothing before or after them.
func TestCacheRepair(t *testing.T) {
	f := newFixture(t)
	f.record()
	video := newTrack("vp8")
	f.join("bob").publish(newSource(video))
	var out []flight
	for i, p := range video.traffic(frames(t, "vp8"), videoInterval, 0) {
		p.cacheOnly = p.report == nil && i%50 == 30
		out = append(out, p)
	}
	deliver(out)
	f.unrecord()
	decode(t, f.only())
	ivf, err := exec.Command("ffmpeg", "-v", "error", "-i", f.only(), "-c", "copy", "-f", "ivf", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	recorded, err := readIVF(ivf)
	if err != nil {
		t.Fatal(err)
	}
	sent := frames(t, "vp8")
	if len(recorded) != len(sent) {
		t.Fatalf("%d frames, want %d", len(recorded), len(sent))
	}
	for i := range sent {
		if !bytes.Equal(recorded[i], sent[i]) {
			t.Errorf("frame %d has %d bytes, or others; %d were sent", i, len(recorded[i]), len(sent[i]))
		}
	}
}

// TestWithoutReports records a sender who sends no reports.
func TestWithoutReports(t *testing.T) {
	f := newFixture(t)
	f.record()
	audio, video := newTrack("opus"), newTrack("vp8")
	f.join("bob").publish(newSource(audio, video))
	withoutReports := func(list []flight) []flight {
		return slices.DeleteFunc(list, func(p flight) bool { return p.report != nil })
	}
	deliver(withoutReports(audio.traffic(frames(t, "opus"), audioInterval, 0)),
		withoutReports(video.traffic(frames(t, "vp8"), videoInterval, 0)))
	f.unrecord()
	decode(t, f.only())
	wantSynchronous(t, f.only())
}

// TestSimulcast records the highest layer that is active: when it ends,
// the lower one takes over at a keyframe, in the same file.
func TestSimulcast(t *testing.T) {
	f := newFixture(t)
	f.record()
	high, low := newTrack("vp8"), newTrack("vp8")
	high.rid, low.rid = "h", "l"
	f.join("bob").publish(newSource(high, low))
	list := frames(t, "vp8")
	deliver(high.traffic(list[:50], videoInterval, 0), low.traffic(list, videoInterval, 0))
	f.unrecord()
	file := f.only()
	decode(t, file)
	// Frames 50 to 99 are those of the lower layer that come before its next
	// keyframe.
	if n := countPictures(t, file); n != 100 {
		t.Errorf("%d pictures, want 100", n)
	}
	if d := seconds(t, file); math.Abs(d-mediaLength) > 0.05 {
		t.Errorf("duration %v s", d)
	}
}

// TestSlowDisk lets the queue overflow: what is dropped ends with a keyframe, the
// operators are told, and nothing is delayed.
func TestSlowDisk(t *testing.T) {
	q := newQueue()
	video := newTrack("vp8")
	in := &input{kind: codecs.Video}
	sent := 0
	send := func(keyframe bool) {
		p := video.pool.Get()
		p.Arrival = int64(sent) * int64(time.Millisecond)
		p.Info.Known, p.Info.Start = true, true
		if keyframe {
			p.Info.Keyframe = codecs.KeyframeYes
		}
		p.Ext = uint64(1<<17 + sent)
		sent++
		video.cache.Store(p, 1)
		q.push(in, batchOf(p))
		p.Release()
	}
	for range 7000 { // 7 seconds
		send(false)
	}
	items, overflow, _ := q.take()
	if !overflow || q.dropped != 1999 && q.dropped != uint64(7000-len(items)+1) {
		t.Errorf("%d items, %d dropped", len(items), q.dropped)
	}
	if last := items[len(items)-1]; last.packet != nil {
		t.Error("there is no mark of the gap")
	}
	for _, i := range items {
		if i.packet != nil {
			i.packet.Release()
		}
	}
	send(false)
	if items, _, _ := q.take(); len(items) != 0 {
		t.Error("goes on without a keyframe")
	}
	send(true)
	send(false)
	items, _, _ = q.take()
	if len(items) != 2 {
		t.Errorf("%d items after the keyframe, want 2", len(items))
	}
	for _, i := range items {
		i.packet.Release()
	}
	video.cache.Close()
	if n := video.pool.Outstanding(); n != 0 {
		t.Errorf("%d packets are lost", n)
	}
}
