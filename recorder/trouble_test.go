package recorder

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"galene/recorder/archive"
	"galene/recorder/matroska"
)

// fullFile is a file on a disk that becomes full.
type fullFile struct {
	matroska.File
	left *atomic.Int64 // bytes; negative is not full
}

func (f fullFile) Write(b []byte) (int, error) {
	if left := f.left.Load(); left >= 0 && int64(len(b)) > left {
		n, _ := f.File.Write(b[:left]) // a part still fits
		f.left.Store(0)
		return n, syscall.ENOSPC
	}
	n, err := f.File.Write(b)
	if f.left.Load() > 0 {
		f.left.Add(int64(-n))
	}
	return n, err
}

// TestDiskFull fills the disk during a recording, then makes room: what was
// written before is playable, operators are told, and another file begins.
func TestDiskFull(t *testing.T) {
	var left atomic.Int64
	left.Store(150_000)
	f := newFixture(t, func(r *Recorder) {
		r.retry = 0
		r.wrap = func(file matroska.File) matroska.File { return fullFile{file, &left} }
	})
	f.record()
	audio, video := newTrack("opus"), newTrack("vp8")
	f.join("bob").publish(newSource(audio, video))
	a := audio.traffic(frames(t, "opus"), audioInterval, 0)
	v := video.traffic(frames(t, "vp8"), videoInterval, 0)
	deliver(a, v)
	f.op.awaitWarning("no space left")
	if !recorderPresent(f.op) {
		t.Error("the recording has ended")
	}
	left.Store(-1)
	deliver(later(a, 20*time.Second, 1), later(v, 20*time.Second, 1))
	f.unrecord()

	list := f.recordings()
	if len(list) < 2 {
		t.Fatalf("recordings %q", list)
	}
	for _, file := range list {
		decode(t, file)
		if d := seconds(t, file); d < 1 || d > 30 {
			t.Errorf("%s lasts %v s", filepath.Base(file), d)
		}
	}
	if n := len(f.index().Files); n != len(list) {
		t.Errorf("%d files in the index, want %d", n, len(list))
	}
	if n := len(probe(t, list[len(list)-1], "-show_entries", "stream=index")); n != 2 {
		t.Errorf("the last file has %d tracks", n)
	}
}

// later returns the same media once more, so much later, as what comes after n
// times that media.
func later(list []flight, by time.Duration, n uint64) []flight {
	last := uint64(0)
	for _, f := range list {
		last = max(last, f.ext)
	}
	out := make([]flight, len(list))
	for i, f := range list {
		ticks := uint32(by/time.Second) * f.track.codec.ClockRate
		f.arrival += by
		if f.report != nil {
			c := *f.report
			c.NTP += uint64(by/time.Second) << 32
			c.Received += int64(by)
			c.RTP += ticks
			f.report = &c
		} else {
			p := *f.packet
			p.Timestamp += ticks
			f.packet = &p
			f.ext += n * (last - 1<<17 + 1)
		}
		out[i] = f
	}
	return out
}

func recorderPresent(m *member) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.recorder
}

// TestSmallDisk does the same with a real file system that is full.
func TestSmallDisk(t *testing.T) {
	directory := t.TempDir()
	if err := mountSmall(directory); err != nil {
		t.Skipf("cannot mount a file system: %v", err)
	}
	t.Cleanup(func() { unmount(directory) })
	f := newFixtureIn(t, filepath.Join(directory, "recordings"), Options{Limits: Limits{FreeSpace: -1, LowSpace: -1}})
	f.record()
	video := newTrack("vp8")
	f.join("bob").publish(newSource(video))
	v := video.traffic(frames(t, "vp8"), videoInterval, 0)
	for i := range 8 { // 400 kB each
		deliver(later(v, time.Duration(i)*mediaLength*time.Second, uint64(i)))
	}
	f.op.awaitWarning("no space left")
	f.unrecord()
	list := f.recordings()
	if len(list) == 0 {
		t.Fatal("no recording")
	}
	decode(t, list[0])
	if d := seconds(t, list[0]); d < 2 {
		t.Errorf("the first file lasts %v s", d)
	}
}

// brokenFile is a file on a disk that begins to fail.
type brokenFile struct {
	matroska.File
	left *atomic.Int64 // writings until then
	err  error
}

func (f brokenFile) Write(b []byte) (int, error) {
	if f.left.Add(-1) < 0 {
		return 0, f.err
	}
	return f.File.Write(b)
}

