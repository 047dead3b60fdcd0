package ice

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pion/logging"
	"github.com/pion/turn/v5"
)

func TestTURNAddress_S60(t *testing.T) {
	for _, test := range []struct {
		flag string
		want turnAddress
		ok   bool
		bad  bool
	}{
		{flag: ""},
		{flag: "auto", want: turnAddress{auto: true, port: 1194}, ok: true},
		{flag: ":3478", want: turnAddress{port: 3478}, ok: true},
		{flag: "0.0.0.0:3478", want: turnAddress{port: 3478}, ok: true},
		{flag: "198.51.100.9:3479", want: turnAddress{port: 3479, advertised: netip.MustParseAddr("198.51.100.9")}, ok: true},
		{flag: "[2001:db8::1]:5", want: turnAddress{port: 5, advertised: netip.MustParseAddr("2001:db8::1")}, ok: true},
		{flag: "198.51.100.9", bad: true},
		{flag: ":0", bad: true},
		{flag: ":65536", bad: true},
		{flag: ":x", bad: true},
		{flag: "Auto", bad: true},
	} {
		got, ok, err := parseTURNAddress(test.flag, resolve)
		if got != test.want || ok != test.ok || (err != nil) != test.bad {
			t.Errorf("parseTURNAddress(%q) = %v, %v, %v", test.flag, got, ok, err)
		}
	}
}

func TestPublicAddress_S61_SW9(t *testing.T) {
	for text, want := range map[string]bool{
		"8.8.8.8": true, "2a00:1450::1": true, "::ffff:9.9.9.9": true,
		"10.0.0.1": false, "172.31.0.1": false, "192.168.1.1": false, "127.0.0.1": false,
		"169.254.1.1": false, "224.0.0.1": false, "0.0.0.0": false, "255.255.255.255": false,
		"100.64.0.1": false, "192.0.2.2": false, "198.18.0.1": false, "203.0.113.5": false, "240.0.0.1": false,
		"::1": false, "fe80::1": false, "fd00::2": false, "2001:db8::1": false, "ff02::1": false, "::": false,
		"::ffff:10.0.0.1": false, "2002:a00:1::": false,
	} {
		if got := isPublic(netip.MustParseAddr(text)); got != want {
			t.Errorf("isPublic(%s) = %v", text, got)
		}
	}
}

func TestPeersOfRelays_S67_SW5(t *testing.T) {
	policy := &peerPolicy{
		own:     []netip.Addr{netip.MustParseAddr("192.168.7.7"), netip.MustParseAddr("9.9.9.9")},
		minPort: 10000, maxPort: 10999, media: []uint16{443},
	}
	for peer, want := range map[string]bool{
		"192.168.7.7:10500":          true, // our own media
		"[::ffff:192.168.7.7]:10500": true,
		"192.168.7.7:53":             false, // our own resolver
		"9.9.9.9:53":                 false,
		"9.9.9.9:443":                true, // the port that all media shares
		"9.9.9.9:10999":              true,
		"192.168.7.8:10500":          false, // the neighbour
		"127.0.0.1:10500":            false,
		"169.254.169.254:80":         false,
		"[fe80::1]:10500":            false,
		"8.8.8.8:53":                 true, // reached without us as well
	} {
		if got := policy.allows(netip.MustParseAddrPort(peer)); got != want {
			t.Errorf("allows(%s) = %v", peer, got)
		}
	}
	for peer, want := range map[string]bool{"192.168.7.7": true, "10.0.0.1": false, "1.1.1.1": true} {
		if got := policy.permit(nil, net.ParseIP(peer)); got != want {
			t.Errorf("permit(%s) = %v", peer, got)
		}
	}
	if policy.permit(nil, nil) {
		t.Error("no address is permitted")
	}
}

