package recorder

import (
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// loop is media that is sent over and over again.
type loop struct {
	flights []flight // of mediaLength, by arrival
	numbers uint64   // packets in it
}

func newLoop(t *track, list [][]byte, interval time.Duration) loop {
	flights := t.traffic(list, interval, 0)
	slices.SortStableFunc(flights, func(a, b flight) int { return int(a.arrival - b.arrival) })
	l := loop{flights: flights}
	for _, f := range flights {
		if f.report == nil {
			l.numbers++
		}
	}
	return l
}

// send sends what there is to be sent from one time of a meeting to another.
func (l loop) send(from, to time.Duration) {
	const length = mediaLength * time.Second
	for at := from / length * length; at < to; at += length {
		for _, f := range l.flights {
			if since := f.arrival - epoch + at; since < from || since >= to {
				continue
			}
			later([]flight{f}, at, 0)[0].renumbered(l.numbers * uint64(at/length)).send()
		}
	}
}

// renumbered returns a packet that is so many packets later.
func (f flight) renumbered(by uint64) flight {
	f.ext += by
	return f
}

// TestLongMeeting records two people, one of whom has a camera, and guests who stay
// for a minute each: memory and goroutines do not grow with the time, new files begin
// where they are to, nothing is missing, and nobody is warned.  The time
// is virtual; GALENE_TEST_MEETING is how much of it there is, such as 2h.
func TestLongMeeting(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	length := 20 * time.Minute
	if s := os.Getenv("GALENE_TEST_MEETING"); s != "" {
		var err error
		if length, err = time.ParseDuration(s); err != nil || length%(10*time.Minute) != 0 {
			t.Fatalf("GALENE_TEST_MEETING is %q, and has to be a multiple of 10m: %v", s, err)
		}
	}
	sound := frames(t, "opus")[:mediaLength*50]
	pictures := plain(t, "red", "96x64", frameRate, mediaLength)
	directory := filepath.Join(t.TempDir(), "recordings")
	var files []string
	synctest.Test(t, func(t *testing.T) {
		files = meet(t, directory, length, sound, pictures)
	})

	perSecond := map[string]int{"ann": 50, "bob": 50 + frameRate}
	number, count, total := map[string]int{}, map[string]int{}, map[string]float64{}
	for _, file := range files {
		for user := range perSecond {
			if !strings.HasSuffix(file, "-"+user+".webm") {
				continue
			}
			number[user]++
			total[user] += seconds(t, file)
			for _, field := range probe(t, file, "-count_packets", "-show_entries", "stream=nb_read_packets") {
				n, err := strconv.Atoi(strings.TrimRight(field, ","))
				if err != nil {
					t.Fatal(err)
				}
				count[user] += n
			}
			if out := run(t, "ffmpeg", "-v", "error", "-sseof", "-10", "-i", file, "-f", "null", "-"); out != "" {
				t.Errorf("%s: %s", filepath.Base(file), out)
			}
		}
	}
	for user, n := range perSecond {
		if want := int(length / fileLength(length)); number[user] != want {
			t.Errorf("%d files of %s, want %d", number[user], user, want)
		}
		if want := n * int(length/time.Second); count[user] != want {
			t.Errorf("%d packets of %s, want %d", count[user], user, want)
		}
		if d := total[user]; math.Abs(d-length.Seconds()) > 0.1*float64(number[user]) {
			t.Errorf("%v s of %s", d, user)
		}
	}
}

// fileLength is after how long a new file begins in a meeting.
func fileLength(meeting time.Duration) time.Duration { return min(time.Hour, meeting/2) }

// meet holds the meeting of TestLongMeeting, and returns the files.
func meet(t *testing.T, directory string, length time.Duration, sound, pictures [][]byte) []string {
	f := newFixtureIn(t, directory, Options{Limits: Limits{FileDuration: fileLength(length), FreeSpace: -1, LowSpace: -1}})
	f.rec.clock = newClock(time.Now)
	f.record()
	annSound, bobSound, bobPictures := newTrack("opus"), newTrack("opus"), newTrack("vp8")
	f.join("ann").publish(newSource(annSound))
	f.join("bob").publish(newSource(bobSound, bobPictures))
	media := []loop{
		newLoop(annSound, sound, audioInterval), newLoop(bobSound, sound, audioInterval),
		newLoop(bobPictures, pictures, videoInterval),
	}
	const (
		step  = 200 * time.Millisecond
		visit = 5 * time.Minute // how often a guest comes
	)
	var guest *member
	var first, last usage
	for at := time.Duration(0); at < length; at += step {
		switch at % visit {
		case 0:
			track := newTrack("opus")
			guest = f.join("guest")
			guest.publish(newSource(track))
			media = append(media[:3], newLoop(track, sound, audioInterval))
		case time.Minute:
			guest.m.Leave()
			media = media[:3]
		case 3 * time.Minute:
			last = used(annSound, bobSound, bobPictures)
			if first.heap == 0 {
				first = last
			}
		}
		for _, l := range media {
			l.send(at, at+step)
		}
		time.Sleep(step)
		synctest.Wait()
	}
	f.unrecord()
	t.Logf("after three minutes %+v, at the end %+v", first, last)
	const slack = 2 << 20
	if last.heap > first.heap+slack || last.packets > first.packets+100 || last.goroutines > first.goroutines {
		t.Errorf("after three minutes %+v, at the end %+v", first, last)
	}
	if len(f.op.warnings) > 0 {
		t.Errorf("warnings %q", f.op.warnings)
	}
	return f.recordings()
}

// usage is what is in use: bytes, packets, goroutines.
type usage struct {
	heap       uint64
	packets    int64
	goroutines int
}

func used(tracks ...*track) (u usage) {
	runtime.GC()
	runtime.GC() // what is in pools, too
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u.heap, u.goroutines = m.HeapAlloc, runtime.NumGoroutine()
	for _, t := range tracks {
		u.packets += t.pool.Outstanding()
	}
	return u
}
