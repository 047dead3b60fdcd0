package recorder

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/pion/webrtc/v4/pkg/media/h264reader"
	"github.com/pion/webrtc/v4/pkg/media/h265reader"
	"github.com/pion/webrtc/v4/pkg/media/ivfreader"
	"github.com/pion/webrtc/v4/pkg/media/oggreader"
)

// The media of tests: a white flash and a beep at each full second, each a tenth
// of a second long, 25 pictures a second, 20 ms of sound in a packet.
const (
	frameRate   = 25
	mediaLength = 6 // seconds
)

// encoders are the arguments of ffmpeg for each codec.
var encoders = map[string][]string{
	"vp8": {"-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "800k", "-g", "50", "-f", "ivf"},
	"vp9": {"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "800k", "-g", "50", "-f", "ivf"},
	"av1": {"-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-b:v", "400k", "-g", "50", "-f", "ivf"},
	"h264": {"-c:v", "libx264", "-profile:v", "baseline", "-tune", "zerolatency", "-preset", "ultrafast",
		"-x264-params", "sliced-threads=0", "-g", "50", "-f", "h264"},
	"h265": {"-c:v", "libx265", "-tune", "zerolatency", "-preset", "ultrafast",
		"-x265-params", "log-level=none:pools=1:frame-threads=1:keyint=50:min-keyint=50:scenecut=0:repeat-headers=1", "-f", "hevc"},
	"opus": {"-c:a", "libopus", "-b:a", "48k", "-frame_duration", "20", "-page_duration", "20000", "-f", "ogg"},
	"pcmu": {"-c:a", "pcm_mulaw", "-ar", "8000", "-ac", "1", "-f", "mulaw"},
	"pcma": {"-c:a", "pcm_alaw", "-ar", "8000", "-ac", "1", "-f", "alaw"},
	"g722": {"-c:a", "g722", "-ar", "16000", "-ac", "1", "-f", "g722"},
}

// encoded are the frames of each codec, made once in a process.
var encoded sync.Map // of func() ([][]byte, error)

// frames returns the test media, encoded.
func frames(t testing.TB, codec string) [][]byte {
	t.Helper()
	needFFmpeg(t)
	once, _ := encoded.LoadOrStore(codec, sync.OnceValues(func() ([][]byte, error) { return encode(codec) }))
	list, err := once.(func() ([][]byte, error))()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func needFFmpeg(t testing.TB) {
	t.Helper()
	for _, tool := range []string{"ffmpeg", "ffprobe"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
}

func encode(codec string) ([][]byte, error) {
	length := strconv.Itoa(mediaLength)
	source := []string{"-f", "lavfi", "-i",
		"aevalsrc=0.5*sin(2*PI*1000*t)*lt(mod(t\\,1)\\,0.1):s=48000:d=" + length}
	if _, video := map[string]bool{"vp8": true, "vp9": true, "av1": true, "h264": true, "h265": true}[codec]; video {
		source = []string{"-f", "lavfi", "-i", fmt.Sprintf(
			"testsrc=s=320x240:r=%d:d=%s,eq=brightness=-0.6,"+
				"drawbox=color=white:t=fill:enable='lt(mod(t,1),0.1)'", frameRate, length),
			"-pix_fmt", "yuv420p"}
	}
	args := append([]string{"-v", "error", "-threads", "1"}, source...)
	cmd := exec.Command("ffmpeg", append(append(args, encoders[codec]...), "-")...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("ffmpeg: %w: %s", err, stderr.String())
	}
	switch codec {
	case "opus":
		return readOgg(out)
	case "h264":
		return readAnnexB(out)
	case "h265":
		return readHEVC(out)
	case "pcmu", "pcma", "g722":
		var list [][]byte
		for ; len(out) >= 160; out = out[160:] {
			list = append(list, out[:160])
		}
		return list, nil
	}
	return readIVF(out)
}

func readIVF(b []byte) (list [][]byte, err error) {
	r, _, err := ivfreader.NewWith(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	for {
		frame, _, err := r.ParseNextFrame()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		list = append(list, frame)
	}
}

func readOgg(b []byte) (list [][]byte, err error) {
	r, _, err := oggreader.NewWith(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	for {
		page, _, err := r.ParseNextPage()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		if !bytes.HasPrefix(page, []byte("OpusTags")) {
			list = append(list, page)
		}
	}
}

// readAnnexB returns access units, with start codes.
func readAnnexB(b []byte) (list [][]byte, err error) {
	r, err := h264reader.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	var unit []byte
	for {
		nal, err := r.NextNAL()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		unit = append(append(unit, 0, 0, 0, 1), nal.Data...)
		if kind := nal.Data[0] & 0x1f; kind >= 1 && kind <= 5 {
			list = append(list, unit)
			unit = nil
		}
	}
}

// readHEVC does the same with H.265.
func readHEVC(b []byte) (list [][]byte, err error) {
	r, err := h265reader.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	var unit []byte
	for {
		nal, err := r.NextNAL()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		unit = append(append(unit, 0, 0, 0, 1), nal.Data...)
		if kind := nal.Data[0] >> 1 & 0x3f; kind < 32 {
			list = append(list, unit)
			unit = nil
		}
	}
}

// decode decodes a whole file, and fails if the decoders complain.
func decode(t *testing.T, file string) {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "error", "-threads", "1", "-i", file, "-fps_mode", "passthrough",
		"-enc_time_base", "-1", "-f", "null", "-").CombinedOutput()
	if err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("ffmpeg of %s: %v\n%s", filepath.Base(file), err, out)
	}
}

// probe returns what ffprobe says about a file: of each stream and of the whole,
// the fields asked for, separated by commas.
func probe(t *testing.T, file string, args ...string) []string {
	t.Helper()
	args = append([]string{"-v", "error", "-of", "csv=p=0"}, append(args, file)...)
	out, err := exec.Command("ffprobe", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("ffprobe of %s: %v\n%s", filepath.Base(file), err, out)
	}
	return strings.Fields(string(out))
}

// seconds returns the duration of a file.
func seconds(t *testing.T, file string) float64 {
	t.Helper()
	fields := probe(t, file, "-show_entries", "format=duration")
	if len(fields) == 0 {
		return 0
	}
	d, _ := strconv.ParseFloat(strings.TrimRight(fields[0], ","), 64)
	return d
}

// countPictures returns the number of pictures that a decoder makes of a file.
func countPictures(t *testing.T, file string) int {
	t.Helper()
	fields := probe(t, file, "-select_streams", "v", "-count_frames", "-show_entries", "stream=nb_read_frames")
	n, _ := strconv.Atoi(strings.TrimRight(fields[0], ","))
	return n
}

// flashes returns when the picture becomes white.
func flashes(t *testing.T, file string) []float64 {
	t.Helper()
	log := filepath.Join(t.TempDir(), "flashes")
	run(t, "ffmpeg", "-v", "error", "-i", file, "-an",
		"-vf", "signalstats,metadata=print:key=lavfi.signalstats.YAVG:file="+log, "-f", "null", "-")
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	var list []float64
	var at float64
	white := true
	for line := range strings.Lines(string(b)) {
		if _, after, ok := strings.Cut(line, "pts_time:"); ok {
			at, _ = strconv.ParseFloat(strings.TrimSpace(after), 64)
		}
		if _, after, ok := strings.Cut(line, "YAVG="); ok {
			level, _ := strconv.ParseFloat(strings.TrimSpace(after), 64)
			if level > 200 && !white {
				list = append(list, at)
			}
			white = level > 200
		}
	}
	return list
}

// beeps returns when a tone begins.
func beeps(t *testing.T, file string) []float64 {
	t.Helper()
	out := run(t, "ffmpeg", "-hide_banner", "-i", file, "-vn", "-af", "silencedetect=n=-30dB:d=0.3", "-f", "null", "-")
	var list []float64
	for line := range strings.Lines(out) {
		if _, after, ok := strings.Cut(line, "silence_end: "); ok {
			at, _ := strconv.ParseFloat(strings.Fields(after)[0], 64)
			list = append(list, at)
		}
	}
	return list
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}