func TestTURNCredentials_S63_SW6(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	c := newTURNCredentials(func() time.Time { return now })
	name, password := c.issue()
	ask := func(username string) ([]byte, bool) {
		_, key, ok := c.check(&turn.RequestAttributes{Username: username, Realm: turnRealm})
		return key, ok
	}
	key, ok := ask(name)
	if !ok || string(key) != string(turn.GenerateAuthKey(name, turnRealm, password)) {
		t.Error("what was issued is refused")
	}
	later := strconv.FormatInt(now.Add(100*time.Hour).Unix(), 10) + ":" + turnUser
	if key, _ := ask(later); string(key) == string(turn.GenerateAuthKey(later, turnRealm, password)) {
		t.Error("a name may be changed")
	}
	for _, bad := range []string{"", "galene", "x:galene", strings.Replace(name, "galene", "root", 1), "1:galene"} {
		if _, ok := ask(bad); ok {
			t.Errorf("%q is taken", bad)
		}
	}
	now = now.Add(credentialLifetime + time.Second)
	if _, ok := ask(name); ok {
		t.Error("expired credentials are taken")
	}
}

func TestTURNQuota(t *testing.T) {
	q := &quota{count: make(map[netip.Addr]int)}
	one := &net.UDPAddr{IP: net.IPv4(1, 1, 1, 1), Port: 5}
	other := &net.TCPAddr{IP: net.IPv4(2, 2, 2, 2), Port: 5}
	for range maxPerAddress {
		if !q.admits("", "", one) {
			t.Fatal("refused too early")
		}
		q.created(one, nil, "", "", "", nil, 0)
	}
	if q.admits("", "", one) {
		t.Error("one address may have all")
	}
	if !q.admits("", "", other) {
		t.Error("the others have to suffer")
	}
	q.deleted(one, nil, "", "", "")
	if !q.admits("", "", one) {
		t.Error("refused although one has gone")
	}
}

