package combine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"galene/recorder/archive"
)

// Options says what is to be made of what.
type Options struct {
	// Index is the path of the index of a session.
	Index string
	// Output is the file to be made; empty is one beside the index, of the
	// name that archive.CombinedName returns.
	Output string
	// Format is mp4 or webm; empty is what the name of Output says, or mp4.
	Format string
	// Width and Height are the size of the picture, in pixels, even.
	Width, Height int
	// Rate is the number of pictures in a second.
	Rate    int
	Quality Quality
	Layout  Layout
	// Threads bounds what FFmpeg uses; 0 lets it choose.
	Threads int
	// Overwrite allows to replace Output.
	Overwrite bool
	// Progress, which may be nil, is told what is being done, and which part
	// of it has been done, from 0 to 1.
	Progress func(what string, part float64)
	// Warn, which may be nil, is told what is missing.
	Warn func(text string)

	format format
}

// Limits of the size of the picture, in pixels.
const (
	minSize = 128
	maxSize = 7680
)

// complete checks the options, and fills in what is not given.
func (o *Options) complete() error {
	if !archive.IsIndex(filepath.Base(o.Index)) {
		return fmt.Errorf("%s is not the index of a session, whose name ends in -session.json", o.Index)
	}
	if o.Format == "" {
		o.Format = strings.TrimPrefix(filepath.Ext(o.Output), ".")
	}
	if o.Format == "" {
		o.Format = "mp4"
	}
	var err error
	if o.format, err = formatNamed(o.Format); err != nil {
		return err
	}
	if o.Output == "" {
		o.Output = filepath.Join(filepath.Dir(o.Index), archive.CombinedName(filepath.Base(o.Index), "."+o.Format))
	}
	if _, ok := qualities[o.Quality]; !ok {
		return fmt.Errorf("quality %q: it is low, medium or high", o.Quality)
	}
	if o.Layout != LayoutSpeaker && o.Layout != LayoutGrid {
		return fmt.Errorf("layout %q: it is speaker or grid", o.Layout)
	}
	if o.Width%2 != 0 || o.Height%2 != 0 || min(o.Width, o.Height) < minSize || max(o.Width, o.Height) > maxSize {
		return fmt.Errorf("size %dx%d: both are even, and from %d to %d", o.Width, o.Height, minSize, maxSize)
	}
	if o.Rate < 1 || o.Rate > 60 {
		return fmt.Errorf("%d pictures in a second: it is from 1 to 60", o.Rate)
	}
	if o.Progress == nil {
		o.Progress = func(string, float64) {}
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	if o.Output, err = filepath.Abs(o.Output); err != nil {
		return err
	}
	o.Index, err = filepath.Abs(o.Index)
	return err
}

// Run makes one file of a meeting, and returns its path.  When ctx ends, it stops;
// the next Run with the same options goes on with what has been made.  While one is
// making a file, others for the same file fail with ErrBusy.
func Run(ctx context.Context, o Options) (string, error) {
	if err := o.complete(); err != nil {
		return "", err
	}
	t, err := findTools(ctx, o.format)
	if err != nil {
		return "", err
	}
	m, err := load(filepath.Dir(o.Index), filepath.Base(o.Index))
	if err != nil {
		return "", err
	}
	for _, name := range m.missing {
		o.Warn(name + " is missing, and is left out")
	}
	if err := o.checkOutput(m); err != nil {
		return "", err
	}
	w := worker{Options: o, tools: t, meeting: m}
	w.dir = filepath.Join(filepath.Dir(o.Output), "."+filepath.Base(o.Output)+".work")
	unlock, err := lock(w.dir)
	if err != nil {
		return "", fmt.Errorf("%s: %w", o.Output, err)
	}
	defer unlock() // twice does no harm
	if err := w.clean(); err != nil {
		return "", err
	}
	// Somebody else may have made the film in the meantime.
	if err := o.checkOutput(m); err != nil {
		return "", errors.Join(err, w.remove(unlock))
	}
	for i, c := range m.clips {
		o.Progress("looking at the recordings", float64(i)/float64(len(m.clips)))
		if err := t.lookAt(ctx, c); err != nil {
			return "", fmt.Errorf("%s: %w", c.path, err)
		}
	}
	if err := w.run(ctx); err != nil {
		return "", err
	}
	return o.Output, w.remove(unlock)
}

// checkOutput makes sure that nothing is lost.
func (o *Options) checkOutput(m *meeting) error {
	fi, err := os.Lstat(o.Output)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, c := range m.clips {
		if other, err := os.Stat(c.path); err == nil && os.SameFile(fi, other) {
			return fmt.Errorf("%s is one of the recordings", o.Output)
		}
	}
	if !fi.Mode().IsRegular() || !o.Overwrite {
		return fmt.Errorf("%s: %w", o.Output, fs.ErrExist)
	}
	return nil
}

// worker makes a file in a directory for what is intermediate.
type worker struct {
	Options
	tools   tools
	meeting *meeting
	dir     string
}

func (w *worker) run(ctx context.Context) error {
	canvas := canvas{w.Width, w.Height, w.Rate, w.Layout}
	scenes := canvas.scenes(w.meeting)
	total := int64(0)
	for _, s := range scenes {
		total += s.frames
	}
	sound, err := w.sound(ctx, total)
	if err != nil {
		return fmt.Errorf("sound: %w", err)
	}
	encoding := w.format.video(w.Quality, w.Rate, w.Threads)
	var list strings.Builder
	list.WriteString("ffconcat version 1.0\n")
	done := int64(0)
	for _, s := range scenes {
		j := canvas.draw(w.meeting, s, append(encoding, w.format.name))
		file := j.name + "." + w.format.name
		err := w.once(file, func(temporary string) error {
			return w.scene(ctx, j, temporary, func(frames int64) {
				w.Progress("picture", float64(done+min(frames, s.frames))/float64(total))
			})
		})
		if err != nil {
			return fmt.Errorf("picture at %v: %w", canvas.time(s.first), err)
		}
		done += s.frames
		w.Progress("picture", float64(done)/float64(total))
		fmt.Fprintf(&list, "file %s\nduration %.6f\n", file, canvas.time(s.frames).Seconds())
	}
	if err := os.WriteFile(filepath.Join(w.dir, "scenes"), []byte(list.String()), 0o600); err != nil {
		return err
	}
	return w.join(ctx, sound)
}

// unfinished begins the names of files that are being made.
const unfinished = "making-"

// clean removes files that were being made when somebody was killed.  An FFmpeg
// that outlived that goes on with a file that has no name any more.
func (w *worker) clean() error {
	left, err := os.ReadDir(w.dir)
	for _, e := range left {
		if strings.HasPrefix(e.Name(), unfinished) {
			err = errors.Join(err, os.Remove(filepath.Join(w.dir, e.Name())))
		}
	}
	return err
}

// remove removes the directory for what is intermediate, and gives the lock back.
func (w *worker) remove(unlock func()) error {
	err := os.RemoveAll(w.dir)
	unlock()
	if err != nil { // some systems do not remove a file that is open
		err = os.RemoveAll(w.dir)
	}
	return err
}

// once makes an intermediate file, unless it is there already.  It is made under
// another name, so that one that is there is complete.
func (w *worker) once(file string, create func(temporary string) error) error {
	path := filepath.Join(w.dir, file)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	temporary := unfinished + file
	if err := create(temporary); err != nil {
		_ = os.Remove(filepath.Join(w.dir, temporary)) // of no use to anybody
		return err
	}
	return os.Rename(filepath.Join(w.dir, temporary), path)
}

// scene makes the pictures of a scene.
func (w *worker) scene(ctx context.Context, j job, file string, progress func(int64)) error {
	subtitles := filepath.Join(w.dir, j.name+".ass")
	if err := os.WriteFile(subtitles, []byte(j.subtitles), 0o600); err != nil {
		return err
	}
	defer os.Remove(subtitles)
	args := append([]string{}, j.inputs...)
	args = append(args, "-filter_complex", j.filter, "-map", "[out]", "-frames:v", strconv.FormatInt(j.frames, 10))
	args = append(args, w.format.video(w.Quality, w.Rate, w.Threads)...)
	if w.format.name == "mp4" {
		args = append(args, "-video_track_timescale", "90000")
	}
	return w.tools.run(ctx, w.dir, nil, progress, append(args, "-f", w.format.name, file)...)
}

// sound makes the sound, as long as some number of pictures, and returns the name
// of its file, which is empty if there is none.
func (w *worker) sound(ctx context.Context, frames int64) (string, error) {
	spans := w.meeting.spans()
	if len(spans) == 0 {
		return "", nil
	}
	n := frames * sampleRate / int64(w.Rate)
	key := sha256.New()
	fmt.Fprintln(key, n, w.format.sound(w.Quality))
	for _, c := range w.meeting.clips {
		fmt.Fprintln(key, c.path, c.size)
	}
	fmt.Fprintln(key, spans)
	file := "sound-" + hex.EncodeToString(key.Sum(nil)[:8]) + "." + w.format.soundExtension
	err := w.once(file, func(temporary string) error {
		return w.tools.encodeSound(ctx, w.Options, w.meeting, n, w.dir, temporary, func(done int64) {
			w.Progress("sound", float64(done)/float64(n))
		})
	})
	return file, err
}

// join puts scenes and sound together, and gives the result its name.
func (w *worker) join(ctx context.Context, sound string) error {
	w.Progress("joining", 0)
	args := []string{"-f", "concat", "-safe", "1", "-i", "scenes"}
	if sound != "" {
		args = append(args, "-i", sound, "-map", "0:v:0", "-map", "1:a:0")
	}
	args = append(args, "-c", "copy", "-metadata", "title="+w.meeting.title(),
		"-metadata", "creation_time="+w.meeting.start.UTC().Format("2006-01-02T15:04:05.000Z"))
	args = append(args, w.format.container()...)
	if err := w.tools.run(ctx, w.dir, nil, nil, append(args, unfinished+"result")...); err != nil {
		return err
	}
	result := filepath.Join(w.dir, unfinished+"result")
	f, err := os.OpenFile(result, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o600), f.Sync(), f.Close()); err != nil {
		return err
	}
	w.Progress("joining", 1)
	return os.Rename(result, w.Output)
}
