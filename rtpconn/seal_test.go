package rtpconn

import (
	"net"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// sink is a connection that is silent, and takes everything.
type sink struct {
	net.Conn // nil, for what is not called
	done     chan struct{}
}

func (s sink) Read([]byte) (int, error) {
	<-s.done
	return 0, net.ErrClosed
}
func (s sink) Write(b []byte) (int, error)   { return len(b), nil }
func (s sink) Close() error                  { close(s.done); return nil }
func (sink) SetReadDeadline(time.Time) error { return nil }

// BenchmarkSeal measures the encryption of a packet by pion's session (AES-128-GCM), as
// every packet that is sent goes through it.
func BenchmarkSeal(b *testing.B) {
	c := &srtp.Config{Profile: srtp.ProtectionProfileAeadAes128Gcm}
	c.Keys.LocalMasterKey, c.Keys.LocalMasterSalt = make([]byte, 16), make([]byte, 12)
	c.Keys.RemoteMasterKey, c.Keys.RemoteMasterSalt = make([]byte, 16), make([]byte, 12)
	session, err := srtp.NewSessionSRTP(sink{done: make(chan struct{})}, c)
	if err != nil {
		b.Fatal(err)
	}
	defer session.Close()
	w, err := session.OpenWriteStream()
	if err != nil {
		b.Fatal(err)
	}
	for name, size := range map[string]int{"sound": 80, "picture": 1152} {
		b.Run(name, func(b *testing.B) {
			header := rtp.Header{Version: 2, PayloadType: 96, SSRC: uint32(size)}
			payload := make([]byte, size)
			b.ReportAllocs()
			for b.Loop() {
				header.SequenceNumber++
				if _, err := w.WriteRTP(&header, payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
