//go:build unix

package main

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"galene/recorder/archive"
	"galene/recorder/combine"
)

// holdingFFmpeg stands before FFmpeg: while $HELD is the name of a file, it makes
// the first scene, then creates that file instead of making the second one, and
// waits for a signal.
const holdingFFmpeg = `#!/bin/sh
case "$HELD,$*" in
,*) ;;
*-filter_complex*)
	if test -e "$HELD.first"; then
		: >"$HELD"
		exec sleep 600
	fi
	: >"$HELD.first" ;;
esac
exec "$REAL_FFMPEG" "$@"
`

// Making a film can be interrupted: of two commands for one film the second is
// refused, one that is killed leaves no lock that matters, Ctrl-C on a terminal
// ends with status 130, and the next command makes only what is missing.
func TestCombineInterrupted(t *testing.T) {
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed")
	}
	index := recordedSession(t, ffmpeg)
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "ffmpeg"), []byte(holdingFFmpeg), 0o700); err != nil {
		t.Fatal(err)
	}
	combining := func(held string) *exec.Cmd {
		cmd := command(t, "combine", "-quiet", "-size", "320x180", "-quality", "low", index)
		cmd.Env = append(cmd.Env, "REAL_FFMPEG="+ffmpeg, "HELD="+held, "PATH="+bin+":"+os.Getenv("PATH"))
		return cmd
	}
	// stop runs one until it is held, and sends it a signal: as a terminal does, to
	// what it has started, too, if everything is true.
	stop := func(held string, signal syscall.Signal, everything bool, meanwhile func()) (status int, said string) {
		t.Helper()
		cmd := combining(held)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		id := cmd.Process.Pid
		defer syscall.Kill(-id, syscall.SIGKILL) // what outlived it
		awaitFile(t, held)
		meanwhile()
		to := id
		if everything {
			to = -id
		}
		if err := syscall.Kill(to, signal); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // the status tells
		return cmd.ProcessState.ExitCode(), stderr.String()
	}

	held := filepath.Join(t.TempDir(), "held")
	stop(held, syscall.SIGKILL, false, func() {
		if status, said := exitStatus(t, combining("")); status != 1 || !strings.Contains(said, combine.ErrBusy.Error()) {
			t.Errorf("the second of two: status %d, %q", status, said)
		}
	})
	made := finishedScenes(t, index)
	if len(made) != 1 {
		t.Fatalf("finished scenes %v, want one", made)
	}

	// If it did not go on with the second scene, it would not be held again.
	if err := os.Remove(held); err != nil {
		t.Fatal(err)
	}
	status, said := stop(held, syscall.SIGINT, true, func() {})
	if status != 130 || !strings.Contains(said, "Interrupted") {
		t.Errorf("interrupted: status %d, %q", status, said)
	}
	if again := finishedScenes(t, index); !maps.Equal(made, again) {
		t.Errorf("finished scenes %v, were %v", again, made)
	}

	if status, said := exitStatus(t, combining("")); status != 0 {
		t.Fatalf("status %d, %q", status, said)
	}
	directory := filepath.Dir(index)
	film := archive.CombinedName(filepath.Base(index), ".mp4")
	decoded, err := exec.Command(ffmpeg, "-v", "error", "-i", filepath.Join(directory, film), "-f", "null", "-").CombinedOutput()
	if err != nil || len(decoded) > 0 {
		t.Errorf("the film: %v, %s", err, decoded)
	}
	// As long as the meeting, and nothing else is left.
	dir, err := archive.OpenDirectory(directory)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	list, err := dir.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if d := (e.Duration - sessionLength).Abs(); e.Name == film && d > 60*time.Millisecond {
			t.Errorf("the film lasts %v", e.Duration)
		}
	}
	if all, err := os.ReadDir(directory); err != nil || len(all) != 3 {
		t.Errorf("in the directory: %v, %v", all, err)
	}
}

// sessionLength is how long the meeting of recordedSession is.
const sessionLength = 6 * time.Second

// recordedSession makes the recording of one person, without pictures from the first
// to the fifth second, so that a film has three scenes.  It returns the path of the
// index.
func recordedSession(t *testing.T, ffmpeg string) string {
	t.Helper()
	directory := t.TempDir()
	const name = "one.webm"
	out, err := exec.Command(ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc=s=320x180:r=25:d=6", "-f", "lavfi", "-i", "sine=d=6",
		"-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus", filepath.Join(directory, name)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	dir, err := archive.OpenDirectory(directory)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	start := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	end := start.Add(sessionLength)
	index := archive.Index{
		Version: 1, Group: "tea", Start: start, End: end,
		Participants: []archive.Participant{{ID: "ann", Username: "ann", Joined: start, Left: end}},
		Files: []archive.IndexFile{{
			Name: name, User: "ann", Username: "ann", Start: start, Duration: sessionLength.Seconds(),
			Tracks: []archive.IndexTrack{{Kind: "audio", Codec: "opus"}, {Kind: "video", Codec: "vp8", Width: 320, Height: 180}},
			Gaps:   []archive.IndexGap{{Kind: "video", From: 1, To: 5}},
		}},
	}
	if err := dir.WriteIndex(archive.IndexName(start), &index); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(directory, archive.IndexName(start))
}

// finishedScenes returns the parts of a film that are done, and when they were made.
func finishedScenes(t *testing.T, index string) map[string]time.Time {
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

// awaitFile waits until a file exists.
func awaitFile(t *testing.T, path string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("there is no %s", path)
		}
	}
}
