package combine

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os/exec"
	"slices"
	"strconv"
	"time"
)

// Sound is mixed as interleaved stereo.
const (
	sampleRate  = 48000
	channels    = 2
	sampleBytes = 4 // of a float32
	// mixStep is how much is mixed at a time, in samples of each channel.
	mixStep = sampleRate / 10
)

// span is a part of a clip in which there is sound.
type span struct {
	path   string
	offset time.Duration // in the file
	length time.Duration
	at     int64 // where it belongs, in samples
}

// spans returns where there is sound, in order.
func (m *meeting) spans() (list []span) {
	for _, c := range m.clips {
		if !c.audio {
			continue
		}
		from := c.from
		add := func(to time.Duration) {
			if to > from {
				list = append(list, span{c.path, from - c.from, to - from, samples(from)})
			}
		}
		for _, s := range c.silences {
			// The sound of the last packet goes on for a little.
			add(s.from + 200*time.Millisecond)
			from = max(from, s.to)
		}
		add(c.to)
	}
	slices.SortStableFunc(list, func(a, b span) int { return cmp.Compare(a.at, b.at) })
	return list
}

func samples(d time.Duration) int64 {
	return int64(math.Round(d.Seconds() * sampleRate))
}

// voice is a span being decoded.
type voice struct {
	span
	cmd    *exec.Cmd
	reader *bufio.Reader
	stderr tail
}

// listen starts to decode a span.  What the timestamps say is followed, to 25 ms:
// holes are filled, and what overlaps is left out, as clocks drift.  (Stretching is
// no alternative: FFmpeg 5.1 loses its way at a hole.)
func (t tools) listen(ctx context.Context, s span) (*voice, error) {
	v := &voice{span: s}
	v.cmd = exec.CommandContext(ctx, t.ffmpeg, "-hide_banner", "-nostdin", "-v", "error",
		"-ss", strconv.FormatFloat(s.offset.Seconds(), 'f', 6, 64), "-vn", "-i", source(s.path),
		"-map", "0:a:0", "-t", strconv.FormatFloat(s.length.Seconds(), 'f', 6, 64),
		"-af", "aresample="+strconv.Itoa(sampleRate)+":async=1:min_hard_comp=0.025:first_pts=0",
		"-ac", strconv.Itoa(channels), "-f", "f32le", "pipe:1")
	v.cmd.Stderr = &v.stderr
	out, err := v.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	v.reader = bufio.NewReaderSize(out, 1<<16)
	return v, v.cmd.Start()
}

// add adds the next samples to a mix, and says whether there are more.
func (v *voice) add(mix []float32, buffer []byte) (more bool, err error) {
	b := buffer[:len(mix)*sampleBytes]
	n, err := io.ReadFull(v.reader, b)
	for i := range n / sampleBytes {
		mix[i] += math.Float32frombits(binary.LittleEndian.Uint32(b[i*sampleBytes:]))
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return false, nil
	}
	return err == nil, err
}

// mix writes n samples of each channel of a meeting to w.
func (t tools) mix(ctx context.Context, spans []span, n int64, w io.Writer, progress func(done int64)) error {
	ctx, cancel := context.WithCancel(ctx)
	var voices []*voice
	defer func() {
		cancel()
		for _, v := range voices {
			_ = v.cmd.Wait() // it has been killed
		}
	}()
	out := bufio.NewWriterSize(w, 1<<16)
	mixed := make([]float32, mixStep*channels)
	buffer := make([]byte, len(mixed)*sampleBytes)
	for at := int64(0); at < n; at += mixStep {
		step := min(mixStep, n-at)
		part := mixed[:step*channels]
		clear(part)
		for len(spans) > 0 && spans[0].at < at+step {
			v, err := t.listen(ctx, spans[0])
			if err != nil {
				return err
			}
			voices, spans = append(voices, v), spans[1:]
		}
		for i := 0; i < len(voices); i++ {
			v := voices[i]
			more, err := v.add(part[max(0, v.at-at)*channels:], buffer)
			if err != nil {
				return err
			}
			if !more {
				if err := v.stderr.explain(ctx, v.cmd.Wait()); err != nil {
					voices = slices.Delete(voices, i, i+1)
					return err
				}
				voices = slices.Delete(voices, i, i+1)
				i--
			}
		}
		for i, s := range part {
			binary.LittleEndian.PutUint32(buffer[i*sampleBytes:], math.Float32bits(s))
		}
		if _, err := out.Write(buffer[:len(part)*sampleBytes]); err != nil {
			return err
		}
		progress(at + step)
	}
	return out.Flush()
}

// encodeSound makes a file of all that is heard.
func (t tools) encodeSound(ctx context.Context, o Options, m *meeting, n int64, dir, name string, progress func(done int64)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, w := io.Pipe()
	mixed := make(chan error, 1)
	go func() {
		err := t.mix(ctx, m.spans(), n, w, progress)
		w.CloseWithError(err) // nil is the end
		mixed <- err
	}()
	args := []string{"-f", "f32le", "-ar", strconv.Itoa(sampleRate), "-ac", strconv.Itoa(channels), "-i", "pipe:0",
		// Several who shout together do not distort.
		"-af", "alimiter=limit=0.95:level=disabled"}
	args = append(args, o.format.sound(o.Quality)...)
	container := "mp4"
	if o.format.name == "webm" {
		container = "webm"
	}
	encoded := t.run(ctx, dir, r, nil, append(args, "-f", container, name)...)
	r.Close() // ends the mixer if the encoder has ended
	cancel()
	mixing := <-mixed
	if encoded != nil && !errors.Is(encoded, context.Canceled) {
		return encoded
	}
	return cmp.Or(mixing, encoded)
}