// TestWriteErrors: whatever is wrong with the disk during a recording, the file ends
// and is playable, operators are told what it is, the recording goes on with another
// file, and so does the call.
func TestWriteErrors(t *testing.T) {
	for _, c := range []struct {
		err  error
		said string
	}{
		{syscall.ENOSPC, syscall.ENOSPC.Error()},
		{syscall.EDQUOT, syscall.EDQUOT.Error()},
		{syscall.EROFS, syscall.EROFS.Error()},
		{syscall.EIO, syscall.EIO.Error()},
		{syscall.EACCES, "permission denied"},
		{errors.New("unheard of"), "input/output error"},
	} {
		t.Run(c.err.Error(), func(t *testing.T) {
			var left atomic.Int64
			left.Store(2)
			f := newFixture(t, func(r *Recorder) {
				r.retry = 0
				r.wrap = func(file matroska.File) matroska.File { return brokenFile{file, &left, c.err} }
			})
			f.record()
			audio, video := newTrack("opus"), newTrack("vp8")
			f.join("bob").publish(newSource(audio, video))
			a := audio.traffic(frames(t, "opus"), audioInterval, 0)
			v := video.traffic(frames(t, "vp8"), videoInterval, 0)
			deliver(a, v)
			f.op.awaitWarning(c.said)
			f.join("cem") // the call goes on
			if !recorderPresent(f.op) {
				t.Error("the recording has ended")
			}
			left.Store(math.MaxInt64)
			deliver(later(a, 20*time.Second, 1), later(v, 20*time.Second, 1))
			f.unrecord()
			list := f.recordings()
			if len(list) == 0 || len(f.index().Files) != len(list) {
				t.Fatalf("recordings %q", list)
			}
			for _, file := range list {
				decode(t, file)
			}
			if n := len(probe(t, list[len(list)-1], "-show_entries", "stream=index")); n != 2 {
				t.Errorf("the last file has %d tracks", n)
			}
		})
	}
}

// TestReadOnlyDisk makes a real file system read-only during a recording, and then
// writable again.
func TestReadOnlyDisk(t *testing.T) {
	directory := t.TempDir()
	if err := mountSmall(directory); err != nil {
		t.Skipf("cannot mount a file system: %v", err)
	}
	t.Cleanup(func() { unmount(directory) })
	limits := Limits{FreeSpace: -1, LowSpace: -1}
	f := newFixtureIn(t, filepath.Join(directory, "recordings"), Options{Limits: limits}, func(r *Recorder) { r.retry = 0 })
	f.record()
	if err := remount(directory, true); err != nil {
		t.Skipf("cannot make a file system read-only: %v", err)
	}
	audio := newTrack("opus")
	f.join("bob").publish(newSource(audio))
	a := audio.traffic(frames(t, "opus"), audioInterval, 0)
	deliver(a)
	f.op.awaitWarning("read-only file system")
	if !recorderPresent(f.op) {
		t.Error("the recording has ended")
	}
	if err := remount(directory, false); err != nil {
		t.Fatal(err)
	}
	deliver(later(a, 20*time.Second, 1))
	f.unrecord()
	decode(t, f.only())
	if d := seconds(t, f.only()); d < mediaLength-1 {
		t.Errorf("duration %v s", d)
	}
}

// TestQuotaReached: a recording ends when the group's share is used up; its files are
// complete, operators are told, nobody has to leave, and another one is refused.
// The time is virtual.
func TestQuotaReached(t *testing.T) {
	sound := frames(t, "opus")[:mediaLength*50]
	directory := t.TempDir()
	var list []string
	synctest.Test(t, func(t *testing.T) {
		limits := Limits{FreeSpace: -1, LowSpace: -1, GroupQuota: 100_000}
		f := newFixtureIn(t, directory, Options{Limits: limits})
		f.rec.clock = newClock(time.Now)
		f.record()
		audio := newTrack("opus")
		bob := f.join("bob")
		bob.publish(newSource(audio))
		media := newLoop(audio, sound, audioInterval)
		const step = 200 * time.Millisecond
		for at := time.Duration(0); recorderPresent(f.op); at += step {
			if at > 5*time.Minute {
				t.Fatal("it never ends")
			}
			media.send(at, at+step)
			time.Sleep(step)
			synctest.Wait()
		}
		f.op.awaitWarning("take too much space")
		f.rec.sessions.Wait()
		if index := f.index(); index.End.IsZero() || len(index.Files) != 1 || index.Files[0].Duration < 5 {
			t.Errorf("index %+v", index)
		}
		if f.op.m.GroupAction("record", nil) == nil {
			t.Error("records again")
		}
		f.op.awaitWarning(ErrQuota.Error())
		f.join("cem") // the call goes on
		if n := len(bob.m.Group().Sources()); n != 1 {
			t.Errorf("%d streams", n)
		}
		list = []string{f.only()}
	})
	decode(t, list[0])
}

