package recorder

import (
	"math"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// smaller returns two seconds of VP8 of another size.
func smaller(t *testing.T) [][]byte {
	t.Helper()
	needFFmpeg(t)
	out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=s=160x120:r=25:d=2",
		"-pix_fmt", "yuv420p", "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-f", "ivf", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	list, err := readIVF(out)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestResize changes the size of the picture in one file or, if that is
// wanted, begins another.
func TestResize(t *testing.T) {
	for _, rotate := range []bool{false, true} {
		f := newFixtureIn(t, t.TempDir(), Options{RotateOnResize: rotate})
		f.record()
		video := newTrack("vp8")
		f.join("bob").publish(newSource(video))
		list := slices.Concat(frames(t, "vp8")[:50], smaller(t), frames(t, "vp8")[:50])
		deliver(video.traffic(list, videoInterval, 0))
		f.unrecord()
		want := 1
		if rotate {
			want = 3
		}
		files := f.recordings()
		if len(files) != want {
			t.Fatalf("rotate %v: files %q", rotate, files)
		}
		total := 0
		for _, file := range files {
			decode(t, file)
			total += len(probe(t, file, "-select_streams", "v", "-show_entries", "packet=pts"))
		}
		if total != 150 {
			t.Errorf("rotate %v: %d pictures, want 150", rotate, total)
		}
	}
}

// TestFileDuration begins a new file, at a keyframe, when one has become long
// nothing is lost, nothing is there twice.
func TestFileDuration(t *testing.T) {
	f := newFixtureIn(t, t.TempDir(), Options{Limits: Limits{FileDuration: 2500 * time.Millisecond}})
	f.record()
	audio, video := newTrack("opus"), newTrack("vp8")
	f.join("bob").publish(newSource(audio, video))
	deliver(audio.traffic(frames(t, "opus"), audioInterval, 0), video.traffic(frames(t, "vp8"), videoInterval, 0))
	f.unrecord()
	files := f.inOrder()
	if len(files) != 2 {
		t.Fatalf("files %q", files)
	}
	pictures, sound := 0, 0
	for i, file := range files {
		decode(t, file)
		pictures += countPictures(t, file)
		sound += len(probe(t, file, "-select_streams", "a", "-show_entries", "packet=pts"))
		if d, want := seconds(t, file), []float64{4, 2}[i]; math.Abs(d-want) > 0.05 {
			t.Errorf("file %d lasts %v s, want %v", i, d, want)
		}
	}
	if pictures != mediaLength*frameRate || sound != len(frames(t, "opus")) {
		t.Errorf("%d pictures, %d packets of sound", pictures, sound)
	}
}

// TestLateVideo begins with sound alone, and makes another file when there are
// pictures.
func TestLateVideo(t *testing.T) {
	f := newFixture(t)
	f.record()
	audio, video := newTrack("opus"), newTrack("vp8")
	f.join("bob").publish(newSource(audio, video))
	late := video.traffic(frames(t, "vp8"), videoInterval, 0)
	a := audio.traffic(frames(t, "opus"), audioInterval, 0)
	deliver(a, later(a, mediaLength*time.Second, 1), later(late, mediaLength*time.Second, 0))
	f.unrecord()
	files := f.inOrder()
	if len(files) != 2 {
		t.Fatalf("files %q", files)
	}
	for i, want := range []string{"opus", "vp8,opus"} {
		decode(t, files[i])
		if got := strings.Join(probe(t, files[i], "-show_entries", "stream=codec_name"), ","); got != want {
			t.Errorf("file %d has %s, want %s", i, got, want)
		}
		if d := seconds(t, files[i]); math.Abs(d-mediaLength) > 0.06 {
			t.Errorf("file %d lasts %v s", i, d)
		}
	}
	wantSynchronous(t, files[1])
}

// TestMute leaves gaps where there is nothing, and the file goes on.
func TestMute(t *testing.T) {
	f := newFixture(t)
	f.record()
	audio, video := newTrack("opus"), newTrack("vp8")
	f.join("bob").publish(newSource(audio, video))
	a := audio.traffic(frames(t, "opus"), audioInterval, 0)
	// No sound for two seconds, as with a microphone that sends nothing: the
	// numbers go on without a hole.
	var muted []flight
	cut := uint64(0)
	for _, p := range a {
		if p.report == nil && p.arrival >= epoch+2*time.Second && p.arrival < epoch+4*time.Second {
			cut++
			continue
		}
		p.ext -= cut
		muted = append(muted, p)
	}
	deliver(muted, video.traffic(frames(t, "vp8"), videoInterval, 0))
	f.unrecord()
	file := f.only()
	decode(t, file)
	if n := countPictures(t, file); n != mediaLength*frameRate {
		t.Errorf("%d pictures", n)
	}
	if d := seconds(t, file); math.Abs(d-mediaLength) > 0.04 {
		t.Errorf("duration %v s", d)
	}
	gaps := f.index().Files[0].Gaps
	if len(gaps) != 1 || gaps[0].Kind != "audio" || math.Abs(gaps[0].From-2) > 0.05 || math.Abs(gaps[0].To-4) > 0.05 {
		t.Errorf("gaps %+v", gaps)
	}
}

// TestDiscontinuous records somebody whose encoder sends next to nothing while nobody
// speaks (DTX): the packets that come keep their times, and nothing is put in between
//
func TestDiscontinuous(t *testing.T) {
	f := newFixture(t)
	f.record()
	audio := newTrack("opus")
	f.join("bob").publish(newSource(audio))
	var sent []flight
	var times []float64
	at := 0
	for _, p := range audio.traffic(frames(t, "opus"), audioInterval, 0) {
		if p.report != nil {
			sent = append(sent, p)
			continue
		}
		since := p.arrival - epoch
		// One packet in 400 ms, and no number is missing.
		if silent := since >= 2*time.Second && since < 4*time.Second; !silent || at%20 == 0 {
			p.ext = 1<<17 + uint64(len(times))
			sent, times = append(sent, p), append(times, since.Seconds())
		}
		at++
	}
	deliver(sent)
	f.unrecord()
	decode(t, f.only())
	var got []float64
	for _, field := range probe(t, f.only(), "-show_entries", "packet=pts_time") {
		pts, err := strconv.ParseFloat(strings.TrimRight(field, ","), 64)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, pts)
	}
	if !slices.EqualFunc(got, times, func(a, b float64) bool { return math.Abs(a-b) < 0.0015 }) {
		t.Errorf("packets at %v, want %v", got, times)
	}
	if gaps := f.index().Files[0].Gaps; len(gaps) != 0 {
		t.Errorf("gaps %+v, but nobody was away", gaps)
	}
}

// TestReplace ends the file of a stream that is replaced, and records the other.
func TestReplace(t *testing.T) {
	f := newFixture(t)
	f.record()
	bob := f.join("bob")
	first, second := newTrack("opus"), newTrack("opus")
	old, fresh := newSource(first), newSource(second)
	bob.publish(old)
	deliver(first.traffic(frames(t, "opus"), audioInterval, 0))
	if err := bob.m.ReserveStream(fresh.id, old.id); err != nil {
		t.Fatal(err)
	}
	fresh.owner = old.owner
	bob.m.Announce(fresh)
	second.present = f.present
	second.awaitSink()
	deliver(later(second.traffic(frames(t, "opus"), audioInterval, 0), 10*time.Second, 0))
	f.unrecord()
	files := f.recordings()
	if len(files) != 2 {
		t.Fatalf("files %q", files)
	}
	for _, file := range files {
		decode(t, file)
		if d := seconds(t, file); math.Abs(d-mediaLength) > 0.04 {
			t.Errorf("duration %v s", d)
		}
	}
}

// TestTimestampsJump records a sender whose timestamps begin anew; what was sent
// before is not affected.
func TestTimestampsJump(t *testing.T) {
	f := newFixture(t)
	f.record()
	audio := newTrack("opus")
	f.join("bob").publish(newSource(audio))
	a := audio.traffic(frames(t, "opus"), audioInterval, 0)
	b := later(a, mediaLength*time.Second, 1)
	for _, p := range b {
		const jump = 100_000_000 // more than half an hour
		if p.report != nil {
			p.report.RTP += jump
		} else {
			p.packet.Timestamp += jump
		}
	}
	deliver(a, b)
	f.unrecord()
	decode(t, f.only())
	if d := seconds(t, f.only()); math.Abs(d-2*mediaLength) > 0.1 {
		t.Errorf("duration %v s", d)
	}
	if gaps := f.index().Files[0].Gaps; len(gaps) != 0 {
		t.Errorf("gaps %+v", gaps)
	}
}
