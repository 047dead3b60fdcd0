// Package server puts the parts together: a Server is one running server, made
// from a Config (spec server-cli.md 2).
//
// The parts are started in the order in which they depend on each other, and
// stopped in reverse.  All state hangs off the Server, so that several can run
// in one process.  Run owns all goroutines of the Server, and returns after
// they have ended.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"galene/adminapi"
	"galene/group"
	"galene/ice"
	"galene/internal/certs"
	"galene/recorder"
	"galene/recorder/archive"
	"galene/recorder/playback"
	"galene/rtpconn"
	"galene/signalling"
	"galene/udpmux"
	"galene/webserver"
	"galene/whip"
)

const (
	// drainTime is how long members and requests get to end by themselves
	// when the server stops.
	drainTime = 2 * time.Second
	// stopTime is how long a stop takes at most.
	stopTime = 4500 * time.Millisecond
	// farewell is what members are told when the server stops (GRP-14).
	farewell = "server is shutting down"
)

// ErrStuck means that a part of the server did not stop in time.
var ErrStuck = errors.New("the server did not stop in time")

// A Server is a server whose listener is open.  The caller must call Run.
type Server struct {
	conf Config
	log  *slog.Logger

	engine     *rtpconn.Engine
	recorder   *recorder.Recorder
	groups     *group.Registry
	ice        *ice.Config
	sessions   *signalling.Server
	streams    *whip.Server
	certs      *certs.Store // nil in clear text
	door       *webserver.Door
	redirect   *webserver.Door // nil without one
	metrics    *webserver.Door // nil without one
	profiles   *webserver.Door // nil without one
	stopping   atomic.Bool
	frontend   *frontend
	background sync.WaitGroup
}

// Run makes a server and runs it until ctx is cancelled.
func Run(ctx context.Context, conf Config) error {
	s, err := New(conf)
	if err != nil {
		return err
	}
	return s.Run(ctx)
}

// packetMemory returns how much memory packets may take, when the runtime is limited to
// limit bytes (GOMEMLIMIT): a quarter of it, and 0, which is no limit, without one
// (spec media.md 5.5, R-5.1).
func packetMemory(limit int64) int64 {
	if limit == math.MaxInt64 {
		return 0
	}
	return limit / 4
}

// New starts a server: from when it returns, connections are accepted.
func New(conf Config) (s *Server, err error) {
	s = &Server{conf: conf, log: conf.Logger}
	if s.log == nil {
		s.log = slog.Default()
	}
	defer func() {
		if err != nil {
			s.abandon()
		}
	}()

	ports, err := conf.ports()
	if err != nil {
		return s, err
	}
	public, err := conf.publicAddresses()
	if err != nil {
		return s, err
	}
	s.engine, err = rtpconn.New(rtpconn.Options{
		Ports:         ports,
		SharedPort:    true,
		PreferredPort: conf.preferredPort(),
		Batching:      conf.UDPBatch,
		Plain:         conf.Plain,
		MulticastDNS:  conf.MulticastDNS,
		Loopback:      conf.Loopback,
		Logger:        s.log,
		MemoryLimit:   packetMemory(debug.SetMemoryLimit(-1)),

		PublicAddresses: public,
	})
	if err != nil {
		return s, err
	}
	if shared := s.engine.Addresses(); len(shared) > 0 {
		s.log.Info("media uses UDP", "addresses", shared)
	}
	s.checkFileLimit()
	s.recorder = recorder.New(recorder.Options{
		Archive: archive.New(conf.Recordings),
		Limits:  conf.RecordingLimits,
		Logger:  s.log,
	})
	s.groups = group.NewRegistry(group.Options{
		Directory:     conf.Groups,
		DataDirectory: conf.Data,
		Logger:        s.log,
		Limits:        conf.GroupLimits,

		StartRecording: s.recorder.Start,
		WithdrawRights: conf.WithdrawRights,
	})
	s.ice = ice.New(ice.Options{
		DataDir:   conf.Data,
		RelayOnly: conf.RelayOnly,
		TURN:      s.turnOptions(ports, public),
		Logger:    s.log,
	})
	s.sessions = signalling.New(signalling.Options{
		Registry:          s.groups,
		Engine:            s.engine,
		RTCConfiguration:  func() any { return s.ice.Client() },
		PeerConfiguration: s.ice.Server,
		Limits:            conf.Limits,
		Logger:            s.log,
	})
	if s.streams, err = s.newStreams(); err != nil {
		return s, err
	}
	if err := s.open(); err != nil {
		return s, err
	}
	// Not before the address is ours: no other server is running then.
	s.recorder.Recover()
	return s, nil
}

