package testclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/webrtc/v4"
)

// newPeerConnection makes a connection that works without any network but the
// loopback one.
func (c *Client) newPeerConnection(configuration webrtc.Configuration) (*webrtc.PeerConnection, error) {
	var media webrtc.MediaEngine
	if err := media.RegisterDefaultCodecs(); err != nil {
		return nil, err
	}
	var interceptors interceptor.Registry
	if err := webrtc.RegisterDefaultInterceptors(&media, &interceptors); err != nil {
		return nil, err
	}
	var setting webrtc.SettingEngine
	setting.SetIncludeLoopbackCandidate(true)
	if c.network != nil {
		setting.SetNet(c.network)
	}
	setting.LoggerFactory = &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}
	setting.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	api := webrtc.NewAPI(webrtc.WithMediaEngine(&media),
		webrtc.WithInterceptorRegistry(&interceptors), webrtc.WithSettingEngine(setting))
	return api.NewPeerConnection(configuration)
}

// Up is a stream that the client publishes.
type Up struct {
	ID    string
	Label string
	PC    *webrtc.PeerConnection

	c          *Client
	sources    []*Source
	candidates gate

	mu        sync.Mutex
	answered  int // answers that have been applied
	connected bool
	closed    bool
}

// PublishOption changes how a stream is published.
type PublishOption func(*publication)

type publication struct {
	offer           Message
	candidatesFirst bool
}

// Replacing makes the stream take the place of another one.
func Replacing(u *Up) PublishOption { return func(p *publication) { p.offer.Replace = u.ID } }

// WithID publishes a stream under the given identifier.
func WithID(id string) PublishOption { return func(p *publication) { p.offer.ID = id } }

// CandidatesFirst sends all candidates before the offer, which has none.
func CandidatesFirst() PublishOption { return func(p *publication) { p.candidatesFirst = true } }

// Publish offers a stream that carries what the sources make.  It does not wait.
func (c *Client) Publish(label string, sources []*Source, options ...PublishOption) *Up {
	c.t.Helper()
	p := publication{offer: Message{
		Type: "offer", ID: NewID(), Label: label, Source: c.ID, Username: &c.Username,
	}}
	for _, option := range options {
		option(&p)
	}
	pc, err := c.newPeerConnection(webrtc.Configuration{})
	if err != nil {
		c.t.Fatalf("%s: peer connection: %v", c.name(), err)
	}
	u := &Up{ID: p.offer.ID, Label: label, PC: pc, c: c, sources: sources}
	for _, source := range sources {
		if err := source.addTo(pc); err != nil {
			c.t.Fatalf("%s: add track: %v", c.name(), err)
		}
	}
	pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		u.mu.Lock()
		u.connected = state == webrtc.PeerConnectionStateConnected
		u.mu.Unlock()
		c.wake()
	})
	u.candidates.send = func(candidate *webrtc.ICECandidate) { c.sendCandidate(u.ID, candidate) }
	pc.OnICECandidate(u.candidates.found)
	c.mu.Lock()
	c.ups[u.ID] = u
	c.mu.Unlock()
	if p.candidatesFirst {
		u.offerLate(p.offer)
	} else {
		u.offer(p.offer, nil)
	}
	return u
}

// offer makes and sends an offer.
func (u *Up) offer(m Message, options *webrtc.OfferOptions) {
	u.c.t.Helper()
	u.candidates.close()
	defer u.candidates.open()
	u.describe(&m, options)
	u.c.Send(m)
}

// offerLate sends an offer after all candidates.
func (u *Up) offerLate(m Message) {
	u.c.t.Helper()
	gathered := webrtc.GatheringCompletePromise(u.PC)
	u.describe(&m, nil)
	<-gathered
	u.c.Send(m)
}

func (u *Up) describe(m *Message, options *webrtc.OfferOptions) {
	u.c.t.Helper()
	sdp, err := u.PC.CreateOffer(options)
	if err == nil {
		err = u.PC.SetLocalDescription(sdp)
	}
	if err != nil {
		u.c.t.Fatalf("%s: offer: %v", u.c.name(), err)
	}
	m.SDP = sdp.SDP
}

// Renegotiate sends another offer for the stream.
func (u *Up) Renegotiate(iceRestart bool) {
	u.c.t.Helper()
	u.offer(Message{Type: "offer", Kind: "renegotiate", ID: u.ID},
		&webrtc.OfferOptions{ICERestart: iceRestart})
}

// AddSource adds a track, which takes a Renegotiate to be seen.
func (u *Up) AddSource(source *Source) {
	u.c.t.Helper()
	if err := source.addTo(u.PC); err != nil {
		u.c.t.Fatalf("%s: add track: %v", u.c.name(), err)
	}
	u.sources = append(u.sources, source)
}

// AwaitAnswers waits until n answers have been applied, in all.
func (u *Up) AwaitAnswers(n int) {
	u.c.t.Helper()
	u.await("answer", func() bool { return u.answered >= n })
}

