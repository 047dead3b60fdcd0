package recorder

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	audioInterval = 20 * time.Millisecond
	videoInterval = time.Second / frameRate
)

// TestCodecs records each codec; the files are played completely, and sound and
// pictures belong together although the pictures took longer to arrive (R-4.7,
// 4.1).
func TestCodecs(t *testing.T) {
	for _, c := range []struct{ video, audio, extension, probed string }{
		{"vp8", "opus", ".webm", "vp8,opus"},
		{"vp9", "opus", ".webm", "vp9,opus"},
		{"av1", "opus", ".webm", "av1,opus"},
		{"h264", "opus", ".mkv", "h264,opus"},
		{"h265", "opus", ".mkv", "hevc,opus"},
		{"vp8", "pcmu", ".mkv", "vp8,pcm_mulaw"},
		{"", "pcma", ".mkv", "pcm_alaw"},
		{"", "g722", ".mkv", "adpcm_g722"},
		{"", "opus", ".webm", "opus"},
		{"vp8", "", ".webm", "vp8"},
	} {
		t.Run(c.video+c.audio, func(t *testing.T) {
			f := newFixture(t)
			f.record()
			var tracks []*track
			var flights [][]flight
			if c.audio != "" {
				audio := newTrack(c.audio)
				tracks = append(tracks, audio)
				flights = append(flights, audio.traffic(frames(t, c.audio), audioInterval, 0))
			}
			if c.video != "" {
				video := newTrack(c.video)
				tracks = append(tracks, video)
				flights = append(flights, video.traffic(frames(t, c.video), videoInterval, 150*time.Millisecond))
			}
			f.join("bob").publish(newSource(tracks...))
			deliver(flights...)
			f.unrecord()

			file := f.only()
			if !strings.HasSuffix(file, "-bob"+c.extension) {
				t.Errorf("name %q", filepath.Base(file))
			}
			if got := strings.Join(probe(t, file, "-show_entries", "stream=codec_name"), ","); got != c.probed {
				t.Errorf("codecs %q, want %q", got, c.probed)
			}
			decode(t, file)
			if d := seconds(t, file); math.Abs(d-mediaLength) > 0.04 {
				t.Errorf("duration %v s", d)
			}
			if c.video != "" {
				if n := countPictures(t, file); n != mediaLength*frameRate {
					t.Errorf("%d pictures, want %d", n, mediaLength*frameRate)
				}
			}
			if c.video != "" && c.audio != "" {
				wantSynchronous(t, file)
			}
		})
	}
}

// wantSynchronous compares the times of flashes and beeps.
func wantSynchronous(t *testing.T, file string) {
	t.Helper()
	f, b := flashes(t, file), beeps(t, file)
	if n := len(b); n > 0 && b[n-1] > mediaLength-0.1 {
		b = b[:n-1] // the end of the last silence is the end of the file
	}
	if len(f) != len(b) || len(f) < mediaLength-1 {
		t.Fatalf("flashes %v, beeps %v", f, b)
	}
	for i := range f {
		if d := math.Abs(f[i] - b[i]); d > 0.04 {
			t.Errorf("flash at %v s, beep at %v s", f[i], b[i])
		}
	}
}

// TestIndex looks at the index of a session.
func TestIndex(t *testing.T) {
	f := newFixture(t)
	bob := f.join("bob")
	bob.m.Group().AnnounceSpeaker(bob.id) // before the recording begins
	f.record()
	audio := newTrack("opus")
	bob.publish(newSource(audio))
	all := audio.traffic(frames(t, "opus"), audioInterval, 0)
	// Two seconds of silence.
	all = slices.DeleteFunc(all, func(f flight) bool {
		return f.arrival > epoch+2*time.Second && f.arrival < epoch+4*time.Second
	})
	deliver(all)
	bob.m.Group().AnnounceSpeaker(f.op.id)
	bob.m.Leave()
	f.unrecord()

	index := f.index()
	if index.Group != "test" || index.StartedBy != "ada" || index.End.Before(index.Start) {
		t.Errorf("index %+v", index)
	}
	var people []string
	for _, p := range index.Participants {
		people = append(people, p.Username)
		if p.Left.IsZero() {
			t.Errorf("%s never left", p.Username)
		}
	}
	slices.Sort(people)
	if !slices.Equal(people, []string{"ada", "bob"}) {
		t.Errorf("participants %q", people)
	}
	if turns := index.Speakers; len(turns) != 2 || turns[0].User != bob.id || turns[1].User != f.op.id ||
		turns[1].From.Sub(turns[0].From).Round(time.Second) != mediaLength*time.Second {
		t.Errorf("speakers %+v", turns)
	}
	if len(index.Files) != 1 {
		t.Fatalf("files %+v", index.Files)
	}
	file := index.Files[0]
	if file.Name != filepath.Base(f.only()) || file.Username != "bob" || file.Label != "camera" ||
		math.Abs(file.Duration-mediaLength) > 0.04 || len(file.Tracks) != 1 || file.Tracks[0].Codec != "opus" {
		t.Errorf("file %+v", file)
	}
	if len(file.Gaps) != 1 || math.Abs(file.Gaps[0].From-2) > 0.05 || math.Abs(file.Gaps[0].To-4) > 0.05 {
		t.Errorf("gaps %+v", file.Gaps)
	}
}

// TestAlignment: the index places the files of a session so that what happened at the
// same time is at the same time, although each sender has a clock of its own and their
// packets take longer than their reports.
func TestAlignment(t *testing.T) {
	const apart = 1300 * time.Millisecond // the second sender begins so much later
	f := newFixture(t)
	f.record()
	var all [][]flight
	for i, name := range []string{"bob", "carol"} {
		audio, video := newTrack("opus"), newTrack("vp8")
		f.join(name).publish(newSource(audio, video))
		list := slices.Concat(audio.traffic(frames(t, "opus"), audioInterval, 30*time.Millisecond),
			video.traffic(frames(t, "vp8"), videoInterval, 150*time.Millisecond))
		for j := range list {
			p := &list[j]
			p.arrival += time.Duration(i) * apart
			if p.report != nil {
				p.report.NTP += uint64(i) << 44
				p.report.Received += int64(i) * int64(apart)
			}
		}
		all = append(all, list)
	}
	deliver(all...)
	f.unrecord()

	first := make(map[string]time.Time) // flash, by who showed it
	for _, file := range f.index().Files {
		path := filepath.Join(f.dir, file.Name)
		wantSynchronous(t, path)
		first[file.Username] = file.Start.Add(time.Duration(flashes(t, path)[0] * float64(time.Second)))
	}
	if d := first["carol"].Sub(first["bob"]) - apart; d < -40*time.Millisecond || d > 40*time.Millisecond {
		t.Errorf("the files are %v away from where they belong", d)
	}
}
