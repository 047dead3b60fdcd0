package combine

import (
	"fmt"
	"strconv"
)

// format is a kind of result.
type format struct {
	name                       string // as ffmpeg calls it, and the extension
	videoEncoder, audioEncoder string
	soundExtension             string
}

var formats = []format{
	{"mp4", "libx264", "aac", "m4a"},
	{"webm", "libvpx-vp9", "libopus", "webm"},
}

// formatNamed returns a format.
func formatNamed(name string) (format, error) {
	for _, f := range formats {
		if f.name == name {
			return f, nil
		}
	}
	return format{}, fmt.Errorf("format %q: it is mp4 or webm", name)
}

// Quality says how good the result is, and how large.
type Quality string

// qualities are, for each Quality, the constant rate factors of H.264 and VP9, the
// preset of x264, and the bit rate of sound.
var qualities = map[Quality]struct {
	h264, vp9     int
	preset, sound string
}{
	"low":    {28, 41, "veryfast", "64k"},
	"medium": {23, 34, "veryfast", "96k"},
	"high":   {19, 28, "fast", "160k"},
}

// video returns ffmpeg's options for pictures.
func (f format) video(q Quality, rate, threads int) []string {
	v := qualities[q]
	args := []string{
		"-c:v", f.videoEncoder, "-pix_fmt", "yuv420p", "-g", strconv.Itoa(4 * rate),
		"-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
		"-threads", strconv.Itoa(threads),
	}
	if f.videoEncoder == "libx264" {
		return append(args, "-preset", v.preset, "-crf", strconv.Itoa(v.h264), "-profile:v", "high")
	}
	return append(args, "-deadline", "realtime", "-cpu-used", "6", "-row-mt", "1", "-b:v", "0", "-crf", strconv.Itoa(v.vp9))
}

// sound returns ffmpeg's options for sound.
func (f format) sound(q Quality) []string {
	return []string{"-c:a", f.audioEncoder, "-b:a", qualities[q].sound}
}

// container returns ffmpeg's options for the result.
func (f format) container() []string {
	if f.name == "mp4" {
		return []string{"-movflags", "+faststart", "-f", "mp4"}
	}
	return []string{"-f", "webm"}
}
