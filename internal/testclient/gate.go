package testclient

import (
	"sync"

	"github.com/pion/webrtc/v4"
)

// gate holds local candidates back until the description that they belong to has
// been sent.
type gate struct {
	send func(*webrtc.ICECandidate)

	mu     sync.Mutex
	closed bool
	held   []*webrtc.ICECandidate
}

// found is called by pion.
func (g *gate) found(candidate *webrtc.ICECandidate) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		g.held = append(g.held, candidate)
		return
	}
	g.send(candidate)
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}

// open sends what has been held back.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = false
	for _, candidate := range g.held {
		g.send(candidate)
	}
	g.held = nil
}
