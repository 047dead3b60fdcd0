package rtpconn

import (
	"testing"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"galene/srtptransport"
)

// BenchmarkSeal measures the encryption of a packet (AES-128-GCM), as every packet that is
// sent goes through it.
func BenchmarkSeal(b *testing.B) {
	sealer, err := srtptransport.NewSealer(srtp.ProtectionProfileAeadAes128Gcm, make([]byte, 16), make([]byte, 12))
	if err != nil {
		b.Fatal(err)
	}
	for name, size := range map[string]int{"sound": 80, "picture": 1152} {
		b.Run(name, func(b *testing.B) {
			var scratch srtptransport.Scratch
			header := rtp.Header{Version: 2, PayloadType: 96, SSRC: uint32(size)}
			payload := make([]byte, size)
			b.ReportAllocs()
			for b.Loop() {
				header.SequenceNumber++
				if _, err := sealer.Seal(&scratch, &header, payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
