package recorder

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"galene/recorder/archive"
	"galene/recorder/combine"
)

// plain returns pictures of one colour, as VP8.
func plain(t *testing.T, colour, size string, rate, length int) [][]byte {
	t.Helper()
	needFFmpeg(t)
	out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi",
		"-i", fmt.Sprintf("color=c=%s:s=%s:r=%d:d=%d,drawbox=x=iw/4:y=ih/4:w=iw/8:h=ih/8:c=black", colour, size, rate, length),
		"-pix_fmt", "yuv420p", "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8",
		"-g", strconv.Itoa(2*rate), "-f", "ivf", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	list, err := readIVF(out)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// repeated returns media over again.
func repeated(list [][]byte, times int) (all [][]byte) {
	for range times {
		all = append(all, list...)
	}
	return all
}

// between returns what arrives in a time.
func between(all []flight, from, to time.Duration) []flight {
	return slices.DeleteFunc(slices.Clone(all), func(f flight) bool {
		return f.arrival < epoch+from || f.arrival >= epoch+to
	})
}

// recordedMeeting records three people, one of whom shares a screen:
//
//	 0 s  Ann (red) and Bob (green, 4:3) are there
//	 2 s  Bob speaks
//	 6 s  Cem (blue) comes
//	 9 s  Ann shares her screen (yellow), which changes once in two seconds
//	12 s  Cem speaks
//	15 s  the screen ends
//	17 s  Cem leaves
//	20 s  the end
//
// It returns the path of the index.
func recordedMeeting(t *testing.T) string {
	t.Helper()
	f := newFixture(t)
	f.record()
	ada, bob := f.join("Ann"), f.join("Bob {b}")
	second := time.Second
	camera := func(colour, size string, from, to int) (source *source, flights []flight) {
		audio, video := newTrack("opus"), newTrack("vp8")
		v := video.traffic(plain(t, colour, size, frameRate, to-from), videoInterval, 0)
		a := audio.traffic(repeated(frames(t, "opus")[:mediaLength*50], 4)[:(to-from)*50], audioInterval, 0)
		by := time.Duration(from) * second
		return newSource(audio, video), slices.Concat(later(v, by, 0), later(a, by, 0))
	}
	adaSource, adaMedia := camera("red", "320x180", 0, 20)
	bobSource, bobMedia := camera("green", "320x240", 0, 20)
	cemSource, cemMedia := camera("blue", "320x180", 6, 17)
	screen := newTrack("vp8")
	screenMedia := later(screen.traffic(plain(t, "yellow", "640x480", 1, 3), 2*second, 0), 9*second, 0)
	all := slices.Concat(adaMedia, bobMedia, cemMedia, screenMedia)

	ada.publish(adaSource)
	bob.publish(bobSource)
	deliver(between(all, 0, 2*second))
	ada.m.Group().AnnounceSpeaker(bob.id)
	deliver(between(all, 2*second, 6*second))
	cem := f.join("Cem")
	cem.publish(cemSource)
	deliver(between(all, 6*second, 9*second))
	shared := newSource(screen)
	shared.label = "screenshare"
	ada.publish(shared)
	deliver(between(all, 9*second, 12*second))
	ada.m.Group().AnnounceSpeaker(cem.id)
	deliver(between(all, 12*second, 15*second))
	ada.m.Withdraw(shared.id)
	f.awaitComplete("*Ann-01.webm", "*Ann.webm")
	deliver(between(all, 15*second, 17*second))
	cem.m.Leave()
	deliver(between(all, 17*second, 20*second))
	f.unrecord()
	return filepath.Join(f.dir, archive.IndexName(f.index().Start))
}

// small are options that take little time.
func small(index string) combine.Options {
	return combine.Options{Index: index, Width: 320, Height: 180, Rate: 25, Quality: "low", Layout: combine.LayoutSpeaker}
}

// pixels returns the picture at an instant, as RGB.
func pixels(t *testing.T, file string, at float64, width, height int) []byte {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "error", "-ss", strconv.FormatFloat(at, 'f', 3, 64), "-i", file,
		"-frames:v", "1", "-s", fmt.Sprintf("%dx%d", width, height), "-pix_fmt", "rgb24", "-f", "rawvideo", "-").Output()
	if err != nil || len(out) != 3*width*height {
		t.Fatalf("picture at %v s: %v, %d bytes", at, err, len(out))
	}
	return out
}