// freePort returns a port that is free for UDP and TCP, on all addresses.
func freePort(t *testing.T) int {
	t.Helper()
	for range 20 {
		l, err := net.Listen("tcp4", "0.0.0.0:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		p, err := net.ListenPacket("udp4", "0.0.0.0:"+strconv.Itoa(port))
		_ = l.Close()
		if err == nil {
			_ = p.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

func certificate(t *testing.T) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// always gives the same certificate to everybody.
func always(cert *tls.Certificate) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return cert, nil }
}

// newTURN returns a Config whose TURN server runs on the loopback interface.
func newTURN(t *testing.T) (*Config, string) {
	t.Helper()
	endpoint := "127.0.0.1:" + strconv.Itoa(freePort(t))
	cert := certificate(t)
	c := New(Options{
		DataDir: t.TempDir(),
		TURN: TURNOptions{
			Address:        endpoint,
			GetCertificate: always(cert),
			Hosts:          func() []string { return []string{"turn.example"} },
		},
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	t.Cleanup(c.Close)
	return c, endpoint
}

// dialTURN returns a client of the server, connected in one of the ways there are.
func dialTURN(t *testing.T, way, endpoint, username, password string) *turn.Client {
	t.Helper()
	var conn net.PacketConn
	switch way {
	case "udp":
		c, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		conn = c
	case "tcp", "tls":
		c, err := net.Dial("tcp4", endpoint)
		if err != nil {
			t.Fatal(err)
		}
		if way == "tls" {
			c = tls.Client(c, &tls.Config{InsecureSkipVerify: true})
		}
		conn = turn.NewSTUNConn(c)
	}
	t.Cleanup(func() { _ = conn.Close() })
	client, err := turn.NewClient(&turn.ClientConfig{
		TURNServerAddr: endpoint, STUNServerAddr: endpoint, Conn: conn,
		Username: username, Password: password, Realm: turnRealm,
		LoggerFactory: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	if err := client.Listen(); err != nil {
		t.Fatal(err)
	}
	return client
}

// A datagram goes through the relay and back, whichever way the client comes (SW-7).
func TestTURNRelays(t *testing.T) {
	config, endpoint := newTURN(t)
	servers := config.Client().ICEServers
	if len(servers) != 1 {
		t.Fatalf("clients are told %v", servers)
	}
	wantURLs := []string{"turn:" + endpoint, "turn:" + endpoint + "?transport=tcp",
		"turns:turn.example:" + endpoint[strings.LastIndex(endpoint, ":")+1:] + "?transport=tcp"}
	if !slices.Equal(servers[0].URLs, wantURLs) {
		t.Errorf("URLs are %v, want %v (S-64)", servers[0].URLs, wantURLs)
	}
	if own := config.Server().ICEServers; len(own) != 0 {
		t.Errorf("our own connections use our own relay: %v", own)
	}
	for _, way := range []string{"udp", "tcp", "tls"} {
		t.Run(way, func(t *testing.T) {
			client := dialTURN(t, way, endpoint, servers[0].Username, servers[0].Credential)
			relay, err := client.Allocate()
			if err != nil {
				t.Fatal(err)
			}
			defer relay.Close()
			peer := mediaSocket(t)
			if _, err := relay.WriteTo([]byte("there"), peer.LocalAddr()); err != nil {
				t.Fatal(err)
			}
			buf := make([]byte, 100)
			_ = peer.SetReadDeadline(time.Now().Add(10 * time.Second))
			n, from, err := peer.ReadFrom(buf)
			if err != nil || string(buf[:n]) != "there" || from.String() != relay.LocalAddr().String() {
				t.Fatalf("the peer has got %q from %v: %v", buf[:n], from, err)
			}
			if _, err := peer.WriteTo([]byte("and back again"), from); err != nil {
				t.Fatal(err)
			}
			_ = relay.SetReadDeadline(time.Now().Add(10 * time.Second))
			if n, _, err = relay.ReadFrom(buf); err != nil || string(buf[:n]) != "and back again" {
				t.Fatalf("the client has got %q: %v", buf[:n], err)
			}
		})
	}
}

// mediaSocket returns a socket on a port that media may have.
func mediaSocket(t *testing.T) net.PacketConn {
	t.Helper()
	for {
		c, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if c.LocalAddr().(*net.UDPAddr).Port >= lowestMediaPort {
			return c
		}
	}
}

func TestTURNRefuses(t *testing.T) {
	config, endpoint := newTURN(t)
	s := config.Client().ICEServers[0]
	t.Run("a wrong password", func(t *testing.T) {
		if _, err := dialTURN(t, "udp", endpoint, s.Username, "wrong").Allocate(); err == nil {
			t.Error("allocated")
		}
	})
	t.Run("private peers S-67", func(t *testing.T) {
		relay, err := dialTURN(t, "udp", endpoint, s.Username, s.Credential).Allocate()
		if err != nil {
			t.Fatal(err)
		}
		defer relay.Close()
		for _, peer := range []net.IP{net.IPv4(10, 11, 12, 13), net.IPv4(169, 254, 169, 254), net.IPv4(127, 0, 0, 2)} {
			if _, err := relay.WriteTo([]byte("x"), &net.UDPAddr{IP: peer, Port: 20000}); err == nil {
				t.Errorf("permission for %v", peer)
			}
		}
	})
	t.Run("relaying TCP", func(t *testing.T) {
		if _, err := dialTURN(t, "tcp", endpoint, s.Username, s.Credential).AllocateTCP(); err == nil {
			t.Error("allocated")
		}
	})
}

// Nothing of the server remains when it stops, and connections that were open
// are closed.
func TestTURNStops(t *testing.T) {
	config, endpoint := newTURN(t)
	config.Present()
	conn, err := net.Dial("tcp4", endpoint)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	dialTURN(t, "tcp", endpoint, "nobody", "nothing")
	config.Close()
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
		t.Errorf("the connection lives: %v", err)
	}
	l, err := net.Listen("tcp4", endpoint)
	if err != nil {
		t.Fatalf("the port is still taken: %v", err)
	}
	_ = l.Close()
	if servers := config.Client().ICEServers; len(servers) != 0 {
		t.Errorf("clients are told %v", servers)
	}
}

// A socket that cannot be opened is logged and not given to clients, the others are used;
// without any there is no server, until another attempt succeeds (S-62, S-65).
func TestTURNSocketsTaken_S62_S65(t *testing.T) {
	port := freePort(t)
	endpoint := "127.0.0.1:" + strconv.Itoa(port)
	var log strings.Builder
	now := time.Unix(1_800_000_000, 0)
	c := New(Options{
		DataDir: t.TempDir(), Now: func() time.Time { return now },
		TURN:   TURNOptions{Address: endpoint},
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	defer c.Close()
	urls := func() (urls []string) {
		for _, s := range c.Client().ICEServers {
			urls = append(urls, s.URLs...)
		}
		return urls
	}
	said := func(text string) {
		t.Helper()
		if !strings.Contains(log.String(), text) {
			t.Errorf("not logged: %s\n%s", text, log.String())
		}
		log.Reset()
	}
	packets, err := net.ListenPacket("udp4", "0.0.0.0:"+strconv.Itoa(port))
	if err != nil {
		t.Fatal(err)
	}
	defer packets.Close()
	listener, err := net.Listen("tcp4", "0.0.0.0:"+strconv.Itoa(port))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if got := urls(); got != nil {
		t.Errorf("clients are told %v", got)
	}
	said("couldn't establish any listeners")

	listener.Close()
	now = now.Add(maxAge + time.Second)
	if got := urls(); !slices.Equal(got, []string{"turn:" + endpoint + "?transport=tcp"}) {
		t.Errorf("clients are told %v", got)
	}
	if !strings.Contains(log.String(), "TURN: listenPacket(0.0.0.0:"+strconv.Itoa(port)) {
		t.Errorf("log: %s", log.String())
	}
	said("Starting built-in TURN server on " + endpoint)
	c.Close()
	said("Stopping built-in TURN server")
}

// Relays take the ports that media takes, so that a firewall needs to know no others
// (SW-7, better than S-33).
func TestPortsOfRelays_S33_SW7(t *testing.T) {
	endpoint := "127.0.0.1:" + strconv.Itoa(freePort(t))
	c := New(Options{
		DataDir: t.TempDir(),
		TURN:    TURNOptions{Address: endpoint, MinPort: 47000, MaxPort: 47999},
		Logger:  slog.New(slog.DiscardHandler),
	})
	defer c.Close()
	s := c.Client().ICEServers[0]
	for range 3 {
		relay, err := dialTURN(t, "udp", endpoint, s.Username, s.Credential).Allocate()
		if err != nil {
			t.Fatal(err)
		}
		defer relay.Close()
		if port := relay.LocalAddr().(*net.UDPAddr).Port; port < 47000 || port > 47999 {
			t.Errorf("port %d", port)
		}
	}
}

// With "auto" the server runs only while there is no file (S-66).
func TestTURNAutoS66(t *testing.T) {
	dir := t.TempDir()
	now := time.Unix(1_800_000_000, 0)
	c := New(Options{
		DataDir: dir, Now: func() time.Time { return now },
		TURN:   TURNOptions{Address: "auto"},
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	defer c.Close()
	c.turn.address.port = uint16(freePort(t))
	c.turn.address.advertised = netip.MustParseAddr("127.0.0.1")
	running := func() bool { return len(c.Client().ICEServers) == 1 }
	if !running() {
		t.Fatal("not running without a file")
	}
	file := filepath.Join(dir, FileName)
	if err := os.WriteFile(file, []byte("[]"), 0o600); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * time.Second)
	if running() {
		t.Error("running with a file")
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * time.Second)
	if !running() {
		t.Error("not running after the file has gone")
	}
}

// Without public address there is no server, which is said once, and others
// are none the worse (S-61).
func TestTURNWithoutPublicAddressS61(t *testing.T) {
	var log strings.Builder
	now := time.Unix(1_800_000_000, 0)
	c := New(Options{
		DataDir: t.TempDir(), Now: func() time.Time { return now },
		TURN:   TURNOptions{Address: ":3478"},
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	defer c.Close()
	c.turn.addresses = func() ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("192.168.1.2"), netip.MustParseAddr("::1")}, nil
	}
	for range 3 {
		if servers := c.Client().ICEServers; len(servers) != 0 {
			t.Errorf("clients are told %v", servers)
		}
		now = now.Add(maxAge + time.Second)
	}
	if n := strings.Count(log.String(), "no public addresses"); n != 1 {
		t.Errorf("said %d times:\n%s", n, log.String())
	}
}
