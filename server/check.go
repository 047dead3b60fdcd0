package server

import (
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"galene/group"
	"galene/ice"
	"galene/internal/certs"
	"galene/internal/problem"
)

// Check returns everything that is wrong with conf, and with the files and directories
// that a server made from it would use.  It opens no socket, so that it may be called
// while such a server runs, and changes no file.  Whether directories can be written to
// is said of the user who calls it.
func Check(conf Config) []problem.Problem {
	now := time.Now()
	problems := conf.checkFlags()
	groups := group.CheckFiles(conf.Groups, conf.Data, now)
	problems = append(problems, groups.Problems...)
	problems = append(problems, ice.Check(ice.Options{
		DataDir: conf.Data, RelayOnly: conf.RelayOnly, TURN: ice.TURNOptions{Address: conf.TURN},
	})...)
	var hosts []string
	if groups.Config != nil {
		hosts = publicHosts(groups.Config)
	}
	if !conf.Insecure {
		problems = append(problems, certs.Check(certs.Options{
			DataDir: conf.Data,
			Hosts:   func() []string { return hosts },
			ACME:    conf.ACME,
			Logger:  slog.New(slog.DiscardHandler),
		})...)
		problems = append(problems, conf.checkACMEHosts(hosts)...)
	}
	severity := problem.Warning // nobody records yet
	if groups.Recording {
		severity = problem.Error
	}
	problems = append(problems, problem.Writable(conf.Recordings, severity)...)
	// Where tokens and certificates are kept.
	state := filepath.Join(conf.Data, "var")
	for _, p := range problem.Writable(state, problem.Warning) {
		if !slices.ContainsFunc(problems, func(q problem.Problem) bool { return q.File == p.File }) {
			problems = append(problems, p)
		}
	}
	return problems
}

// checkFlags checks what can be said of the flags without the files.
func (c *Config) checkFlags() []problem.Problem {
	var problems []problem.Problem
	add := func(flag string, err error) {
		if err != nil {
			problems = append(problems, problem.Of(flag, problem.Error, "%v", err))
		}
	}
	add("-http", checkAddress(c.HTTP))
	add("-insecure", c.checkInsecure())
	_, err := c.ports()
	add("-udp-range", err)
	public, err := c.publicAddresses()
	add("-public-address", err)
	for _, addr := range public {
		if !ice.Public(addr) {
			problems = append(problems, problem.Of("-public-address", problem.Warning,
				"%s is not public: it can only be reached from some networks", addr))
		}
	}
	if c.Redirect != "" {
		add("-redirect", checkAddress(c.Redirect))
	}
	_, err = c.proxies()
	add("-trusted-proxy", err)
	if c.Metrics != "" {
		add("-metrics", checkAddress(c.Metrics))
	}
	if c.PProf != "" {
		_, err := loopback(c.PProf)
		add("-pprof", err)
	}
	frontend, err := openFrontend(c.Static)
	if err != nil {
		add("-static", err)
		return problems
	}
	add("-static", frontend.check())
	add("-static", frontend.Close())
	return problems
}

// groupPage is the page of a group in the frontend.
const groupPage = "galene.html"

// checkAddress checks an address to listen on, without listening there.
func checkAddress(address string) error {
	if strings.HasPrefix(address, "/") {
		if p := problem.Writable(filepath.Dir(address), problem.Error); p != nil {
			return fmt.Errorf("%s", p[0])
		}
		return nil
	}
	if _, ok := isHandedOver(address); ok {
		return nil
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	_, err = net.LookupPort("tcp", port) // looks at a table of this machine
	return err
}

// checkACMEHosts says which names of the server are not among those of its certificate.
func (c *Config) checkACMEHosts(hosts []string) []problem.Problem {
	var problems []problem.Problem
	for _, h := range hosts {
		if len(c.ACME.Hosts) > 0 && !slices.ContainsFunc(c.ACME.Hosts, func(a string) bool {
			return strings.EqualFold(a, h)
		}) {
			problems = append(problems, problem.Of("-acme", problem.Warning,
				"does not name %q, the canonicalHost: browsers will refuse the certificate", h))
		}
	}
	return problems
}
