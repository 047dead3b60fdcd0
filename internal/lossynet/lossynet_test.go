package lossynet

import (
	"net"
	"testing"

	"github.com/pion/transport/v5/stdnet"
)

// Half of what is written is lost, and half of what then arrives: a quarter
// gets through.
func TestLoss(t *testing.T) {
	inner, err := stdnet.NewNet()
	if err != nil {
		t.Fatal(err)
	}
	n := New(inner, 0.5, 1)
	conn, err := n.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()

	const sent = 400
	for range sent {
		if _, err := conn.WriteTo([]byte{1}, conn.LocalAddr()); err != nil {
			t.Fatal(err)
		}
	}
	// A last datagram that bypasses the loss ends the reading; the reader
	// may lose it, so it is repeated.
	direct := conn.(*udpConn).UDPConn
	for range 64 {
		if _, err := direct.WriteTo([]byte{2}, conn.LocalAddr()); err != nil {
			t.Fatal(err)
		}
	}
	received := 0
	buf := make([]byte, 16)
	for {
		if _, _, err := conn.ReadFrom(buf); err != nil {
			t.Fatal(err)
		}
		if buf[0] == 2 {
			break
		}
		received++
	}
	if received < sent/8 || received > sent*3/8 {
		t.Errorf("received %d of %d datagrams, want about a quarter", received, sent)
	}
	if n.Lost() < sent/2 {
		t.Errorf("Lost() = %d, want at least %d", n.Lost(), sent/2)
	}
}
