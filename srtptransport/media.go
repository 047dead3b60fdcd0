package srtptransport

import (
	"errors"
	"io"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

const (
	// maxDatagram is the largest datagram taken, in bytes: receivers send reports and
	// parts of handshakes, which fit into one frame of Ethernet.
	maxDatagram = 1500
	// maxTrailer is the most that SRTP adds to a packet, in bytes.
	maxTrailer = 20
	// maxPacket is the largest RTP packet that can be sent, in bytes.
	maxPacket = 1600
)

// errLarge means that a packet is larger than any that can be received.
var errLarge = errors.New("packet too large")

// Sealer protects packets that are sent.  It must not be used by two goroutines at a time.
type Sealer struct{ context *srtp.Context }

// NewSealer returns a sealer with a master key and salt of the profile's sizes.
func NewSealer(profile srtp.ProtectionProfile, key, salt []byte) (*Sealer, error) {
	context, err := srtp.CreateContext(key, salt, profile)
	if err != nil {
		return nil, err
	}
	return &Sealer{context}, nil
}

// Scratch is where a packet is put together and sealed.  Sealers that are used by one
// goroutine may share one.
type Scratch struct {
	packet [maxPacket + maxTrailer]byte
	header rtp.Header
}

// Seal returns a protected packet, which is in the scratch.
func (s *Sealer) Seal(scratch *Scratch, h *rtp.Header, payload []byte) ([]byte, error) {
	if h.MarshalSize()+len(payload) > maxPacket {
		return nil, errLarge
	}
	n, err := h.MarshalTo(scratch.packet[:])
	if err != nil {
		return nil, err
	}
	n += copy(scratch.packet[n:], payload)
	return s.context.EncryptRTP(scratch.packet[:0], scratch.packet[:n], &scratch.header)
}

// keys protect what is sent, and what comes.
type keys struct {
	profile srtp.ProtectionProfile
	local   *Sealer       // of whoever calls WriteRTP and WriteRTCP
	remote  *srtp.Context // of the goroutine that reads
	used    bool          // by the peer, as far as that goroutine knows: it has the keys
}

func newKeys(c srtp.Config, replayWindow uint) (*keys, error) {
	local, err := NewSealer(c.Profile, c.Keys.LocalMasterKey, c.Keys.LocalMasterSalt)
	if err != nil {
		return nil, err
	}
	remote, err := srtp.CreateContext(c.Keys.RemoteMasterKey, c.Keys.RemoteMasterSalt, c.Profile,
		srtp.SRTCPReplayProtection(replayWindow))
	if err != nil {
		return nil, err
	}
	return &keys{profile: c.Profile, local: local, remote: remote}, nil
}

// Profile returns the name of the protection profile (RFC 5764), or the empty string if
// there are no keys yet.
func (t *Transport) Profile() string {
	if k := t.keys.Load(); k != nil {
		return k.profile.String()
	}
	return ""
}

// WriteRTP seals a packet and sends it.  It does nothing while there are no keys.
func (t *Transport) WriteRTP(s *Scratch, h *rtp.Header, payload []byte) error {
	k := t.keys.Load()
	if k == nil {
		return nil
	}
	packet, err := k.local.Seal(s, h, payload)
	if err != nil {
		return err
	}
	_, err = t.conn.Write(packet)
	return err
}

// WriteRTCP seals packets and sends them as one.  It does nothing while there are no keys.
func (t *Transport) WriteRTCP(packets []rtcp.Packet) error {
	k := t.keys.Load()
	if k == nil {
		return nil
	}
	plain, err := rtcp.Marshal(packets)
	if err != nil {
		return err
	}
	packet, err := k.local.context.EncryptRTCP(nil, plain, nil)
	if err != nil {
		return err
	}
	_, err = t.conn.Write(packet)
	return err
}

// read takes what comes until the transport is closed (RFC 7983, 7; what is STUN, pion
// has taken out before).
func (t *Transport) read() {
	b := make([]byte, maxDatagram)
	for {
		n, err := t.conn.Read(b)
		switch {
		case errors.Is(err, io.ErrShortBuffer):
			continue
		case err != nil:
			return
		case n == 0:
		case b[0] >= 20 && b[0] <= 63:
			if r := t.records.Load(); r != nil {
				r.put(b[:n])
			}
		case b[0] >= 128 && b[0] <= 191:
			t.media(b[:n])
		}
	}
}

// media takes SRTCP; there is no SRTP (RFC 5761, 4).
func (t *Transport) media(b []byte) {
	k := t.keys.Load()
	if k == nil || len(b) < 2 || b[1] < 192 || b[1] > 223 {
		return
	}
	plain, err := k.remote.DecryptRTCP(nil, b, nil)
	if err != nil {
		return
	}
	if t.records.Load() != nil && !k.used {
		k.used = true
		t.tasks.Go(t.settle)
	}
	t.opts.RTCP(plain)
}
