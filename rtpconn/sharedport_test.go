package rtpconn

import (
	"net"
	"testing"

	"galene/udpmux"
)

// TestSharedPort: connections share the preferred port if it is free, and
// another one if it is not; in every mode of batching media goes through it, and
// what several tracks send goes out together.
func TestSharedPort(t *testing.T) {
	taken, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, mode := range []udpmux.Batching{udpmux.BatchSegments, udpmux.BatchMessages, udpmux.BatchNone} {
		t.Run(mode.String(), func(t *testing.T) {
			preferred := uint16(taken.LocalAddr().(*net.UDPAddr).Port)
			e := newTestEngine(t, Options{SharedPort: true, PreferredPort: preferred, Batching: mode})
			p := publish(t, e, peerOptions{}, "opus").connected()
			v := view(t, e, peerOptions{}, p.up).connected().attached()
			p.send("opus", opusPacket(0))
			packets := read(v.track("opus"))
			wait(t, packets, "packet")
			for i := range 20 {
				p.send("opus", opusPacket(i+1))
				wait(t, packets, "packet")
			}
			pair, err := v.pc.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
			if err != nil {
				t.Fatal(err)
			}
			if uint16(pair.Remote.Port) == preferred {
				t.Error("a port that is taken is used")
			}
			if s := e.Sockets(); s.Sent < 20 || s.Received < 20 || s.Refused+s.Overflowed+s.Late > 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}
