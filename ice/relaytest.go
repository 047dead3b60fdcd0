package ice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/webrtc/v4"

	"galene/internal/hostnet"
)

const (
	// relayTestInterval is the time between two tests of the relays (S-52).
	relayTestInterval = 12 * time.Hour
	// relayTestLimit is how long the test of one relay takes at most (S-50).
	relayTestLimit = 20 * time.Second
)

var (
	errNoRelay      = errors.New("no TURN server is configured")
	errRelayTimeout = errors.New("timeout")
)

// A RelayResult says whether one TURN server could be used when it was last
// tried.
type RelayResult struct {
	// URL is that of the server, as clients are told.
	URL string
	// Time is when the test was made.
	Time time.Time
	// Total is how long it took until a message had gone there and back,
	// and RTT how long only that took.  Both are 0 after a failure.
	Total, RTT time.Duration
	// Err is why it failed; nil is success.
	Err error
}

// RunRelayTests tests all relays now and every 12 hours, until ctx is cancelled
// (spec server-cli.md 4.5).  That is for the administrator's information: relays
// that fail the test are used all the same.
func (c *Config) RunRelayTests(ctx context.Context) {
	ticker := time.NewTicker(relayTestInterval)
	defer ticker.Stop()
	for {
		c.TestRelays(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// RelayResults returns what the last test has found, one result for each URL of
// a TURN server; nil before the first test has ended.
func (c *Config) RelayResults() []RelayResult {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.relays)
}

// TestRelays tests all relays, and logs what it finds (S-51).  It does so with
// each URL separately, so that one sees which works.
func (c *Config) TestRelays(ctx context.Context) []RelayResult {
	results := c.testRelays(ctx)
	if ctx.Err() != nil {
		return nil // it means nothing
	}
	for _, r := range results {
		if r.Err == nil {
			c.log.Info(fmt.Sprintf("Relay test successful in %v, RTT = %v",
				r.Total.Round(time.Millisecond), r.RTT.Round(10*time.Microsecond)), "url", r.URL)
			continue
		}
		c.log.Warn("Relay test failed: "+r.Err.Error(), "url", r.URL)
	}
	works := func(r RelayResult) bool { return r.Err == nil }
	if !slices.ContainsFunc(results, works) {
		if len(results) == 0 {
			c.log.Info("Relay test failed: " + errNoRelay.Error())
		}
		c.log.Info("Perhaps you didn't configure a TURN server?")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.relays = results
	return slices.Clone(results)
}

// testRelays tests all relays at the same time.
func (c *Config) testRelays(ctx context.Context) []RelayResult {
	conf := c.Client()
	var results []RelayResult
	var servers, helpers []webrtc.ICEServer
	for _, s := range conf.ICEServers {
		for _, url := range s.URLs {
			w := webrtc.ICEServer{URLs: []string{url}}
			if !strings.HasPrefix(url, "turn") {
				helpers = append(helpers, w)
				continue
			}
			w.Username, w.Credential = s.Username, s.Credential
			w.CredentialType = webrtc.ICECredentialTypePassword
			servers = append(servers, w)
			results = append(results, RelayResult{URL: url, Time: c.now()})
		}
	}
	var wait sync.WaitGroup
	for i, s := range servers {
		wait.Go(func() {
			t := relayTest{relay: s, helpers: helpers, bothRelayed: c.relayOnly}
			results[i].Total, results[i].RTT, results[i].Err = t.run(ctx)
		})
	}
	wait.Wait()
	return results
}

// relayTest is a test of one relay: two connections of our own, the first of
// which may use nothing but the relay, exchange a message (S-50).
type relayTest struct {
	relay webrtc.ICEServer
	// helpers are the STUN servers, by which the second connection learns
	// the address under which relays elsewhere see it.
	helpers []webrtc.ICEServer
	// bothRelayed restricts the second connection as well, as -relay-only
	// does with all connections.
	bothRelayed bool
}

// run makes the test.
func (t relayTest) run(ctx context.Context) (total, rtt time.Duration, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, relayTestLimit, errRelayTimeout)
	defer cancel()
	started := time.Now()
	offerer, answerer, err := t.connections(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer closeAll(offerer, answerer)

	answerer.OnDataChannel(func(d *webrtc.DataChannel) {
		d.OnMessage(func(m webrtc.DataChannelMessage) { _ = d.Send(m.Data) })
	})
	channel, err := offerer.CreateDataChannel("relay test", nil)
	if err != nil {
		return 0, 0, err
	}
	var sent time.Time // written before the message is sent, read after it is back
	done := make(chan error, 2)
	channel.OnOpen(func() {
		sent = time.Now()
		if err := channel.SendText(sent.Format(time.RFC3339Nano)); err != nil {
			done <- err
		}
	})
	channel.OnMessage(func(webrtc.DataChannelMessage) { done <- nil })

	if err := connect(ctx, offerer, answerer); err != nil {
		return 0, 0, err
	}
	select {
	case err = <-done:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err != nil {
		return 0, 0, err
	}
	return time.Since(started), time.Since(sent), nil
}

// connections makes the two connections; what they look up and dial ends with ctx.
func (t relayTest) connections(ctx context.Context) (offerer, answerer *webrtc.PeerConnection, err error) {
	network, err := hostnet.New(ctx)
	if err != nil {
		return nil, nil, err
	}
	var settings webrtc.SettingEngine
	settings.SetNet(network)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.SetIncludeLoopbackCandidate(true)
	settings.LoggerFactory = &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}
	api := webrtc.NewAPI(webrtc.WithSettingEngine(settings))
	first := webrtc.Configuration{
		ICEServers:         []webrtc.ICEServer{t.relay},
		ICETransportPolicy: webrtc.ICETransportPolicyRelay,
	}
	second := webrtc.Configuration{ICEServers: append([]webrtc.ICEServer{t.relay}, t.helpers...)}
	if t.bothRelayed {
		second = first
	}
	if offerer, err = api.NewPeerConnection(first); err != nil {
		return nil, nil, err
	}
	if answerer, err = api.NewPeerConnection(second); err != nil {
		closeAll(offerer)
		return nil, nil, err
	}
	return offerer, answerer, nil
}

func closeAll(connections ...*webrtc.PeerConnection) {
	for _, pc := range connections {
		_ = pc.Close()
	}
}

// connect lets two connections know of each other, without trickling.
func connect(ctx context.Context, offerer, answerer *webrtc.PeerConnection) error {
	offer, err := offerer.CreateOffer(nil)
	if err != nil {
		return err
	}
	if err := gather(ctx, offerer, offer); err != nil {
		return err
	}
	if !strings.Contains(offerer.LocalDescription().SDP, "typ relay") {
		return errors.New("the server gives no relay")
	}
	if err := answerer.SetRemoteDescription(*offerer.LocalDescription()); err != nil {
		return err
	}
	answer, err := answerer.CreateAnswer(nil)
	if err != nil {
		return err
	}
	if err := gather(ctx, answerer, answer); err != nil {
		return err
	}
	return offerer.SetRemoteDescription(*answerer.LocalDescription())
}

// gather sets a local description and waits until it has all candidates.
func gather(ctx context.Context, pc *webrtc.PeerConnection, d webrtc.SessionDescription) error {
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(d); err != nil {
		return err
	}
	select {
	case <-gathered:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the server does not answer: %w", context.Cause(ctx))
	}
}
