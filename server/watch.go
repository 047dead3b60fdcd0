package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"time"

	"galene/stats"
	"galene/webserver"
)

var (
	errStopping    = errors.New("the server is stopping")
	errNotLoopback = errors.New("-pprof needs a loopback address with a port, such as 127.0.0.1:6060")
)

// watchTime is how long requests of those who watch get to end by themselves when the
// server stops.
const watchTime = 200 * time.Millisecond

// ready returns why the server should get no visitors (http.md, weak spot 19).
func (s *Server) ready() error {
	if s.stopping.Load() {
		return errStopping
	}
	if s.certs == nil {
		return nil
	}
	return s.certs.Problem()
}

// openWatch opens the listeners for those who watch the server, if any.
func (s *Server) openWatch() error {
	if err := s.openMetrics(); err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	if err := s.openProfiles(); err != nil {
		return fmt.Errorf("profiles: %w", err)
	}
	return nil
}

// openMetrics opens the listener for metrics, where it is also said whether the server
// is ready: that must be possible when the web server cannot be reached.
func (s *Server) openMetrics() error {
	if s.conf.Metrics == "" {
		return nil
	}
	metrics, err := stats.Handler(s.source(), s.log)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", metrics)
	mux.Handle("/healthz", webserver.Health())
	mux.Handle("/readyz", webserver.Readiness(s.ready))
	s.metrics, err = s.openDoor(webserver.DoorOptions{Address: s.conf.Metrics, Handler: mux})
	if err != nil {
		return err
	}
	addr := s.metrics.Addr()
	if tcp, ok := addr.(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
		s.log.Warn("metrics are served to anybody who reaches this address", "address", addr)
	}
	return nil
}

// source is where metrics come from.
func (s *Server) source() stats.Source {
	source := stats.Source{
		Sessions: s.sessions.Sessions,
		Clients:  statistics{s.sessions, s.streams}.Stats,
		Panics: func() (sessions, media uint64) {
			return uint64(s.sessions.Panics()), s.engine.Panics()
		},
		Sockets: s.engine.Sockets,
		Packets: s.engine.Pool().Outstanding,
		Relays:  s.ice.RelayResults,
		Ready:   s.ready,
	}
	if s.certs != nil {
		source.Certificate = func() (*tls.Certificate, error) { return s.certs.Current() }
	}
	return source
}

// openProfiles opens the listener for profiles.
func (s *Server) openProfiles() error {
	if s.conf.PProf == "" {
		return nil
	}
	address, err := loopback(s.conf.PProf)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	s.profiles, err = webserver.Open(webserver.DoorOptions{
		Address: address, Handler: mux, Logger: s.log,
	})
	return err
}

// loopback returns an address if it is one of the loopback interface.  Names are not
// looked up, since they might lead elsewhere: localhost is 127.0.0.1, others are refused.
func loopback(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errNotLoopback, err)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !ip.Unmap().IsLoopback() {
		return "", fmt.Errorf("%w, not %q", errNotLoopback, address)
	}
	return net.JoinHostPort(host, port), nil
}

// closeWatch closes what openWatch has opened, and returns why it had failed, if it had.
func (s *Server) closeWatch() error {
	ctx, cancel := context.WithTimeout(context.Background(), watchTime)
	defer cancel()
	var errs []error
	for _, d := range []*webserver.Door{s.metrics, s.profiles} {
		if d != nil {
			_ = d.Shutdown(ctx) // says no more than that requests were cut short
			errs = append(errs, d.Err())
		}
	}
	return errors.Join(errs...)
}
