package server

import (
	"net"
	"slices"
	"strconv"
	"testing"

	"galene/internal/testclient"
)

// freePort returns a TCP port of the loopback address that is free for UDP, too.
func freePort(t *testing.T) (uint16, *net.UDPConn) {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		u, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4zero, Port: port})
		l.Close()
		if err == nil {
			return uint16(port), u
		}
	}
	t.Fatal("no free port")
	return 0, nil
}

// TestMediaOnWebPort: without -udp-range all media shares the UDP port with the
// number of the web server's port, and another one if that is taken; with -plain
// nothing is shared.  Media flows either way, to several members.
func TestMediaOnWebPort(t *testing.T) {
	for _, test := range []struct {
		name         string
		taken, plain bool
	}{{"free", false, false}, {"taken", true, false}, {"plain", false, true}} {
		t.Run(test.name, func(t *testing.T) {
			port, holder := freePort(t)
			if !test.taken {
				holder.Close()
			}
			defer holder.Close()
			conf := configuration(t, files{"tea.json": open})
			conf.HTTP = net.JoinHostPort("127.0.0.1", strconv.Itoa(int(port)))
			conf.Plain = test.plain
			s := start(t, conf)
			ports := s.engine.SharedPorts()
			switch {
			case test.plain:
				if len(ports) > 0 {
					t.Errorf("ports %v are shared", ports)
				}
			case slices.Contains(ports, port) == test.taken || len(ports) == 0:
				t.Errorf("ports %v are shared", ports)
			}

			ada := testclient.Join(t, s.url("wss")+"/ws", "tea", "ada", "")
			stream := ada.Publish("camera", testclient.Tracks(testclient.NewVideo(t), testclient.NewAudio(t)))
			for _, name := range []string{"bob", "carol"} {
				c := testclient.Join(t, s.url("wss")+"/ws", "tea", name, "")
				c.Request(map[string][]string{"": {"audio", "video"}})
				d := c.AwaitStream(stream.ID)
				d.AwaitPackets("video", 20)
				d.AwaitPackets("audio", 5)
			}
			stats := s.engine.Sockets()
			if (stats.Sent > 0) == test.plain {
				t.Errorf("%+v", stats)
			}
		})
	}
}
