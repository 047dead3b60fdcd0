package udpmux

import (
	"fmt"
	"log/slog"
	"net"

	"github.com/pion/ice/v4"
	"github.com/pion/transport/v5"
	"github.com/pion/webrtc/v4"
)

// Options configures Open.
type Options struct {
	// Ports are the ports that may be used.
	Ports Ports
	// Net is the network; nil is the system's.
	Net transport.Net
	// Loopback also uses loopback addresses.
	Loopback bool
	// IPFilter, if not nil, chooses the local addresses to be used.
	IPFilter func(net.IP) bool
	// Logger is told what socket buffers were granted; nil is the default.
	Logger *slog.Logger
}

// Mux is the opened set of ports.  It may be used by any number of goroutines
// at once.
type Mux struct {
	ports Ports
	net   transport.Net
	mux   *ice.MultiUDPMuxDefault
}

// Open prepares the ports.  In single-port mode it opens one socket per
// suitable local address, and returns an error that wraps ErrPort if that
// fails.
func Open(opts Options) (*Mux, error) {
	logger := opts.Logger
	if logger == nil {
		logger = slog.Default()
	}
	network, err := newNet(opts.Net, logger)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPort, err)
	}
	m := &Mux{ports: opts.Ports, net: network}
	if !opts.Ports.Single() {
		return m, nil
	}

	muxOptions := []ice.UDPMuxFromPortOption{ice.UDPMuxFromPortWithNet(network)}
	if opts.Loopback {
		muxOptions = append(muxOptions, ice.UDPMuxFromPortWithLoopback())
	}
	if opts.IPFilter != nil {
		muxOptions = append(muxOptions, ice.UDPMuxFromPortWithIPFilter(opts.IPFilter))
	}
	mux, err := ice.NewMultiUDPMuxFromPort(int(opts.Ports.Min), muxOptions...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPort, err)
	}
	if len(mux.GetListenAddresses()) == 0 {
		_ = mux.Close()
		return nil, fmt.Errorf("%w: no local address to listen on", ErrPort)
	}
	m.mux = mux
	return m, nil
}

// Configure makes the peer connections of a setting engine use these ports.
func (m *Mux) Configure(settings *webrtc.SettingEngine) error {
	settings.SetNet(m.net)
	switch {
	case m.mux != nil:
		settings.SetICEUDPMux(m.mux)
	case !m.ports.Any():
		err := settings.SetEphemeralUDPPortRange(m.ports.Min, m.ports.Max)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrRange, err)
		}
	}
	return nil
}

// Addresses returns the addresses of the shared sockets; it is empty unless a
// single port is used.
func (m *Mux) Addresses() []net.Addr {
	if m.mux == nil {
		return nil
	}
	return m.mux.GetListenAddresses()
}

// Close closes the shared sockets.  Peer connections that use them must have
// been closed before.
func (m *Mux) Close() error {
	if m.mux == nil {
		return nil
	}
	return m.mux.Close()
}
