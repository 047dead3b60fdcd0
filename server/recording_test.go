package server

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media/ivfreader"
	"github.com/pion/webrtc/v4/pkg/media/oggreader"

	"galene/internal/testclient"
)

// recorded is a group whose operator may record.
const recorded = `{"allow-recording": true,
	"users": {"ada": {"password": "secret", "permissions": "op"}},
	"wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"}}`

// media makes one second of pictures and sound, which can be repeated.
func media(t *testing.T) (video, audio *testclient.Source) {
	t.Helper()
	for _, tool := range []string{"ffmpeg", "ffprobe"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	ffmpeg := func(args ...string) []byte {
		out, err := exec.Command("ffmpeg", append([]string{"-v", "error", "-threads", "1"}, args...)...).Output()
		if err != nil {
			t.Fatalf("ffmpeg: %v", err)
		}
		return out
	}
	ivf, _, err := ivfreader.NewWith(bytes.NewReader(ffmpeg("-f", "lavfi", "-i", "testsrc=s=320x240:r=25:d=1",
		"-pix_fmt", "yuv420p", "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-f", "ivf", "-")))
	if err != nil {
		t.Fatal(err)
	}
	var pictures, sound [][]byte
	for frame, _, err := ivf.ParseNextFrame(); err == nil; frame, _, err = ivf.ParseNextFrame() {
		pictures = append(pictures, frame)
	}
	ogg, _, err := oggreader.NewWith(bytes.NewReader(ffmpeg("-f", "lavfi", "-i", "sine=d=1",
		"-c:a", "libopus", "-page_duration", "20000", "-f", "ogg", "-")))
	if err != nil {
		t.Fatal(err)
	}
	for page, _, err := ogg.ParseNextPage(); err == nil; page, _, err = ogg.ParseNextPage() {
		if !bytes.HasPrefix(page, []byte("OpusTags")) {
			sound = append(sound, page)
		}
	}
	return testclient.NewEncoded(t, webrtc.MimeTypeVP8, 40*time.Millisecond, pictures),
		testclient.NewEncoded(t, webrtc.MimeTypeOpus, 20*time.Millisecond, sound)
}

// recordings returns the files of the group, of those that end in suffix.
func recordings(t *testing.T, conf Config, suffix string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(conf.Recordings, "tea", "*"+suffix))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// awaitSize waits until a recording has been written to, and returns it.
func awaitSize(t *testing.T, conf Config, size int64) string {
	t.Helper()
	var name string
	await(t, "recording", func() bool {
		for _, file := range recordings(t, conf, ".part") {
			if fi, err := os.Stat(file); err == nil && fi.Size() >= size {
				name = file
				return true
			}
		}
		return false
	})
	return name
}

// check decodes a file, and returns its duration in seconds.
func check(t *testing.T, file string) float64 {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "error", "-i", file, "-fps_mode", "passthrough",
		"-enc_time_base", "-1", "-f", "null", "-").CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("ffmpeg of %s: %v\n%s", filepath.Base(file), err, out)
	}
	out, err = exec.Command("ffprobe", "-v", "error", "-of", "csv=p=0",
		"-show_entries", "stream=codec_name,start_time:format=duration", file).Output()
	if err != nil {
		t.Fatalf("ffprobe: %v", err)
	}
	lines := strings.Fields(string(out))
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "vp8,") || !strings.HasPrefix(lines[1], "opus,") {
		t.Fatalf("streams %q", lines)
	}
	d, err := strconv.ParseFloat(strings.TrimRight(lines[2], ","), 64)
	if err != nil {
		t.Errorf("duration: %v", err)
	}
	return d
}

// get fetches from the recordings as ada.
func get(t *testing.T, r *running, path, rng string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", r.url("https")+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("ada", "secret")
	if rng != "" {
		req.Header.Set("Range", rng)
	}
	c := client()
	defer c.CloseIdleConnections()
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, b
}

