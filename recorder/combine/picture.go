package combine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Colours of the picture, as ffmpeg writes them.
const (
	backgroundColour = "0x15171c"
	placeColour      = "0x2a2d36"
	speakingColour   = "0x4f8ef7"
)

// job is what ffmpeg is to do for a scene.
type job struct {
	name      string // of the file, without its extension
	inputs    []string
	filter    string
	subtitles string
	frames    int64
}

// draw returns what makes the picture of a scene.  Encoding is what else the
// result depends on.
func (c canvas) draw(m *meeting, s scene, encoding []string) job {
	j := job{subtitles: c.subtitles(m, s), frames: s.frames}
	base := fmt.Sprintf("color=c=%s:s=%dx%d:r=%d", backgroundColour, c.width, c.height, c.rate)
	box := func(colour string, x, y, w, h int) {
		base += fmt.Sprintf(",drawbox=x=%d:y=%d:w=%d:h=%d:c=%s:t=fill", x, y, w, h, colour)
	}
	var chains, overlays []string
	last := "base"
	var key strings.Builder
	fmt.Fprintln(&key, encoding, s.frames)
	for _, t := range s.tiles {
		if t.speaking {
			b := margin(c.height) / 2
			box(speakingColour, t.x-b, t.y-b, t.w+2*b, t.h+2*b)
		}
		box(placeColour, t.x, t.y, t.w, t.h)
		if t.clip == nil {
			continue
		}
		n := len(chains)
		offset := c.time(s.first) - t.clip.from
		if offset > 0 {
			// From the keyframe before: ffmpeg would leave out what is
			// before the offset, and a screen that does not change
			// would be missing.
			j.inputs = append(j.inputs, "-noaccurate_seek", "-ss", strconv.FormatFloat(offset.Seconds(), 'f', 6, 64))
		}
		// The size of the picture may change on the way: only the scaler
		// is to notice that.
		j.inputs = append(j.inputs, "-reinit_filter", "0", "-an", "-i", source(t.clip.path))
		fmt.Fprintln(&key, t.clip.path, t.clip.size)

		w, h, cropped := fit(t.rectangle, t.shape.width, t.shape.height, !t.share)
		start := 0.0
		if offset < 0 {
			start = -offset.Seconds()
		}
		chain := fmt.Sprintf("[%d:v:0]", n)
		if start > 0 {
			chain += fmt.Sprintf("setpts=PTS+%.6f/TB,fps=%d:start_time=%.6f", start, c.rate, start)
		} else {
			chain += fmt.Sprintf("fps=%d:start_time=0", c.rate)
		}
		chain += fmt.Sprintf(",scale=%d:%d:out_color_matrix=bt709:out_range=tv,setsar=1,format=yuv420p", w, h)
		if cropped {
			chain += fmt.Sprintf(",crop=%d:%d", t.w, t.h)
			w, h = t.w, t.h
		}
		chains = append(chains, fmt.Sprintf("%s[v%d]", chain, n))
		overlays = append(overlays, fmt.Sprintf("[%s][v%d]overlay=x=%d:y=%d:eof_action=repeat[o%d]",
			last, n, t.x+(t.w-w)/2&^1, t.y+(t.h-h)/2&^1, n))
		last = fmt.Sprintf("o%d", n)
	}
	parts := append([]string{base + ",format=yuv420p[base]"}, chains...)
	parts = append(parts, overlays...)
	j.filter = strings.Join(parts, ";") + fmt.Sprintf(";[%s]ass=", last)
	fmt.Fprintln(&key, j.inputs, j.filter, j.subtitles)
	sum := sha256.Sum256([]byte(key.String()))
	j.name = "scene-" + hex.EncodeToString(sum[:8])
	j.filter += j.name + ".ass[out]"
	return j
}
