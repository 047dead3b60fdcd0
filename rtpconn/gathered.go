package rtpconn

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/pion/webrtc/v4"
)

// errNoDescription means that there is nothing to be gathered for.
var errNoDescription = errors.New("no local description")

// Gathered waits until all candidates for the last answer are known, and returns
// that answer with the candidates in it, for peers that cannot be told of them one
// by one (whip.md W-32).  The error is that of ctx, which must end when the
// connection is closed.
func (u *Up) Gathered(ctx context.Context) (answer string, err error) {
	pc := u.pc.Load()
	if pc == nil {
		return "", errNoDescription
	}
	select {
	case <-webrtc.GatheringCompletePromise(pc):
	case <-ctx.Done():
		return "", ctx.Err()
	}
	description := pc.LocalDescription()
	if description == nil {
		return "", errNoDescription
	}
	return u.engine.public.describe(description.SDP), nil
}

// Gathered waits until all candidates for the last offer or answer are known, and
// returns that with the candidates in it.  The error is that of ctx, which must
// end when the connection is closed.
func (d *Down) Gathered(ctx context.Context) (description string, err error) {
	if d.transport.Load() == nil {
		return "", errNoDescription
	}
	select {
	case <-d.gathering.end():
	case <-ctx.Done():
		return "", ctx.Err()
	}
	d.negotiation.Lock()
	defer d.negotiation.Unlock()
	return d.describe(d.setup)
}

// gathering collects the local candidates of one search.  Its methods may be called from
// any goroutine; begin must have been called.
type gathering struct {
	mu         sync.Mutex
	candidates []string
	done       chan struct{} // closed at the end
	over       bool
}

// begin forgets the search before.
func (g *gathering) begin() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.done != nil && !g.over {
		close(g.done)
	}
	g.candidates, g.done, g.over = nil, make(chan struct{}), false
}

// add takes a candidate, "candidate:…", or the empty string at the end of the search.
func (g *gathering) add(candidate string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.over:
	case candidate != "":
		g.candidates = append(g.candidates, candidate)
	default:
		g.over = true
		close(g.done)
	}
}

// end returns a channel that is closed at the end of the search.
func (g *gathering) end() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.done
}

// found returns the candidates found, and whether these are all.
func (g *gathering) found() (candidates []string, complete bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.candidates), g.over
}
