package server

import (
	"errors"
	"net"
	"net/http"
	"strconv"

	"galene/internal/certs"
	"galene/webserver"
)

var errACMEInsecure = errors.New("-acme and -redirect need HTTPS: they do not go with -insecure")

// openDoors opens the door of the web server and, if it is wanted, the one that leads
// there from HTTP in clear text.
func (s *Server) openDoors(web http.Handler) error {
	if err := s.conf.checkInsecure(); err != nil {
		return err
	}
	acme := s.conf.ACME
	if err := acme.Check(); err != nil {
		return err
	}
	if s.conf.StrictTransport > 0 {
		web = webserver.StrictTransport(web, s.conf.StrictTransport)
	}
	proxies, err := s.conf.proxies()
	if err != nil {
		return err
	}
	options := webserver.DoorOptions{Address: s.conf.HTTP, Handler: proxies.Wrap(s.logged(web))}
	if !s.conf.Insecure {
		acme.HTTP01 = s.conf.Redirect != ""
		s.certs = certs.New(certs.Options{
			DataDir: s.conf.Data,
			Hosts:   s.publicHosts,
			ACME:    acme,
			Logger:  s.log,
		})
		options.GetCertificate = s.certs.GetCertificate
		if len(acme.Hosts) > 0 {
			options.NextProtos = []string{certs.ALPNProto}
		}
	}
	if s.door, err = s.openDoor(options); err != nil {
		return err
	}
	if s.conf.Redirect == "" {
		return nil
	}
	s.redirect, err = s.openDoor(webserver.DoorOptions{
		Address: s.conf.Redirect,
		Handler: proxies.Wrap(s.logged(
			webserver.ToHTTPS(s.canonicalHost, s.port(), certs.ChallengePrefix, s.certs.ServeChallenge))),
	})
	return err
}

// logged returns h, with a log of its requests if that is wanted.
func (s *Server) logged(h http.Handler) http.Handler {
	if !s.conf.AccessLog {
		return h
	}
	return webserver.LogAccess(h, s.log)
}

// canonicalHost returns the host, perhaps with a port, that everybody should use.
func (s *Server) canonicalHost() string {
	conf, err := s.groups.Config()
	if err != nil {
		return ""
	}
	return conf.CanonicalHost
}

// port returns the port of the web server; that of HTTPS on a Unix socket.
func (s *Server) port() string {
	if addr, ok := s.Addr().(*net.TCPAddr); ok {
		return strconv.Itoa(addr.Port)
	}
	return "443"
}
