package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/logging"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"github.com/pion/stun/v4"
	"github.com/pion/transport/v5/deadline"
)

// identity is the certificate that all links share.
type identity struct {
	certificate tls.Certificate
	fingerprint string // SHA-256, as in a session description
}

func newIdentity() (*identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return &identity{
		certificate: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		fingerprint: fingerprint(der),
	}, nil
}

// fingerprint returns a certificate's SHA-256 as session descriptions have it
// (RFC 8122, 5).
func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(parts, ":")
}

// link is one peer connection, reduced to the minimum: one socket, ICE lite,
// DTLS, SRTP.  The server does the checks; a link only answers them.
type link struct {
	id         *identity
	socket     *net.UDPConn
	local      netip.AddrPort
	ufrag, pwd string
	integrity  stun.MessageIntegrity
	onRTP      func(h *rtp.Header, payload []byte, now int64)
	onRTCP     func(packets []rtcp.Packet)
	failed     func(error)

	remote    atomic.Pointer[netip.AddrPort] // once the server has checked it
	found     chan struct{}                  // closed then
	handshake chan []byte                    // DTLS packets
	closed    chan struct{}
	close1    sync.Once
	conn      *dtls.Conn
	reader    sync.WaitGroup

	connected chan struct{} // closed when media can flow
	in        atomic.Pointer[srtp.Context]
	sending   sync.Mutex
	out       *srtp.Context
	scratch   []byte
}

const (
	handshakeQueue = 32
	largest        = 8192
	socketBuffer   = 4 << 20
)

// newLink opens a socket on an address.  RTP is given to onRTP on the link's
// goroutine.
func newLink(id *identity, ip netip.Addr, onRTP func(*rtp.Header, []byte, int64), onRTCP func([]rtcp.Packet),
	failed func(error)) (*link, error) {
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)))
	if err != nil {
		return nil, err
	}
	_ = socket.SetReadBuffer(socketBuffer) // less will do, too
	l := &link{
		id: id, socket: socket, onRTP: onRTP, onRTCP: onRTCP, failed: failed,
		ufrag: randomText(4), pwd: randomText(16),
		found:     make(chan struct{}),
		handshake: make(chan []byte, handshakeQueue),
		closed:    make(chan struct{}),
		connected: make(chan struct{}),
		scratch:   make([]byte, 0, largest),
	}
	l.integrity = stun.NewShortTermIntegrity(l.pwd)
	l.local = netip.AddrPortFrom(ip, uint16(socket.LocalAddr().(*net.UDPAddr).Port))
	l.reader.Go(l.read)
	return l, nil
}

func randomText(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// connect does the handshake with a server whose certificate has the given
// fingerprint, as client or as server, once the server has found us.
func (l *link) connect(client bool, peer string, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	select {
	case <-l.found:
	case <-l.closed:
		return net.ErrClosed
	case <-ctx.Done():
		return errors.New("no ICE check has come")
	}
	common := []dtls.Option{
		dtls.WithCertificates(l.id.certificate),
		dtls.WithInsecureSkipVerify(true), // the fingerprint is checked instead
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80),
		dtls.WithLoggerFactory(&logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}),
		dtls.WithVerifyPeerCertificate(func(raw [][]byte, _ [][]*x509.Certificate) error {
			if len(raw) == 0 || !strings.EqualFold(fingerprint(raw[0]), peer) {
				return errors.New("the certificate is not the one of the description")
			}
			return nil
		}),
	}
	conn, err := l.open(client, common)
	if err != nil {
		return err
	}
	l.conn = conn
	if err := conn.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("DTLS: %w", err)
	}
	return l.key(client)
}

// open makes the DTLS connection, which has yet to shake hands.
func (l *link) open(client bool, common []dtls.Option) (*dtls.Conn, error) {
	remote := net.UDPAddrFromAddrPort(*l.remote.Load())
	packets := &handshakeConn{link: l, deadline: deadline.New()}
	if client {
		var options []dtls.ClientOption
		for _, o := range common {
			options = append(options, o)
		}
		return dtls.ClientWithOptions(packets, remote, options...)
	}
	options := []dtls.ServerOption{dtls.WithClientAuth(dtls.RequireAnyClientCert)}
	for _, o := range common {
		options = append(options, o)
	}
	return dtls.ServerWithOptions(packets, remote, options...)
}

// key makes the SRTP contexts from what the handshake has agreed upon.
func (l *link) key(client bool) error {
	state, ok := l.conn.ConnectionState()
	if !ok {
		return errors.New("DTLS: no state")
	}
	chosen, ok := l.conn.SelectedSRTPProtectionProfile()
	if !ok {
		return errors.New("DTLS: no SRTP profile")
	}
	config := srtp.Config{Profile: srtp.ProtectionProfile(chosen)}
	if err := config.ExtractSessionKeysFromDTLS(&state, client); err != nil {
		return err
	}
	k := config.Keys
	in, err := srtp.CreateContext(k.RemoteMasterKey, k.RemoteMasterSalt, config.Profile)
	if err != nil {
		return err
	}
	out, err := srtp.CreateContext(k.LocalMasterKey, k.LocalMasterSalt, config.Profile)
	if err != nil {
		return err
	}
	l.sending.Lock()
	l.out = out
	l.sending.Unlock()
	l.in.Store(in)
	close(l.connected)
	return nil
}

