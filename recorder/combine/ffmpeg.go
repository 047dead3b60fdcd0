package combine

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
)

// ErrNoFFmpeg means that a program that is needed is not installed.
var ErrNoFFmpeg = errors.New("ffmpeg is not installed (on Debian: apt install ffmpeg)")

// tools are the programs that do the work.
type tools struct{ ffmpeg, ffprobe string }

// findTools looks for FFmpeg, and whether it has what a format needs.
func findTools(ctx context.Context, f format) (tools, error) {
	var t tools
	var err error
	if t.ffmpeg, err = exec.LookPath("ffmpeg"); err != nil {
		return t, ErrNoFFmpeg
	}
	if t.ffprobe, err = exec.LookPath("ffprobe"); err != nil {
		return t, fmt.Errorf("ffprobe: %w", ErrNoFFmpeg)
	}
	for _, part := range []struct {
		flag  string
		names []string
	}{{"-encoders", []string{f.videoEncoder, f.audioEncoder}}, {"-filters", []string{"ass"}}} {
		out, err := exec.CommandContext(ctx, t.ffmpeg, "-hide_banner", "-v", "error", part.flag).Output()
		if err != nil {
			return t, fmt.Errorf("ffmpeg does not work: %w", err)
		}
		words := strings.Fields(string(out))
		for _, name := range part.names {
			if !contains(words, name) {
				return t, fmt.Errorf("this ffmpeg was built without %q, which is needed; Debian's has it", name)
			}
		}
	}
	return t, nil
}

func contains(words []string, word string) bool {
	for _, w := range words {
		if w == word {
			return true
		}
	}
	return false
}

// run runs ffmpeg in a directory, until it or ctx ends.  Progress, which may be
// nil, is told how many pictures have been made.
func (t tools) run(ctx context.Context, dir string, input io.Reader, progress func(frames int64), args ...string) error {
	all := append([]string{"-hide_banner", "-nostdin", "-v", "error", "-nostats", "-progress", "pipe:1", "-y"}, args...)
	cmd := exec.CommandContext(ctx, t.ffmpeg, all...)
	cmd.Dir, cmd.Stdin = dir, input
	var stderr tail
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if n, ok := strings.CutPrefix(lines.Text(), "frame="); ok && progress != nil {
			if frames, err := strconv.ParseInt(strings.TrimSpace(n), 10, 64); err == nil {
				progress(frames)
			}
		}
	}
	return stderr.explain(ctx, cmd.Wait())
}

// tail keeps the end of what is written to it.
type tail struct{ b []byte }

const tailSize = 4096

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	if n := len(t.b) - tailSize; n > 0 {
		t.b = append(t.b[:0], t.b[n:]...)
	}
	return len(p), nil
}

// explain adds to the error of a process what it said.
func (t *tail) explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("ffmpeg: %w\n%s", err, bytes.TrimSpace(t.b))
}

// lookAt finds out when the picture of a clip has which size.  Only keyframes are
// decoded.
func (t tools) lookAt(ctx context.Context, c *clip) error {
	if !c.video {
		return nil
	}
	cmd := exec.CommandContext(ctx, t.ffprobe, "-v", "fatal", "-protocol_whitelist", "file,pipe",
		"-select_streams", "v:0", "-skip_frame", "nokey", "-show_entries", "frame=pts_time,width,height",
		"-of", "compact=p=0", source(c.path))
	var stderr tail
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return stderr.explain(ctx, err)
	}
	var shapes []shape
	for line := range strings.Lines(string(out)) {
		var s shape
		for field := range strings.SplitSeq(strings.TrimSpace(line), "|") {
			name, value, _ := strings.Cut(field, "=")
			switch name {
			case "pts_time":
				at, _ := strconv.ParseFloat(value, 64)
				s.from = c.from + seconds(at)
			case "width":
				s.width, _ = strconv.Atoi(value)
			case "height":
				s.height, _ = strconv.Atoi(value)
			}
		}
		n := len(shapes)
		// Other sizes of the same proportions need no other layout.
		if s.width > 0 && s.height > 0 && (n == 0 || s.width*shapes[n-1].height != s.height*shapes[n-1].width) {
			shapes = append(shapes, s)
		}
	}
	if len(shapes) == 0 {
		c.video = false // nothing that can be decoded
		return nil
	}
	c.shapes = shapes
	return nil
}

// source names a file to ffmpeg, which would take a colon in it for a protocol's.
func source(path string) string { return "file:" + path }
