package rtpconn

import (
	"net"
	"testing"

	"galene/udpmux"
)

// TestPorts: media uses the ports that it may use, in all modes (S-30, R-1.5).
func TestPorts(t *testing.T) {
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	free := uint16(c.LocalAddr().(*net.UDPAddr).Port)
	_ = c.Close()
	for _, ports := range []udpmux.Ports{{}, {Min: free, Max: free}, {Min: 50000, Max: 50200}} {
		t.Run("ports "+ports.String(), func(t *testing.T) {
			e := newTestEngine(t, Options{Ports: ports})
			p := publish(t, e, peerOptions{}, "opus").connected()
			v := view(t, e, peerOptions{}, p.up).connected().attached()
			p.send("opus", opusPacket(0))
			wait(t, read(v.track("opus")), "packet")
			pair, err := v.pc.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
			if err != nil {
				t.Fatal(err)
			}
			if port := pair.Remote.Port; !ports.Any() && (port < ports.Min || port > ports.Max) {
				t.Errorf("the server uses port %d", port)
			}
		})
	}
}
