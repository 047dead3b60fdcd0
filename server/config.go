package server

import (
	"errors"
	"flag"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"galene/group"
	"galene/internal/certs"
	"galene/internal/nat"
	"galene/internal/systemd"
	"galene/recorder"
	"galene/signalling"
	"galene/udpmux"
	"galene/webserver"
)

// Config says how a server is to run.  DefaultConfig returns one that is
// complete.
type Config struct {
	// HTTP is the address of the web server: host:port, the path of a
	// Unix socket if it starts with a slash, or "systemd" or "systemd:NAME" for one of
	// Sockets.
	HTTP string
	// SocketMode is the mode of Unix sockets; 0 leaves it to the umask.
	SocketMode fs.FileMode
	// Sockets are those that systemd has handed over.
	Sockets []systemd.Socket
	// Insecure is clear text instead of TLS.
	Insecure bool
	// Static is the directory with the frontend; if it is empty, the
	// embedded frontend is served.
	Static string
	// Data, Groups and Recordings are directories.  They need not exist.
	Data       string
	Groups     string
	Recordings string
	// TURN is the address of the built-in TURN server: empty for none,
	// "auto", or an address.
	TURN string
	// UDPRange is the UDP ports for media: "PORT", "MIN-MAX", or empty for one
	// port, which has the number of the web server's if that is free.
	UDPRange string
	// UDPBatch says how the sockets for media are read and written.
	UDPBatch udpmux.Batching
	// ACME is how certificates are obtained from an authority, if at all.
	ACME certs.ACME
	// Redirect is the address of a web server in clear text that leads to
	// HTTPS, and answers challenges of ACME; empty is none.
	Redirect string
	// TrustedProxies are the IP addresses and networks of proxies that are believed when
	// they say where requests come from, "unix" for those on a Unix socket; ProxyHeader is
	// the header in which they say it, X-Forwarded-For if it is empty.
	TrustedProxies []string
	ProxyHeader    string
	// StrictTransport is for how long browsers that came by HTTPS are to come by nothing
	// else; 0 leaves it to them.
	StrictTransport time.Duration
	// AccessLog logs each request.
	AccessLog bool
	// Metrics is the address of a listener in clear text for what watches the
	// server, and PProf that of one for profiles, which must be a loopback address;
	// empty is none.
	Metrics, PProf string
	// Plain forwards as simply as can be: sockets, a certificate and a media
	// engine for each connection, one packet per system call.  It is there to be
	// compared with.
	Plain bool
	// PublicAddresses are IP addresses by which others reach this machine through a
	// NAT that forwards ports unchanged.
	PublicAddresses []string
	// RelayOnly restricts everybody to relayed ICE candidates.
	RelayOnly bool
	// MulticastDNS resolves and offers .local candidates.
	MulticastDNS bool

	// Loopback offers loopback addresses for media even if the machine has
	// others; meant for tests.
	Loopback bool
	// WithdrawRights takes their permissions from members whose entry in the
	// description of their group goes away.
	WithdrawRights bool
	// Limits bounds what clients may do, and GroupLimits what members may
	// store and send; fields that are zero have their defaults.
	Limits      signalling.Limits
	GroupLimits group.Limits
	// RecordingLimits bounds what recordings take.
	RecordingLimits recorder.Limits
	// Output is where the address to open is printed; nil prints nothing.
	Output io.Writer
	// Logger is where everything else is told; nil is slog.Default().
	Logger *slog.Logger
}

// DefaultConfig returns the configuration of a server that is started without
// flags.
func DefaultConfig() Config {
	return Config{
		HTTP:       ":8443",
		Data:       "./data/",
		Groups:     "./groups/",
		Recordings: "./recordings/",
		TURN:       turnAuto,
	}
}

// turnAuto leaves it to the server whether a TURN server is needed.
const turnAuto = "auto"

