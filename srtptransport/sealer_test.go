package srtptransport

import (
	"bytes"
	"testing"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// testConfig has keys that both ends know.
func testConfig() srtp.Config {
	c := srtp.Config{Profile: srtp.ProtectionProfileAeadAes128Gcm}
	c.Keys.LocalMasterKey, c.Keys.LocalMasterSalt = make([]byte, 16), make([]byte, 12)
	c.Keys.RemoteMasterKey, c.Keys.RemoteMasterSalt = make([]byte, 16), make([]byte, 12)
	return c
}

// What is sealed can be opened, and is what it was, with and without extensions.
func TestSeal(t *testing.T) {
	for _, profile := range []srtp.ProtectionProfile{
		srtp.ProtectionProfileAeadAes128Gcm, srtp.ProtectionProfileAes128CmHmacSha1_80,
	} {
		key, salt := make([]byte, 16), make([]byte, 14)
		if profile == srtp.ProtectionProfileAeadAes128Gcm {
			salt = salt[:12]
		}
		sealer, err := NewSealer(profile, key, salt)
		if err != nil {
			t.Fatal(err)
		}
		opener, err := srtp.CreateContext(key, salt, profile)
		if err != nil {
			t.Fatal(err)
		}
		var scratch Scratch
		for i := range 20 {
			h := rtp.Header{Version: 2, PayloadType: 96, SSRC: uint32(1 + i%2), SequenceNumber: uint16(i), Timestamp: 5}
			if i%3 == 0 {
				if err := h.SetExtension(1, []byte{1, 2, byte(i)}); err != nil {
					t.Fatal(err)
				}
			}
			payload := bytes.Repeat([]byte{byte(i)}, 10*i)
			packet, err := sealer.Seal(&scratch, &h, payload)
			if err != nil {
				t.Fatal(err)
			}
			plain, err := opener.DecryptRTP(nil, packet, nil)
			if err != nil {
				t.Fatalf("%v, packet %d: %v", profile, i, err)
			}
			var got rtp.Packet
			if err := got.Unmarshal(plain); err != nil {
				t.Fatal(err)
			}
			if got.SequenceNumber != h.SequenceNumber || got.SSRC != h.SSRC || !bytes.Equal(got.Payload, payload) ||
				!bytes.Equal(got.GetExtension(1), h.GetExtension(1)) {
				t.Errorf("%v, packet %d: got %v", profile, i, got)
			}
		}
	}
}

// The packet path allocates nothing.
func TestSealAllocations(t *testing.T) {
	c := testConfig()
	sealer, err := NewSealer(c.Profile, c.Keys.LocalMasterKey, c.Keys.LocalMasterSalt)
	if err != nil {
		t.Fatal(err)
	}
	scratch, payload := new(Scratch), make([]byte, 1152)
	h := rtp.Header{Version: 2, PayloadType: 96, SSRC: 1}
	if err := h.SetExtension(3, []byte{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(1000, func() {
		h.SequenceNumber++
		if _, err := sealer.Seal(scratch, &h, payload); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations per packet", n)
	}
}