// A call is recorded from record to unrecord, and the file can be had over HTTP.
func TestRecording(t *testing.T) {
	video, audio := media(t)
	conf := configuration(t, files{"tea.json": recorded})
	conf.Recordings = filepath.Join(t.TempDir(), "recordings")
	r := start(t, conf)
	ada := testclient.Join(t, r.url("wss")+"/ws", "tea", "ada", "secret")
	bob := testclient.Join(t, r.url("wss")+"/ws", "tea", "bob", "")
	camera := bob.Publish("camera", testclient.Tracks(video, audio))
	camera.AwaitConnected()
	ada.ActOnGroup("record", nil)
	ada.AwaitWhere("recorder", func(m testclient.Message) bool {
		return m.Is("user/add") && m.Username != nil && *m.Username == "RECORDING" &&
			len(m.Permissions) == 1 && m.Permissions[0] == "system" && len(m.ID) == 32
	})
	awaitSize(t, conf, 60_000)
	ada.ActOnGroup("unrecord", nil)
	await(t, "end", func() bool {
		return len(recordings(t, conf, ".part")) == 0 && len(recordings(t, conf, "-bob.webm")) == 1
	})
	file := recordings(t, conf, "-bob.webm")[0]
	if d := check(t, file); d < 2 || d > 60 {
		t.Errorf("duration %v s", d)
	}
	if fi, err := os.Stat(file); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", fi.Mode(), err)
	}
	resp, page := get(t, r, "/recordings/tea/", "")
	if resp.StatusCode != 200 || !strings.Contains(string(page), "-bob.webm") {
		t.Errorf("page: %d %.200q", resp.StatusCode, page)
	}
	resp, part := get(t, r, "/recordings/tea/"+filepath.Base(file), "bytes=0-3")
	if resp.StatusCode != 206 || string(part) != "\x1aE\xdf\xa3" {
		t.Errorf("range: %d %q", resp.StatusCode, part)
	}
}

// A server that stops completes the files first (SW-3, HW-5).
func TestStopCompletesRecordings(t *testing.T) {
	video, audio := media(t)
	conf := configuration(t, files{"tea.json": recorded})
	conf.Recordings = filepath.Join(t.TempDir(), "recordings")
	r := start(t, conf)
	ada := testclient.Join(t, r.url("wss")+"/ws", "tea", "ada", "secret")
	ada.ActOnGroup("record", nil)
	ada.Publish("camera", testclient.Tracks(video, audio)).AwaitConnected()
	awaitSize(t, conf, 60_000)
	r.stop()
	list := recordings(t, conf, "-ada.webm")
	if len(list) != 1 || len(recordings(t, conf, ".part")) != 0 {
		t.Fatalf("recordings %q", recordings(t, conf, ""))
	}
	check(t, list[0])
}

// helperEnvironment makes a test process a server, in the directory that is its
// value.
const helperEnvironment = "GALENE_TEST_RECORDING_SERVER"

// TestHelperServer is the server that TestKilledWhileRecording kills.
func TestHelperServer(t *testing.T) {
	dir := os.Getenv(helperEnvironment)
	if dir == "" {
		t.Skip("runs only as a part of TestKilledWhileRecording")
	}
	conf := DefaultConfig()
	conf.HTTP, conf.Loopback, conf.TURN = "127.0.0.1:0", true, ""
	conf.Data, conf.Groups = filepath.Join(dir, "data"), filepath.Join(dir, "groups")
	conf.Recordings = filepath.Join(dir, "recordings")
	s, err := New(conf)
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout.WriteString("ADDRESS " + s.Addr().String() + "\n")
	_ = s.Run(context.Background()) // until it is killed
}

// A server is killed while it records: what is there can be played, and the next
// server completes it.
func TestKilledWhileRecording(t *testing.T) {
	video, audio := media(t)
	conf := configuration(t, files{"tea.json": recorded})
	dir := filepath.Dir(conf.Data)
	conf.Recordings = filepath.Join(dir, "recordings")
	cmd := exec.Command(os.Args[0], "-test.run=^TestHelperServer$", "-test.v")
	cmd.Env = append(os.Environ(), helperEnvironment+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	var address string
	for lines := bufio.NewScanner(out); address == "" && lines.Scan(); {
		_, address, _ = strings.Cut(lines.Text(), "ADDRESS ")
	}
	if address == "" {
		t.Fatal("the server does not start")
	}
	ada := testclient.Join(t, "wss://"+address+"/ws", "tea", "ada", "secret")
	ada.ActOnGroup("record", nil)
	ada.Publish("camera", testclient.Tracks(video, audio)).AwaitConnected()
	part := awaitSize(t, conf, 150_000)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	player := exec.Command("ffmpeg", "-v", "error", "-i", part, "-fps_mode", "passthrough",
		"-enc_time_base", "-1", "-f", "null", "-")
	if out, err := player.CombinedOutput(); err != nil {
		t.Errorf("the file that was left cannot be played: %v\n%s", err, out)
	}

	start(t, conf)
	list := recordings(t, conf, "-ada.webm")
	if len(list) != 1 || len(recordings(t, conf, ".part")) != 0 {
		t.Fatalf("recordings %q", recordings(t, conf, ""))
	}
	if d := check(t, list[0]); d < 2 {
		t.Errorf("duration %v s", d)
	}
}