// AddFlags defines the flags that set the members of c (spec server-cli.md 1),
// whose present values are the defaults.
func (c *Config) AddFlags(f *flag.FlagSet) {
	f.StringVar(&c.HTTP, "http", c.HTTP,
		"web server `address`: host:port, absolute path of a Unix socket, "+
			"or systemd or systemd:NAME for a socket that systemd hands over")
	f.Var(modeValue{&c.SocketMode}, "socket-mode",
		"`mode` of Unix sockets, such as 0660 (default: what the umask leaves)")
	f.BoolVar(&c.Insecure, "insecure", c.Insecure,
		"serve HTTP in clear text instead of HTTPS")
	f.StringVar(&c.Static, "static", c.Static,
		"`directory` with the web pages to serve instead of the built-in ones")
	f.StringVar(&c.Data, "data", c.Data,
		"`directory` with config.json, cert.pem, key.pem and ice-servers.json")
	f.StringVar(&c.Groups, "groups", c.Groups,
		"`directory` with the definitions of groups")
	f.StringVar(&c.Recordings, "recordings", c.Recordings,
		"`directory` for recordings")
	f.StringVar(&c.TURN, "turn", c.TURN,
		"built-in TURN server `address`, \"auto\", or \"\" for none")
	f.StringVar(&c.UDPRange, "udp-range", c.UDPRange,
		"UDP `ports` for media: PORT, or MIN-MAX for a port per connection "+
			"(default: one port, that of -http if it is free)")
	f.TextVar(&c.UDPBatch, "udp-batch", c.UDPBatch,
		"batches on one UDP port, `mode`: \"auto\", \"messages\" or \"off\"")
	f.BoolVar(&c.Plain, "plain", c.Plain,
		"share nothing between connections, to measure what sharing saves")
	f.Var(listValue{&c.ACME.Hosts}, "acme",
		"get certificates for these `hosts`, separated by commas, from Let's Encrypt by ACME, "+
			"agreeing to its terms of service")
	f.StringVar(&c.ACME.Directory, "acme-directory", c.ACME.Directory,
		"`URL` of the directory of another ACME authority")
	f.StringVar(&c.ACME.Email, "acme-email", c.ACME.Email,
		"`address` that the ACME authority may write to")
	f.StringVar(&c.Redirect, "redirect", c.Redirect,
		"`address`, such as :80, to redirect to HTTPS from and to answer HTTP-01 challenges of ACME at")
	f.Var(listValue{&c.TrustedProxies}, "trusted-proxy",
		"believe X-Forwarded-For of proxies at these IP `addresses` or networks, separated by commas, "+
			"and of those on a Unix socket if \"unix\" is among them")
	f.StringVar(&c.ProxyHeader, "proxy-header", c.ProxyHeader,
		"`header` of trusted proxies to read: X-Forwarded-For or Forwarded (default X-Forwarded-For)")
	f.DurationVar(&c.StrictTransport, "hsts", c.StrictTransport,
		"`time`, such as 8760h, during which browsers are to come by HTTPS only (HSTS)")
	f.BoolVar(&c.AccessLog, "access-log", c.AccessLog,
		"log each request, without what is secret in it")
	f.StringVar(&c.Metrics, "metrics", c.Metrics,
		"`address`, such as 127.0.0.1:9090, to serve metrics at, in clear text and without passwords")
	f.StringVar(&c.PProf, "pprof", c.PProf,
		"loopback `address`, such as 127.0.0.1:6060, to serve profiles at")
	f.Var(listValue{&c.PublicAddresses}, "public-address",
		"IP `addresses`, separated by commas, by which this machine is reached through a NAT "+
			"that forwards ports unchanged")
	f.BoolVar(&c.RelayOnly, "relay-only", c.RelayOnly,
		"use only relayed ICE candidates")
	f.BoolVar(&c.MulticastDNS, "mdns", c.MulticastDNS,
		"use multicast DNS candidates")
	f.BoolVar(&c.WithdrawRights, "withdraw-rights", c.WithdrawRights,
		"take their rights from members whose entry is removed from the group's file")
	f.Var(limitValue{c}, "limit",
		"set limits on clients, `name=value`, separated by commas; may be repeated")
}

// ports parses UDPRange.
func (c *Config) ports() (udpmux.Ports, error) {
	return udpmux.Parse(c.UDPRange)
}

// publicAddresses parses PublicAddresses.
func (c *Config) publicAddresses() ([]netip.Addr, error) {
	addrs, err := nat.Parse(c.PublicAddresses)
	if err == nil && len(addrs) > 0 && c.MulticastDNS {
		return nil, errPublicMulticastDNS
	}
	return addrs, err
}

// proxies parses TrustedProxies.
func (c *Config) proxies() (webserver.Proxies, error) {
	return webserver.ParseProxies(c.TrustedProxies, c.ProxyHeader)
}

// errPublicMulticastDNS refuses to show and to hide addresses at the same time.
var errPublicMulticastDNS = errors.New("-public-address does not go with -mdns, which hides addresses")

// checkInsecure refuses what needs HTTPS without HTTPS.
func (c *Config) checkInsecure() error {
	if c.Insecure && (len(c.ACME.Hosts) > 0 || c.Redirect != "") {
		return errACMEInsecure
	}
	return nil
}

// preferredPort returns the UDP port that media shares if UDPRange leaves the
// choice: that of the web server, unless the TURN server wants it.  0 is any.
func (c *Config) preferredPort() uint16 {
	port := c.webPort()
	if port == portOf(c.TURN) {
		return 0
	}
	return port
}

// webPort returns the port of the web server, 0 if it has none.
func (c *Config) webPort() uint16 {
	name, ok := isHandedOver(c.HTTP)
	if !ok {
		return portOf(c.HTTP)
	}
	if i := c.socket(name); i >= 0 {
		return portOf(c.Sockets[i].Listener.Addr().String())
	}
	return 0
}

// portOf returns the port of an address, 0 if it has none.
func portOf(address string) uint16 {
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		return 0
	}
	port, err := net.LookupPort("udp", text)
	if err != nil {
		return 0
	}
	return uint16(port)
}