// TestUnusableDirectory refuses to record where nothing can be written (W-11).
func TestUnusableDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o400); err != nil {
		t.Fatal(err)
	}
	f := newFixtureIn(t, filepath.Join(file, "recordings"), Options{})
	err := f.op.m.GroupAction("record", nil)
	if err == nil || !strings.Contains(err.Error(), "couldn't start recording") {
		t.Errorf("error %v", err)
	}
	if recorderPresent(f.op) {
		t.Error("there is a recorder")
	}
}

// TestReadOnlyDirectory does the same with a directory that exists.
func TestReadOnlyDirectory(t *testing.T) {
	directory := t.TempDir()
	if err := os.Chmod(directory, 0o500); err != nil {
		t.Fatal(err)
	}
	if os.WriteFile(filepath.Join(directory, "probe"), nil, 0o600) == nil {
		os.Remove(filepath.Join(directory, "probe"))
		t.Skip("this user may write anywhere")
	}
	f := newFixtureIn(t, directory, Options{})
	if err := f.op.m.GroupAction("record", nil); err == nil {
		t.Error("no error")
	}
}

// TestDirectoryGone removes the directory during a recording.
func TestDirectoryGone(t *testing.T) {
	f := newFixture(t, func(r *Recorder) { r.retry = 0 })
	f.record()
	if err := os.RemoveAll(f.dir); err != nil {
		t.Fatal(err)
	}
	audio := newTrack("opus")
	f.join("bob").publish(newSource(audio))
	deliver(audio.traffic(frames(t, "opus"), audioInterval, 0))
	f.op.awaitWarning("the directory is gone")
	f.unrecord()
}

// TestSpace refuses to record on a disk that is too full, and beyond the quota
// (R-4.4, SW-20).
func TestSpace(t *testing.T) {
	f := newFixtureIn(t, t.TempDir(), Options{Limits: Limits{FreeSpace: 1 << 62}})
	if err := f.op.m.GroupAction("record", nil); err == nil {
		t.Error("records on a full disk")
	}
	f.op.awaitWarning(ErrSpace.Error())

	f = newFixtureIn(t, t.TempDir(), Options{Limits: Limits{GroupQuota: 1000, FreeSpace: -1}})
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(f.dir, "old.webm"), make([]byte, 2000), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.op.m.GroupAction("record", nil); err == nil {
		t.Error("records beyond the quota")
	}
	f.op.awaitWarning(ErrQuota.Error())
}

// TestAlone ends a recording when everybody has left (R-4.10, W-31).
func TestAlone(t *testing.T) {
	f := newFixtureIn(t, t.TempDir(), Options{Limits: Limits{Alone: 50 * time.Millisecond}})
	f.record()
	f.op.m.Leave()
	ended := make(chan struct{})
	go func() {
		f.rec.sessions.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(patient):
		t.Fatal("the recorder is still there")
	}
	if index := f.index(); index.End.IsZero() {
		t.Error("the session has no end")
	}
}

// TestClose completes the files when the server stops.
func TestClose(t *testing.T) {
	f := newFixture(t)
	f.record()
	audio := newTrack("opus")
	f.join("bob").publish(newSource(audio))
	deliver(audio.traffic(frames(t, "opus"), audioInterval, 0))
	f.rec.Close()
	decode(t, f.only())
	if d := seconds(t, f.only()); d < mediaLength-0.1 {
		t.Errorf("duration %v s", d)
	}
	if err := f.op.m.GroupAction("record", nil); err == nil {
		t.Error("records after Close")
	}
}

// TestTwice refuses a second recorder (GA-6, R-4.1), and records again after the end.
func TestTwice(t *testing.T) {
	f := newFixture(t)
	f.record()
	if err := f.op.m.GroupAction("record", nil); err == nil || err.Error() != "already recording" {
		t.Errorf("error %v", err)
	}
	f.unrecord()
	f.record()
	f.unrecord()
}

