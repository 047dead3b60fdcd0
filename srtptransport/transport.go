package srtptransport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/logging"
)

var (
	// ErrClosed means that the transport has been closed.
	ErrClosed = errors.New("the transport is closed")
	// ErrStarted means that Start has been called before.
	ErrStarted = errors.New("the transport has been started")
)

// Options says how a transport is made.
type Options struct {
	// Agent configures ICE.
	Agent []ice.AgentOption
	// Certificate is our own, which descriptions have the fingerprint of.
	Certificate tls.Certificate
	// Profiles are the protection profiles, those preferred first.
	Profiles []dtls.SRTPProtectionProfile
	// ReplayWindow is the number of packets remembered in order to refuse copies.
	ReplayWindow uint
	// LoggerFactory is where pion logs to.
	LoggerFactory logging.LoggerFactory

	// The callbacks must not be nil.

	// Candidate is called for each local candidate, and with nil when there are no
	// more.
	Candidate func(ice.Candidate)
	// Connected is called when media can flow, also again after an interruption.
	Connected func()
	// Failed is called when ICE has found no path, or lost it; a restart may help.
	Failed func()
	// RTCP is called for each authentic RTCP packet, which may be compound.  It must
	// not keep it.
	RTCP func(b []byte)
}

// Transport is one end of a path.
type Transport struct {
	opts  Options
	log   logging.LeveledLogger
	agent *ice.Agent
	ctx   context.Context // ends with the transport
	end   context.CancelFunc
	tasks sync.WaitGroup

	conn    *ice.Conn               // set by Start
	records atomic.Pointer[records] // for DTLS, nil once it is not needed any more
	keys    atomic.Pointer[keys]

	mu       sync.Mutex
	started  bool
	closed   bool
	secured  *dtls.Conn // once there is one, until it is not needed any more
	farewell [][]byte   // what is sent at the end instead of what DTLS would send
}

// New makes a transport, which does nothing before Gather.
func New(opts Options) (*Transport, error) {
	agent, err := ice.NewAgentWithOptions(opts.Agent...)
	if err != nil {
		return nil, fmt.Errorf("ICE: %w", err)
	}
	t := &Transport{opts: opts, log: opts.LoggerFactory.NewLogger("srtptransport"), agent: agent}
	t.ctx, t.end = context.WithCancel(context.Background())
	if err := agent.OnCandidate(opts.Candidate); err != nil {
		return nil, t.abandon(err)
	}
	if err := agent.OnConnectionStateChange(t.changed); err != nil {
		return nil, t.abandon(err)
	}
	return t, nil
}

// abandon closes a transport that cannot be used.
func (t *Transport) abandon(err error) error {
	t.end()
	_ = t.agent.Close()
	return fmt.Errorf("ICE: %w", err)
}

// changed is told of the state of ICE.
func (t *Transport) changed(state ice.ConnectionState) {
	switch state {
	case ice.ConnectionStateConnected:
		if t.keys.Load() != nil {
			t.opts.Connected()
		}
	case ice.ConnectionStateFailed:
		t.opts.Failed()
	default:
	}
}

// Credentials returns our user name and password of ICE.
func (t *Transport) Credentials() (ufrag, password string, err error) {
	return t.agent.GetLocalUserCredentials()
}

// Gather begins to look for local candidates.
func (t *Transport) Gather() error {
	if err := t.agent.GatherCandidates(); err != nil {
		return fmt.Errorf("ICE: %w", err)
	}
	return nil
}

// Restart makes new credentials, for a new search for a path that begins once the peer's
// new ones are known; until then the old path stays.
func (t *Transport) Restart() error {
	if err := t.agent.Restart("", ""); err != nil {
		return fmt.Errorf("ICE: %w", err)
	}
	return t.Gather()
}

// SetRemote tells of the peer's new credentials after a restart.
func (t *Transport) SetRemote(ufrag, password string) error {
	if err := t.agent.SetRemoteCredentials(ufrag, password); err != nil {
		return fmt.Errorf("ICE: %w", err)
	}
	return nil
}

// AddCandidate takes a candidate of the peer's; nil says that there are no more.
func (t *Transport) AddCandidate(c ice.Candidate) error {
	if err := t.agent.AddRemoteCandidate(c); err != nil {
		return fmt.Errorf("ICE: %w", err)
	}
	return nil
}

// Remote is what the description of the peer says of it.
type Remote struct {
	Ufrag, Password string
	// Lite says that it leaves all checks to us (RFC 8445, 2.5).
	Lite bool
	// Fingerprints are those of the peer's certificate, of which one must match.
	Fingerprints []Fingerprint
}

// Start begins to look for a path, and then to shake hands.  Controlling says that it is
// we who choose the path (RFC 8445, 6.1.1), client that we open the handshake.
func (t *Transport) Start(r Remote, controlling, client bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return ErrClosed
	}
	if t.started {
		return ErrStarted
	}
	t.started = true
	if err := t.agent.SetRemoteICELite(r.Lite); err != nil {
		return fmt.Errorf("ICE: %w", err)
	}
	start := t.agent.StartAccept
	if controlling {
		start = t.agent.StartDial
	}
	conn, err := start(r.Ufrag, r.Password)
	if err != nil {
		return fmt.Errorf("ICE: %w", err)
	}
	t.conn = conn
	t.records.Store(newRecords(conn))
	t.tasks.Go(func() {
		if err := t.connect(r.Fingerprints, client); err != nil && t.ctx.Err() == nil {
			t.log.Warnf("no media can flow: %v", err)
		}
	})
	return nil
}

// connect waits for a path and shakes hands on it.
func (t *Transport) connect(fingerprints []Fingerprint, client bool) error {
	if err := t.agent.AwaitConnect(t.ctx); err != nil {
		return err
	}
	t.tasks.Go(t.read)
	k, err := t.handshake(fingerprints, client)
	if err != nil {
		return err
	}
	t.keys.Store(k)
	t.opts.Connected()
	return nil
}

// Close says goodbye to the peer and closes everything.  It returns when all goroutines
// have ended, which may take as long as ICE servers that do not answer.
func (t *Transport) Close() error {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return nil
	}
	t.closed = true
	secured, farewell := t.secured, t.farewell
	t.mu.Unlock()
	for _, b := range farewell {
		_, _ = t.conn.Write(b)
	}
	if secured != nil {
		_ = secured.Close() // sends an alert, if it can
	}
	t.end()
	err := t.agent.GracefulClose()
	t.tasks.Wait()
	return err
}