// colourOf names a colour.
func colourOf(rgb []byte) string {
	high := func(i int) bool { return rgb[i] > 90 }
	switch {
	case high(0) && high(1) && !high(2):
		return "yellow"
	case high(0) && !high(1):
		return "red"
	case high(1) && !high(2):
		return "green"
	case high(2) && !high(0):
		return "blue"
	}
	return fmt.Sprint(rgb)
}

// hashes returns what is in a directory.
func hashes(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	all := make(map[string][32]byte)
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all[path] = sha256.Sum256(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestCombine makes one film of a meeting of three people with a shared screen, in
// both formats: it has the right length, what is heard is mixed, and what is large
// follows the screen and who speaks.  The first is interrupted, and goes on where
// it was.  The recordings stay as they are.
func TestCombine(t *testing.T) {
	index := recordedMeeting(t)
	if dir := os.Getenv("GALENE_TEST_COMBINE"); dir != "" { // to be looked at
		o := small(index)
		o.Width, o.Height, o.Quality, o.Output, o.Overwrite = 1280, 720, "medium", filepath.Join(dir, "meeting.mp4"), true
		if _, err := combine.Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	before := hashes(t, filepath.Dir(index))

	o := small(index)
	ctx, cancel := context.WithCancel(t.Context())
	o.Progress = func(what string, part float64) {
		if what == "picture" && part > 0.5 {
			cancel()
		}
	}
	if _, err := combine.Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	made := scenes(t, index)
	if len(made) == 0 {
		t.Error("nothing is left of a run that was interrupted")
	}
	o.Progress = func(string, float64) {
		for name, when := range made {
			if fi, err := os.Stat(name); err == nil && !fi.ModTime().Equal(when) {
				t.Errorf("%s was made again", name)
			}
		}
	}
	file, err := combine.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	wantMeeting(t, file, "h264,aac")
	if len(scenes(t, index)) != 0 {
		t.Error("intermediate files are left")
	}
	if _, err := combine.Run(t.Context(), o); !errors.Is(err, fs.ErrExist) {
		t.Errorf("replaces a file: %v", err)
	}

	o.Format = "webm"
	file, err = combine.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	wantMeeting(t, file, "vp9,opus")

	after := hashes(t, filepath.Dir(index))
	for path, hash := range before {
		if after[path] != hash {
			t.Errorf("%s has changed", path)
		}
	}
	if len(after) != len(before)+2 {
		t.Errorf("%d files, were %d", len(after), len(before))
	}
}

// scenes returns the intermediate files, and when they were made.
func scenes(t *testing.T, index string) map[string]time.Time {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(filepath.Dir(index), ".*.work", "scene-*.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	made := make(map[string]time.Time)
	for _, name := range list {
		if fi, err := os.Stat(name); err == nil {
			made[name] = fi.ModTime()
		}
	}
	return made
}

// wantMeeting looks at the film of recordedMeeting.
func wantMeeting(t *testing.T, file, codecs string) {
	t.Helper()
	decode(t, file)
	if got := strings.Join(probe(t, file, "-show_entries", "stream=codec_name"), ","); got != codecs {
		t.Errorf("codecs %q, want %q", got, codecs)
	}
	if d := seconds(t, file); math.Abs(d-20) > 0.06 {
		t.Errorf("duration %v s", d)
	}
	if n := countPictures(t, file); n < 20*25-1 || n > 20*25+1 {
		t.Errorf("%d pictures", n)
	}
	// Where to look: the middle of what is large, and of the column.
	const width, height = 320, 180
	for _, c := range []struct {
		at   float64
		want string // left, right of the middle; then of the right column: upper, middle, lower
		x, y []int
	}{
		{1, "red green", []int{120, 280}, []int{80, 80}},
		{4, "red green", []int{120, 280}, []int{80, 80}},
		{7.5, "green red blue", []int{140, 300, 300}, []int{80, 70, 110}},
		{10, "yellow red green blue", []int{140, 300, 300, 300}, []int{80, 50, 90, 130}},
		{14.5, "yellow red green blue", []int{140, 300, 300, 300}, []int{80, 50, 90, 130}},
		{16, "blue red green", []int{140, 300, 300}, []int{80, 70, 110}},
		{19, "red green", []int{120, 280}, []int{80, 80}},
	} {
		picture := pixels(t, file, c.at, width, height)
		var got []string
		for i := range c.x {
			p := 3 * (c.y[i]*width + c.x[i])
			got = append(got, colourOf(picture[p:p+3]))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("at %v s: %s, want %s", c.at, s, c.want)
		}
	}
	// Everybody beeps at each full second.
	heard := beeps(t, file)
	for at := 1; at < 20; at++ {
		if !slices.ContainsFunc(heard, func(b float64) bool { return math.Abs(b-float64(at)) < 0.04 }) {
			t.Errorf("no beep at %d s: %v", at, heard)
		}
	}
}

// TestCombineInStep makes a film of one person: flashes and beeps stay together to
// the end, across a change of the size of the picture and a time without sound.
func TestCombineInStep(t *testing.T) {
	f := newFixture(t)
	f.record()
	audio, video := newTrack("opus"), newTrack("vp8")
	f.join("bob").publish(newSource(audio, video))
	a, v := audio.traffic(frames(t, "opus"), audioInterval, 0), video.traffic(frames(t, "vp8"), videoInterval, 0)
	var all [][]flight
	for i := range 5 {
		by := time.Duration(i) * mediaLength * time.Second
		all = append(all, later(v, by, uint64(i)))
		if i != 2 {
			all = append(all, later(a, by, uint64(i-i/3)))
		}
	}
	deliver(all...)
	f.unrecord()
	o := small(filepath.Join(f.dir, archive.IndexName(f.index().Start)))
	file, err := combine.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	decode(t, file)
	flashing, beeping := flashes(t, file), beeps(t, file)
	if len(flashing) < 29 || len(beeping) < 22 {
		t.Fatalf("flashes %v, beeps %v", flashing, beeping)
	}
	for _, b := range beeping {
		if b > 29.9 {
			continue // the end of the file
		}
		if !slices.ContainsFunc(flashing, func(f float64) bool { return math.Abs(f-b) <= 0.04 }) {
			t.Errorf("beep at %v s without a flash: %v", b, flashing)
		}
	}
}

// TestCombineRefuses: what cannot be combined is said clearly.
func TestCombineRefuses(t *testing.T) {
	f := newFixture(t)
	f.record()
	dir := f.dir
	var stdout, stderr bytes.Buffer
	command := func(args ...string) int {
		stdout.Reset()
		stderr.Reset()
		return combine.Command(t.Context(), args, &stdout, &stderr)
	}
	want := func(status, got int, text string) {
		t.Helper()
		if got != status || !strings.Contains(stderr.String(), text) {
			t.Errorf("status %d, %q; want %d, %q", got, stderr.String(), status, text)
		}
	}
	needFFmpeg(t)
	want(1, command(dir), combine.ErrRunning.Error())
	f.unrecord()
	want(1, command(dir), combine.ErrEmpty.Error())
	want(1, command("-session", "1999", dir), "no such session")
	want(1, command(filepath.Join(dir, "missing-session.json")), "no such file")
	want(2, command(), "Usage")
	want(2, command("-size", "large", dir), "1280x720")
	want(1, command("-size", "1281x720", dir), "even")
	want(1, command("-quality", "best", dir), "low, medium or high")
	want(1, command("-o", filepath.Join(t.TempDir(), "x.avi"), dir), "mp4 or webm")
	if got := command("-list", dir); got != 0 || !strings.Contains(stdout.String(), "-session.json") {
		t.Errorf("list: %d, %q", got, stdout.String())
	}
	t.Setenv("PATH", t.TempDir())
	want(1, command(dir), combine.ErrNoFFmpeg.Error())
}
