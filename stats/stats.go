// Package stats tells what a server is doing, in the format of Prometheus (spec
// server-cli.md, weak spot 2; http.md, weak spot 19).
//
// Nothing is counted here: a Collector asks the parts of the server whenever it is
// asked.  It names neither groups nor people, so that whoever watches a server learns
// nothing about who meets in it, and the number of series stays the same.
//
// All methods may be called at any time, from any goroutine.
package stats

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"galene/ice"
	"galene/signalling"
	"galene/udpmux"
)

// Source is where the numbers come from.
type Source struct {
	// Sessions returns the number of WebSockets.
	Sessions func() int
	// Clients describes those who are in groups.  One that does not answer until
	// the context ends is left out.
	Clients func(context.Context) []signalling.ClientStats
	// Panics returns how often sessions, and work on media, ended in a panic.
	Panics func() (sessions, media uint64)
	// Sockets returns what the shared sockets have done.
	Sockets func() udpmux.Stats
	// Packets returns how many packets are held in memory.
	Packets func() int64
	// Certificate returns the certificate in force; nil is a server in clear text.
	Certificate func() (*tls.Certificate, error)
	// Relays returns what the last test of the TURN servers has found; a nil function
	// is a server that tests none.
	Relays func() []ice.RelayResult
	// Ready returns why the server should get no visitors, nil if it should.
	Ready func() error
}

// errIncomplete is a mistake in the program.
var errIncomplete = errors.New("stats: incomplete source")

// Handler returns what answers requests for /metrics.  Its registry is its own.
// Faults go to log.
func Handler(source Source, log *slog.Logger) (http.Handler, error) {
	registry, err := newRegistry(source)
	if err != nil {
		return nil, err
	}
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog:      slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ErrorHandling: promhttp.ContinueOnError,
	}), nil
}

// newRegistry returns a registry with a Collector, and with what the client library
// knows of the Go runtime and of the process.
func newRegistry(source Source) (*prometheus.Registry, error) {
	c, err := NewCollector(source)
	if err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	err = errors.Join(
		registry.Register(c),
		registry.Register(collectors.NewGoCollector()),
		registry.Register(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})),
	)
	return registry, err
}
