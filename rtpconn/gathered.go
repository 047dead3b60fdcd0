package rtpconn

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/pion/webrtc/v4"
)

// errNoDescription means that there is nothing to be gathered for.
var errNoDescription = errors.New("no local description")

// Gathered waits until all candidates for the last answer are known, and returns
// that answer with the candidates in it, for peers that cannot be told of them one
// by one (whip.md W-32).  The error is that of ctx, which must end when the
// connection is closed.
func (u *Up) Gathered(ctx context.Context) (answer string, err error) {
	return u.engine.gathered(ctx, &u.pc)
}

// Gathered waits until all candidates for the last offer or answer are known, and
// returns that with the candidates in it.  The error is that of ctx, which must
// end when the connection is closed.
func (d *Down) Gathered(ctx context.Context) (description string, err error) {
	return d.engine.gathered(ctx, &d.pc)
}

func (e *Engine) gathered(ctx context.Context, p *atomic.Pointer[webrtc.PeerConnection]) (string, error) {
	pc := p.Load()
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
	return e.public.describe(description.SDP), nil
}
