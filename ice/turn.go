package ice

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/pion/logging"
	"github.com/pion/turn/v5"

	"galene/internal/nat"
)

// errTURNListeners means that no socket of the TURN server could be opened.
var errTURNListeners = errors.New("TURN: couldn't establish any listeners")

// TURNOptions says how the built-in TURN server is to run.
type TURNOptions struct {
	// Address is the value of the -turn flag: empty for no server, "auto",
	// ":PORT", or the address that clients are told.
	Address string
	// PublicAddresses are those by which clients reach this machine through a
	// NAT that forwards the port of Address and the ports of relays unchanged.
	// They count as if the machine had them, unless Address names one.
	PublicAddresses []netip.Addr
	// MinPort and MaxPort are the UDP ports that relays take, those of
	// -udp-range; 0 leaves the choice to the system.
	MinPort, MaxPort uint16
	// MediaPorts are UDP ports on which media is received besides those.
	MediaPorts []uint16
	// GetCertificate makes the server speak TLS too, on its TCP port, for
	// clients that come under one of Hosts; nil is no TLS.
	GetCertificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// Hosts returns the names under which clients reach the server.
	Hosts func() []string
}

// turnServer is the built-in TURN server, running or not (spec server-cli.md 5).
// It is guarded by the lock of its Config.
type turnServer struct {
	options     TURNOptions
	address     turnAddress
	credentials turnCredentials
	addresses   func() ([]netip.Addr, error) // those of this host
	base        func(public netip.Addr) (netip.Addr, error)
	log         *slog.Logger

	running   *turn.Server
	endpoints []turnEndpoint // what clients are told
	failure   string         // what was logged last
}

// turnEndpoint is an address that the server is reached at.
type turnEndpoint struct {
	netip.AddrPort
	udp, tcp bool // whether the socket could be opened
}

// newTURNServer returns a server that is not running, or nil if none is wanted.
// A bad address is logged, and then there is no server (S-60).
func newTURNServer(o TURNOptions, now func() time.Time, log *slog.Logger) *turnServer {
	address, ok, err := parseTURNAddress(o.Address, resolve)
	if err != nil {
		log.Error(err.Error())
	}
	if !ok {
		return nil
	}
	return &turnServer{
		options:     o,
		address:     address,
		credentials: newTURNCredentials(now),
		addresses:   localAddresses,
		base:        func(public netip.Addr) (netip.Addr, error) { return nat.Base(net.Dial, public) },
		log:         log,
	}
}

// refresh starts or stops the server.  It is called whenever the configuration
// is computed, so that what failed is tried again (S-62, S-66).
func (t *turnServer) refresh(filePresent bool) {
	wanted := !t.address.auto || !filePresent
	switch {
	case wanted && t.running == nil:
		if err := t.start(); err != nil {
			t.report(err)
		}
	case !wanted && t.running != nil:
		t.stop()
	}
}

// report logs a failure, unless it is the one before: without public address
// "auto" is no server, which is no news every two minutes.
func (t *turnServer) report(err error) {
	if err.Error() == t.failure {
		return
	}
	t.failure = err.Error()
	if t.address.auto && errors.Is(err, errTURNNoPublic) {
		t.log.Info(err.Error())
		return
	}
	t.log.Warn(err.Error())
}

// start opens the sockets.
func (t *turnServer) start() error {
	local, err := t.addresses()
	if err != nil {
		return fmt.Errorf("TURN: %w", err)
	}
	listen, advertised := t.choose(local)
	if len(listen) == 0 {
		return errTURNNoPublic
	}
	policy := t.policy(append(local, advertised...))
	q := &quota{count: make(map[netip.Addr]int)}
	conf := turn.ServerConfig{
		Realm:         turnRealm,
		AuthHandler:   t.credentials.check,
		QuotaHandler:  q.admits,
		EventHandler:  turn.EventHandler{OnAllocationCreated: q.created, OnAllocationDeleted: q.deleted},
		LoggerFactory: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled},
	}
	t.endpoints = nil
	for i, addr := range listen {
		if j := slices.Index(listen[:i], addr); j >= 0 { // another public address leads there
			again := t.endpoints[j]
			again.AddrPort = netip.AddrPortFrom(advertised[i], t.address.port)
			t.endpoints = append(t.endpoints, again)
			continue
		}
		relays := newRelayGenerator(addr, advertised[i], t.options.MinPort, t.options.MaxPort, policy)
		endpoint := turnEndpoint{AddrPort: netip.AddrPortFrom(advertised[i], t.address.port)}
		endpoint.udp, endpoint.tcp = t.listen(&conf, netip.AddrPortFrom(addr, t.address.port), relays, policy)
		t.endpoints = append(t.endpoints, endpoint)
	}
	if len(conf.PacketConnConfigs) == 0 && len(conf.ListenerConfigs) == 0 {
		return errTURNListeners
	}
	t.running, err = turn.NewServer(conf)
	if err != nil {
		for _, c := range conf.PacketConnConfigs {
			_ = c.PacketConn.Close()
		}
		for _, c := range conf.ListenerConfigs {
			_ = c.Listener.Close()
		}
		return fmt.Errorf("TURN: %w", err)
	}
	t.failure = ""
	t.log.Info("Starting built-in TURN server on "+t.where(), "addresses", t.endpoints)
	return nil
}

