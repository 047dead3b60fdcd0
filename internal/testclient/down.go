package testclient

import (
	"fmt"
	"sync"

	"github.com/pion/webrtc/v4"
)

// Down is a stream that the client receives.
type Down struct {
	// Offer is the first offer.
	Offer Message
	PC    *webrtc.PeerConnection

	c          *Client
	candidates gate

	// applied is closed once the first offer has been applied: candidates that
	// come earlier have to wait.
	applied chan struct{}
	once    sync.Once

	mu        sync.Mutex
	offers    int            // offers that have been answered
	packets   map[string]int // RTP packets received, by kind
	tracks    map[string]*webrtc.TrackRemote
	connected bool
	ended     bool
}

// Manual makes the client leave the offers that it gets to the test, which may
// answer them with Answer.
func (c *Client) Manual() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.automatic = false
}

// Answer answers an offer of the server.
func (c *Client) Answer(offer Message) *Down {
	c.t.Helper()
	d, err := c.answer(offer)
	if err != nil {
		c.t.Fatalf("%s: answer: %v", c.name(), err)
	}
	return d
}

// receiveOffer answers an offer of the server, unless the test does.
func (c *Client) receiveOffer(m Message) error {
	c.mu.Lock()
	automatic := c.automatic
	c.mu.Unlock()
	if !automatic {
		return nil
	}
	_, err := c.answer(m)
	return err
}

func (c *Client) answer(m Message) (*Down, error) {
	c.mu.Lock()
	d, replaced := c.downs[m.ID], c.downs[m.Replace]
	delete(c.downs, m.Replace)
	c.mu.Unlock()
	if replaced != nil {
		replaced.end()
	}
	if d == nil {
		var err error
		if d, err = c.newDown(m); err != nil {
			return nil, err
		}
	}
	return d, d.answer(m.SDP)
}

func (c *Client) newDown(m Message) (*Down, error) {
	pc, err := c.newPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, err
	}
	d := &Down{
		Offer:   m,
		PC:      pc,
		c:       c,
		packets: make(map[string]int),
		tracks:  make(map[string]*webrtc.TrackRemote),
		applied: make(chan struct{}),
	}
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { d.receive(track) })
	d.candidates.send = func(candidate *webrtc.ICECandidate) { c.sendCandidate(m.ID, candidate) }
	pc.OnICECandidate(d.candidates.found)
	pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		d.mu.Lock()
		d.connected = state == webrtc.PeerConnectionStateConnected
		d.mu.Unlock()
		c.wake()
	})
	c.mu.Lock()
	c.downs[m.ID] = d
	c.all = append(c.all, d)
	c.mu.Unlock()
	return d, nil
}

func (d *Down) answer(sdp string) error {
	d.candidates.close()
	defer d.candidates.open()
	offer := webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: sdp}
	err := d.PC.SetRemoteDescription(offer)
	d.once.Do(func() { close(d.applied) })
	if err != nil {
		return fmt.Errorf("apply offer: %w", err)
	}
	answer, err := d.PC.CreateAnswer(nil)
	if err != nil {
		return fmt.Errorf("make answer: %w", err)
	}
	if err := d.PC.SetLocalDescription(answer); err != nil {
		return fmt.Errorf("apply own answer: %w", err)
	}
	d.c.Send(Message{Type: "answer", ID: d.Offer.ID, SDP: answer.SDP})
	d.mu.Lock()
	d.offers++
	d.mu.Unlock()
	return nil
}

// receive counts the packets of a track until it ends.
func (d *Down) receive(track *webrtc.TrackRemote) {
	kind := track.Kind().String()
	d.mu.Lock()
	d.tracks[kind] = track
	d.mu.Unlock()
	for {
		if _, _, err := track.ReadRTP(); err != nil {
			return
		}
		d.mu.Lock()
		d.packets[kind]++
		d.mu.Unlock()
		d.c.wake()
	}
}

func (d *Down) end() {
	d.mu.Lock()
	ended := d.ended
	d.ended = true
	d.mu.Unlock()
	if !ended {
		d.PC.Close()
		d.c.wake()
	}
}

// AwaitStream waits until a stream is offered.
func (c *Client) AwaitStream(id string) *Down {
	c.t.Helper()
	var d *Down
	if !c.wait(func() bool { d = c.downs[id]; return d != nil }) {
		c.t.Fatalf("%s: stream %s is not offered", c.name(), id)
	}
	return d
}

// AwaitPackets waits until n more packets of the given kind, "audio" or "video",
// have been received.
func (d *Down) AwaitPackets(kind string, n int) {
	d.c.t.Helper()
	n += d.Packets(kind)
	d.await(fmt.Sprintf("%d packets of %s", n, kind), func() bool { return d.packets[kind] >= n })
}

// AwaitOffers waits until n offers have been answered, in all.
func (d *Down) AwaitOffers(n int) {
	d.c.t.Helper()
	d.await("offer", func() bool { return d.offers >= n })
}

// AwaitConnected waits until media can flow.
func (d *Down) AwaitConnected() {
	d.c.t.Helper()
	d.await("connection", func() bool { return d.connected })
}

// AwaitEnd waits until the stream has been closed or replaced.
func (d *Down) AwaitEnd() {
	d.c.t.Helper()
	d.await("end", func() bool { return d.ended })
}

func (d *Down) await(what string, condition func() bool) {
	d.c.t.Helper()
	ok := d.c.wait(func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return condition()
	})
	if !ok {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.c.t.Fatalf("%s: stream %s: no %s; %d offers, packets %v, ended: %v, %v, ICE %v",
			d.c.name(), d.Offer.ID, what, d.offers, d.packets, d.ended,
			d.PC.ConnectionState(), d.PC.ICEConnectionState())
	}
}

// Packets returns the number of packets of the given kind received so far.
func (d *Down) Packets(kind string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.packets[kind]
}

// Track returns the track of the given kind, or nil if no packet of it has come.
func (d *Down) Track(kind string) *webrtc.TrackRemote {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.tracks[kind]
}