// read takes what comes until the link is closed.
func (l *link) read() {
	b := make([]byte, largest)
	plain := make([]byte, 0, largest)
	var h rtp.Header
	for {
		n, from, err := l.socket.ReadFromUDPAddrPort(b)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue // a report that somebody else's port is closed
		}
		now := sinceEpoch()
		switch p := b[:n]; {
		case n == 0:
		case p[0] < 4:
			l.check(p, from)
		case p[0] >= 20 && p[0] <= 63:
			select {
			case l.handshake <- append([]byte(nil), p...):
			default: // it will be sent again
			}
		case p[0] >= 128 && p[0] <= 191:
			l.media(p, &h, &plain, now)
		}
	}
}

// media takes one SRTP or SRTCP packet.
func (l *link) media(p []byte, h *rtp.Header, plain *[]byte, now int64) {
	in := l.in.Load()
	if in == nil || len(p) < 12 {
		return // the server was faster than our handshake: it will ask for no more
	}
	if p[1] >= 192 && p[1] <= 223 { // RTCP (RFC 5761, 4)
		decrypted, err := in.DecryptRTCP(nil, p, nil)
		if err != nil {
			l.failed(fmt.Errorf("RTCP is not authentic: %w", err))
			return
		}
		if packets, err := rtcp.Unmarshal(decrypted); err == nil {
			l.onRTCP(packets)
		}
		return
	}
	n, err := h.Unmarshal(p)
	if err != nil {
		l.failed(fmt.Errorf("RTP: %w", err))
		return
	}
	decrypted, err := in.DecryptRTP((*plain)[:0], p, h)
	if err != nil {
		l.failed(fmt.Errorf("RTP is not authentic: %w", err))
		return
	}
	payload := decrypted[n:]
	if h.Padding && len(payload) > 0 {
		payload = payload[:max(0, len(payload)-int(payload[len(payload)-1]))]
	}
	l.onRTP(h, payload, now)
}

// check answers a binding request (RFC 8445, 7.3) that knows our password.
func (l *link) check(p []byte, from netip.AddrPort) {
	m := &stun.Message{Raw: append([]byte(nil), p...)}
	if m.Decode() != nil || m.Type != stun.BindingRequest || l.integrity.Check(m) != nil {
		return
	}
	from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	answer, err := stun.Build(m, stun.BindingSuccess,
		&stun.XORMappedAddress{IP: from.Addr().AsSlice(), Port: int(from.Port())},
		l.integrity, stun.Fingerprint)
	if err != nil {
		return
	}
	_, _ = l.socket.WriteToUDPAddrPort(answer.Raw, from)
	// The server has chosen the pair if it says so.
	if m.Contains(stun.AttrUseCandidate) {
		if l.remote.Swap(&from) == nil {
			close(l.found)
		}
	}
}

// writeRTP encrypts and sends a packet, header and payload.
func (l *link) writeRTP(packet []byte, h *rtp.Header) error {
	l.sending.Lock()
	defer l.sending.Unlock()
	if l.out == nil {
		return nil
	}
	b, err := l.out.EncryptRTP(l.scratch[:0], packet, h)
	if err != nil {
		return err
	}
	_, err = l.socket.WriteToUDPAddrPort(b, *l.remote.Load())
	return err
}

// writeRTCP encrypts and sends packets.
func (l *link) writeRTCP(packets ...rtcp.Packet) {
	b, err := rtcp.Marshal(packets)
	if err != nil {
		return
	}
	l.sending.Lock()
	defer l.sending.Unlock()
	if l.out == nil {
		return
	}
	if b, err = l.out.EncryptRTCP(nil, b, nil); err == nil {
		_, _ = l.socket.WriteToUDPAddrPort(b, *l.remote.Load())
	}
}

// close ends the link and waits for its goroutine.
func (l *link) close() {
	l.close1.Do(func() {
		if l.conn != nil {
			_ = l.conn.Close()
		}
		close(l.closed)
		_ = l.socket.Close()
	})
	l.reader.Wait()
}

// handshakeConn is a link as DTLS sees it.
type handshakeConn struct {
	link     *link
	deadline *deadline.Deadline
}

func (c *handshakeConn) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case p := <-c.link.handshake:
		return copy(b, p), net.UDPAddrFromAddrPort(*c.link.remote.Load()), nil
	case <-c.link.closed:
		return 0, nil, net.ErrClosed
	case <-c.deadline.Done():
		return 0, nil, os.ErrDeadlineExceeded
	}
}

func (c *handshakeConn) WriteTo(b []byte, _ net.Addr) (int, error) {
	return c.link.socket.WriteToUDPAddrPort(b, *c.link.remote.Load())
}

func (c *handshakeConn) Close() error                       { return nil }
func (c *handshakeConn) LocalAddr() net.Addr                { return c.link.socket.LocalAddr() }
func (c *handshakeConn) SetDeadline(t time.Time) error      { c.deadline.Set(t); return nil }
func (c *handshakeConn) SetReadDeadline(t time.Time) error  { c.deadline.Set(t); return nil }
func (c *handshakeConn) SetWriteDeadline(_ time.Time) error { return nil }
