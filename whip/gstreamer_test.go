package whip_test

import (
	"os/exec"
	"testing"

	"galene/internal/testclient"
)

// A publisher made of GStreamer, if that is installed: Debian's packages python3-gst-1.0,
// gir1.2-gst-plugins-bad-1.0, gstreamer1.0-nice and gstreamer1.0-plugins-good.
func TestGStreamerPublishes(t *testing.T) {
	const python, script = "/usr/bin/python3", "testdata/gstreamer.py"
	if err := exec.Command(python, script).Run(); err != nil {
		t.Skip("GStreamer is not installed")
	}
	f := newFixture(t)
	eve := f.member("open", "eve", "")
	eve.Request(map[string][]string{"": {"audio", "video"}})

	encoder := exec.Command(python, script, f.url+"/group/open/.whip")
	encoder.Stderr = t.Output()
	input, err := encoder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := encoder.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = input.Close()
		_ = encoder.Wait()
	}()
	id := eve.AwaitWhere("encoder", func(m testclient.Message) bool {
		return m.Is("user/add") && m.User() == "whip"
	}).ID
	down := eve.AwaitStream(id)
	down.AwaitPackets("video", 20)
	down.AwaitPackets("audio", 20)
	if err := input.Close(); err != nil {
		t.Error(err)
	}
	eve.AwaitWhere("end", func(m testclient.Message) bool { return m.Is("user/delete") && m.ID == id })
}