// open opens the door of the web server.
func (s *Server) open() error {
	var err error
	s.frontend, err = openFrontend(s.conf.Static)
	if err != nil {
		return err
	}
	api, err := adminapi.New(adminapi.Options{
		Registry: s.groups,
		Stats:    statistics{s.sessions, s.streams},
		Relays:   s.ice.RelayResults,
		Logger:   s.log,
	})
	if err != nil {
		return err
	}
	web, err := webserver.New(webserver.Options{
		Groups:  s.groups,
		Session: s.sessions.ServeConn,
		Streams: s.streams.Serve,
		API:     api,
		Recordings: playback.New(playback.Options{
			Archive: archive.New(s.conf.Recordings),
			Groups:  s.groups,
			Logger:  s.log,
		}),
		Ready:       s.ready,
		Static:      s.frontend.files,
		OwnFrontend: s.frontend.own,
		Built:       s.frontend.built,
		Logger:      s.log,
	})
	if err != nil {
		return err
	}
	if err := s.openDoors(web); err != nil {
		return err
	}
	if err := s.openWatch(); err != nil {
		return err
	}
	s.closeSockets()
	return nil
}

// turnOptions returns how the built-in TURN server is to run.
func (s *Server) turnOptions(ports udpmux.Ports, public []netip.Addr) ice.TURNOptions {
	o := ice.TURNOptions{
		Address: s.conf.TURN, PublicAddresses: public, MediaPorts: s.engine.SharedPorts(),
	}
	if !ports.Single() { // one port is media's own
		o.MinPort, o.MaxPort = ports.Min, ports.Max
	}
	if !s.conf.Insecure {
		o.Hosts = s.publicHosts
		o.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			return s.certs.GetCertificate(hello)
		}
	}
	return o
}

// Addr returns the address that the web server listens on.
func (s *Server) Addr() net.Addr {
	return s.door.Addr()
}

// Run serves until ctx is cancelled, or the listener fails, and then stops the
// server.  It must be called once.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.background.Go(func() { s.groups.Run(ctx) })
	s.background.Go(func() { newTrimmer().run(ctx) })
	if s.certs != nil {
		s.background.Go(func() { s.certs.Run(ctx) })
		// Makes the certificate now rather than when somebody waits
		// for it, and logs its fingerprint.  What is wrong with it is
		// logged, too, and may be put right while the server runs.
		_, _ = s.certs.GetCertificate(&tls.ClientHelloInfo{})
	}
	s.ice.Present() // logs what is wrong with the file, and starts the TURN server
	s.background.Go(func() { s.ice.RunRelayTests(ctx) })
	s.greet()

	select {
	case <-ctx.Done():
	case <-s.door.Done():
	case <-s.redirect.Done():
	case <-s.metrics.Done():
	case <-s.profiles.Done():
	}
	s.stopping.Store(true)
	cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- s.stop() }()
	timer := time.NewTimer(stopTime)
	defer timer.Stop()
	select {
	case err := <-stopped:
		return err
	case <-timer.C:
		return ErrStuck
	}
}

// Alive returns once it has had the locks that everybody needs: if it does not, the server
// is stuck.  It may be called from any goroutine.
func (s *Server) Alive() {
	s.groups.Loaded()
	s.sessions.Sessions()
}

// Reload looks at all files at once, rather than when somebody needs them or in a while
// (server-cli.md, weak spot 3).  It may be called from any goroutine while Run runs.
func (s *Server) Reload() {
	s.groups.Scan()
	if s.certs != nil {
		_, _ = s.certs.GetCertificate(&tls.ClientHelloInfo{}) // logs what is wrong
	}
	s.ice.Reload()
	s.log.Info("configuration read again")
}

// stop stops everything, the reverse of New.  Members are told first, and have
// some time to hear of it.
func (s *Server) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	var door sync.WaitGroup
	door.Go(func() {
		if err := s.door.Shutdown(ctx); err != nil {
			s.log.Debug("requests were cut short", "error", err)
		}
	})
	if s.redirect != nil {
		door.Go(func() { _ = s.redirect.Shutdown(ctx) })
	}
	s.sessions.Shutdown(ctx, farewell)
	s.streams.Close()
	door.Wait()
	s.recorder.Close() // completes the files
	s.engine.Close()
	s.ice.Close()
	s.background.Wait()
	// Last, so that who watches sees the end; a profile that takes long is cut off.
	return errors.Join(s.door.Err(), s.redirect.Err(), s.closeWatch(), s.frontend.Close())
}

// abandon undoes a start that failed half-way.
func (s *Server) abandon() {
	_ = s.closeWatch()
	if s.redirect != nil {
		_ = s.redirect.Shutdown(context.Background())
	}
	if s.door != nil {
		_ = s.door.Shutdown(context.Background())
	}
	if s.frontend != nil {
		_ = s.frontend.Close()
	}
	if s.recorder != nil {
		s.recorder.Close()
	}
	if s.engine != nil {
		s.engine.Close()
	}
}

// checkFileLimit warns if few files may be open at a time (S-10).
func (s *Server) checkFileLimit() {
	const wanted = 65535
	if limit, ok := fileLimit(); ok && limit < wanted {
		s.log.Warn(fmt.Sprintf("File descriptor limit is %d, please increase it!", limit))
	}
}

// publicHosts returns the names that browsers know the server by.
func (s *Server) publicHosts() []string {
	conf, err := s.groups.Config()
	if err != nil {
		return nil
	}
	return publicHosts(conf)
}

// publicHosts returns the names that browsers know a server with this config.json by.
func publicHosts(conf *group.Config) []string {
	if conf.CanonicalHost == "" {
		return nil
	}
	host := conf.CanonicalHost
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return []string{host}
}