// AwaitConnected waits until media can flow.
func (u *Up) AwaitConnected() {
	u.c.t.Helper()
	u.await("connection", func() bool { return u.connected })
}

func (u *Up) await(what string, condition func() bool) {
	u.c.t.Helper()
	ok := u.c.wait(func() bool {
		u.mu.Lock()
		defer u.mu.Unlock()
		return condition()
	})
	if !ok {
		u.c.t.Fatalf("%s: stream %s: no %s", u.c.name(), u.ID, what)
	}
}

// Close ends the stream.
func (u *Up) Close() {
	u.c.t.Helper()
	u.c.Send(Message{Type: "close", ID: u.ID})
	u.stop()
}

func (u *Up) isClosed() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.closed
}

func (u *Up) stop() {
	u.mu.Lock()
	closed := u.closed
	u.closed = true
	u.mu.Unlock()
	if closed {
		return
	}
	u.PC.Close()
}

// sendCandidate is called by pion for each local candidate.
func (c *Client) sendCandidate(id string, candidate *webrtc.ICECandidate) {
	if candidate == nil || c.reach != nil {
		return
	}
	init := candidate.ToJSON()
	b, err := json.Marshal(Message{Type: "ice", ID: id, Candidate: &init})
	if err == nil {
		c.SendRaw(string(b))
	}
}

// wake lets whoever waits look again.
func (c *Client) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notify()
}

// media does what a message about a stream asks for, or whatever keeps the session going.  It is called by the
// reader.
func (c *Client) media(m Message) {
	switch m.Type {
	case "answer":
		c.mu.Lock()
		c.answered[m.ID] = true
		c.mu.Unlock()
	case "offer":
		c.mu.Lock()
		c.offered[m.ID] = true
		delete(c.offered, m.Replace)
		c.mu.Unlock()
	case "close":
		c.mu.Lock()
		delete(c.offered, m.ID)
		c.mu.Unlock()
	}
	var err error
	switch m.Type {
	case "ping":
		if c.upkeep {
			c.Send(Message{Type: "pong"})
		}
	case "renegotiate":
		c.mu.Lock()
		u := c.ups[m.ID]
		c.mu.Unlock()
		if c.upkeep && u != nil && !u.isClosed() {
			u.Renegotiate(true)
		}
	case "offer":
		err = c.receiveOffer(m)
	case "answer":
		err = c.receiveAnswer(m)
	case "ice":
		err = c.receiveCandidate(m)
	case "close":
		c.mu.Lock()
		d := c.downs[m.ID]
		delete(c.downs, m.ID)
		c.mu.Unlock()
		if d != nil {
			d.end()
		}
	}
	if err != nil {
		c.t.Errorf("%s: %s of stream %s: %v", c.name(), m.Type, m.ID, err)
	}
}

func (c *Client) receiveAnswer(m Message) error {
	c.mu.Lock()
	u := c.ups[m.ID]
	c.mu.Unlock()
	if u == nil {
		return nil // of a test that makes its own offers
	}
	err := u.PC.SetRemoteDescription(webrtc.SessionDescription{
		Type: webrtc.SDPTypeAnswer, SDP: m.SDP,
	})
	switch {
	case u.isClosed():
		return nil // the answer was under way, and may be refused
	case err != nil:
		return fmt.Errorf("apply answer: %w", err)
	}
	u.mu.Lock()
	u.answered++
	u.mu.Unlock()
	return nil
}

// receiveCandidate fails on a candidate for a stream that has not been described
// or has been closed, as the protocol forbids that (STR-20).
func (c *Client) receiveCandidate(m Message) error {
	c.mu.Lock()
	u, d := c.ups[m.ID], c.downs[m.ID]
	described := c.offered[m.ID] || c.answered[m.ID]
	c.mu.Unlock()
	switch {
	case m.Candidate == nil:
		return errors.New("null candidate")
	case !described:
		return errors.New("candidate without a description before it")
	case c.reach != nil && !c.reach(m.Candidate.Candidate):
		return nil
	case u != nil:
		if err := u.PC.AddICECandidate(*m.Candidate); !u.isClosed() {
			return err
		}
	case d != nil:
		<-d.applied // by the test, perhaps
		return d.PC.AddICECandidate(*m.Candidate)
	}
	return nil
}

// closeMedia ends all streams, after the reader has ended.
func (c *Client) closeMedia() {
	c.mu.Lock()
	ups, downs := c.ups, c.all
	c.mu.Unlock()
	for _, u := range ups {
		u.stop()
	}
	for _, d := range downs {
		d.end()
	}
}

// CutNetwork makes the connection fall silent, as if the network had gone.
func (u *Up) CutNetwork() { u.c.cutNetwork(u.PC) }

// CutNetwork makes the connection fall silent, as if the network had gone.
func (d *Down) CutNetwork() { d.c.cutNetwork(d.PC) }

func (c *Client) cutNetwork(pc *webrtc.PeerConnection) {
	c.t.Helper()
	if err := pc.SCTP().Transport().ICETransport().Stop(); err != nil {
		c.t.Fatalf("%s: cut network: %v", c.name(), err)
	}
}