// TestRecover completes what a crash has left, the index too.
func TestRecover(t *testing.T) {
	f := newFixture(t)
	f.record()
	audio, video := newTrack("opus"), newTrack("vp8")
	f.join("bob").publish(newSource(audio, video))
	deliver(audio.traffic(frames(t, "opus"), audioInterval, 0), video.traffic(frames(t, "vp8"), videoInterval, 0))
	list := f.recordings()
	if len(list) != 1 || !strings.HasSuffix(list[0], ".part") {
		t.Fatalf("recordings %q", list)
	}
	crashed := filepath.Join(t.TempDir(), "recordings", "test")
	if err := os.MkdirAll(crashed, 0o700); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(list[0])
	if err != nil {
		t.Fatal(err)
	}
	// The index as it is then, which does not know the end.
	name := filepath.Base(list[0])
	index := f.awaitIndexed(strings.TrimSuffix(name, ".part"))
	left, err := archive.New(filepath.Dir(crashed)).Create("test")
	if err != nil {
		t.Fatal(err)
	}
	defer left.Close()
	if err := left.WriteIndex(archive.IndexName(index.Start), index); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(crashed, name), b[:len(b)-100], 0o600); err != nil {
		t.Fatal(err)
	}
	err = archive.New(filepath.Dir(crashed)).Recover(time.Now(), func(_ string, err error) {
		if err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Error(err)
	}
	file := filepath.Join(crashed, strings.TrimSuffix(name, ".part"))
	decode(t, file)
	d := seconds(t, file)
	if d < mediaLength-4 {
		t.Errorf("duration %v s", d)
	}
	index, err = left.ReadIndex(archive.IndexName(index.Start))
	if err != nil {
		t.Fatal(err)
	}
	if !index.Interrupted || index.End.IsZero() || len(index.Files) != 1 || math.Abs(index.Files[0].Duration-d) > 0.001 ||
		!index.Files[0].End().Equal(index.End) || slices.ContainsFunc(index.Participants, func(p archive.Participant) bool { return p.Left.IsZero() }) {
		t.Errorf("index %+v", index)
	}
	f.unrecord()
}

// TestEncryptedBefore: where all pictures are encrypted end to end already, record is
// refused with an error that says so.  One person who encrypts does not keep
// others from being recorded, and neither does sound, of which nothing is known.
func TestEncryptedBefore(t *testing.T) {
	for _, c := range []struct {
		name    string
		cameras string // of each: e encrypted, r readable, n nothing has come
		refused bool
	}{
		{"nobody", "", false},
		{"nothing yet", "nn", false},
		{"readable", "rn", false},
		{"encrypted", "en", true},
		{"both", "er", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t)
			for i, camera := range c.cameras {
				audio, video := newTrack("opus"), newTrack("vp8")
				video.present = f.present
				for _, p := range video.traffic(frames(t, "vp8")[:2], videoInterval, 0) {
					p.encrypted, p.cacheOnly = camera == 'e', true
					if camera != 'n' {
						p.send()
					}
				}
				m, src := f.join("bob"+strconv.Itoa(i)), newSource(audio, video)
				if err := m.m.ReserveStream(src.id, ""); err != nil {
					t.Fatal(err)
				}
				m.m.Announce(src)
			}
			err := f.op.m.GroupAction("record", nil)
			if c.refused != errors.Is(err, ErrEncrypted) || c.refused == recorderPresent(f.op) {
				t.Errorf("error %v", err)
			}
			if !c.refused {
				f.unrecord()
			}
		})
	}
}

// TestEncrypted: pictures that are encrypted end to end are not recorded, which
// operators are told; sound that is not goes on, and so do pictures once they are
// not encrypted any more.
func TestEncrypted(t *testing.T) {
	f := newFixture(t)
	f.record()
	audio, video := newTrack("opus"), newTrack("vp8")
	f.join("bob").publish(newSource(audio, video))
	a := audio.traffic(frames(t, "opus"), audioInterval, 0)
	v := video.traffic(frames(t, "vp8"), videoInterval, 0)
	for i := range v {
		v[i].encrypted = true
	}
	deliver(a, v)
	f.op.awaitWarning("encrypted end to end")
	deliver(later(a, 20*time.Second, 1), readable(later(v, 20*time.Second, 1)))
	f.unrecord()

	var codecs []string
	for _, file := range f.recordings() {
		decode(t, file)
		codecs = append(codecs, strings.Join(probe(t, file, "-show_entries", "stream=codec_name"), ","))
	}
	if got := strings.Join(codecs, " "); got != "opus vp8,opus" {
		t.Errorf("recorded %s", got)
	}
}

// readable is what is sent in the clear.
func readable(flights []flight) []flight {
	for i := range flights {
		flights[i].encrypted = false
	}
	return flights
}

// TestRedundant: of sound with redundancy the newest block is recorded, and a sender
// that changes between sound with and without it makes one file.
func TestRedundant(t *testing.T) {
	f := newFixture(t)
	f.record()
	audio := newTrack("opus")
	f.join("bob").publish(newSource(audio))
	a := audio.traffic(frames(t, "opus"), audioInterval, 0)
	for i := range a {
		a[i].redundant = i/20%2 == 0
	}
	deliver(a)
	f.unrecord()
	file := f.only()
	decode(t, file)
	if d := seconds(t, file); math.Abs(d-mediaLength) > 0.04 {
		t.Errorf("duration %v s", d)
	}
	if n := len(beeps(t, file)); n < mediaLength-1 {
		t.Errorf("%d beeps", n)
	}
}