// choose returns the addresses to listen on and, for each, the one that clients
// are told.
func (t *turnServer) choose(local []netip.Addr) (listen, advertised []netip.Addr) {
	if a := t.address.advertised; a.IsValid() {
		unspecified := netip.IPv4Unspecified()
		if a.Is6() {
			unspecified = netip.IPv6Unspecified()
		}
		return []netip.Addr{unspecified}, []netip.Addr{a}
	}
	for _, addr := range local {
		if isPublic(addr) {
			listen = append(listen, addr)
			advertised = append(advertised, addr)
		}
	}
	for _, public := range t.options.PublicAddresses {
		if slices.Contains(advertised, public) {
			continue
		}
		base, err := t.base(public)
		if err != nil {
			t.log.Debug("TURN: a public address leads nowhere now", "address", public, "error", err)
			continue
		}
		listen = append(listen, base)
		advertised = append(advertised, public)
	}
	return listen, advertised
}

// lowestMediaPort is the lowest port of media that is reckoned with if the
// system chooses the ports.
const lowestMediaPort = 1 << 13

// policy returns where relays may send to.
func (t *turnServer) policy(own []netip.Addr) *peerPolicy {
	p := &peerPolicy{
		own: own, minPort: t.options.MinPort, maxPort: t.options.MaxPort, media: t.options.MediaPorts,
	}
	if p.minPort == 0 {
		p.minPort, p.maxPort = lowestMediaPort, 1<<16-1
	}
	return p
}

// listen opens the UDP and the TCP socket for an address, and says which it could; what
// fails is logged.
func (t *turnServer) listen(conf *turn.ServerConfig, addr netip.AddrPort, relays *relayGenerator, policy *peerPolicy) (udp, tcp bool) {
	network := "4"
	if addr.Addr().Is6() {
		network = "6"
	}
	packets, err := net.ListenPacket("udp"+network, addr.String())
	if err != nil {
		t.log.Warn("TURN: listenPacket("+addr.String()+")", "error", err)
	} else {
		udp = true
		conf.PacketConnConfigs = append(conf.PacketConnConfigs, turn.PacketConnConfig{
			PacketConn: packets, RelayAddressGenerator: relays, PermissionHandler: policy.permit,
		})
	}
	listener, err := net.Listen("tcp"+network, addr.String())
	if err != nil {
		t.log.Warn("TURN: listen("+addr.String()+")", "error", err)
		return udp, false
	}
	var secure *tls.Config
	if t.options.GetCertificate != nil {
		secure = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: t.options.GetCertificate}
	}
	conf.ListenerConfigs = append(conf.ListenerConfigs, turn.ListenerConfig{
		Listener: newEitherListener(listener, secure), RelayAddressGenerator: relays, PermissionHandler: policy.permit,
	})
	return udp, true
}

// stop closes the sockets.
func (t *turnServer) stop() {
	if t.running == nil {
		return
	}
	t.log.Info("Stopping built-in TURN server")
	if err := t.running.Close(); err != nil {
		t.log.Debug("TURN", "error", err)
	}
	t.running = nil
	t.endpoints = nil
}

// where names what the server listens on, as the flag does.
func (t *turnServer) where() string {
	if a := t.address.advertised; a.IsValid() {
		return netip.AddrPortFrom(a, t.address.port).String()
	}
	return ":" + strconv.Itoa(int(t.address.port))
}

// server returns the server as clients see it, with credentials that are valid
// from now on; false if it is not running.
func (t *turnServer) server() (Server, bool) {
	if t.running == nil {
		return Server{}, false
	}
	s := Server{CredentialType: typePassword}
	s.Username, s.Credential = t.credentials.issue()
	tcp := false
	for _, endpoint := range t.endpoints {
		if endpoint.udp {
			s.URLs = append(s.URLs, "turn:"+endpoint.String())
		}
		if endpoint.tcp {
			s.URLs = append(s.URLs, "turn:"+endpoint.String()+"?transport=tcp")
			tcp = true
		}
	}
	if tcp && t.options.GetCertificate != nil && t.options.Hosts != nil {
		for _, host := range t.options.Hosts() {
			s.URLs = append(s.URLs, "turns:"+net.JoinHostPort(host, strconv.Itoa(int(t.address.port)))+"?transport=tcp")
		}
	}
	return s, true
}
