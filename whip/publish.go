package whip

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/pion/webrtc/v4"

	"galene/codecs"
	"galene/conn"
	"galene/group"
	"galene/rtpconn"
	"galene/signalling"
)

// trackDelay is how long the rest of a stream's tracks is waited for once the first
// is known.
const trackDelay = 200 * time.Millisecond

var (
	errLost           = errors.New("the connection is lost")
	errNeverConnected = errors.New("the connection was never made")
	errRevoked        = errors.New("may not present any more")
)

// publishing is the role of WHIP: the member has one stream, with its own
// identifier and no label (W-16).
type publishing struct {
	c  *session
	up *rtpconn.Up

	known     time.Time // when the first track was known
	told      bool      // the others know of the stream …
	announced []conn.Track
}

func newPublishing(c *session, _ *http.Request) role { return &publishing{c: c} }

func (p *publishing) open() error {
	if !p.c.member.Permissions().Has(group.PermPresent) { // W-15
		return refuse(http.StatusForbidden, "Forbidden")
	}
	if err := p.c.member.ReserveStream(p.c.id, ""); err != nil {
		return refuse(http.StatusForbidden, err.Error())
	}
	var list []codecs.Codec
	for _, name := range p.c.member.Group().Description().Codecs {
		list = append(list, codecs.Lookup(name)...)
	}
	up, err := p.c.server.opts.Engine.NewUp(rtpconn.UpParams{
		ID:            p.c.id,
		Owner:         conn.User{ID: p.c.id, Username: p.c.member.Info().Username},
		Codecs:        list,
		Configuration: p.c.server.configuration(),
		OnTracks:      p.c.wake,
		OnFailed:      func() { p.c.end(errLost) },
		OnConnected:   func() { p.c.connected.Store(true) },
	})
	if err != nil {
		return err
	}
	p.up = up
	return nil
}

// configuration is that of our own peer connections.
func (s *Server) configuration() webrtc.Configuration {
	if s.opts.PeerConfiguration == nil {
		return webrtc.Configuration{}
	}
	return s.opts.PeerConfiguration()
}

func (p *publishing) offer(sdp string) (string, error) { return p.up.Offer(sdp) }

func (p *publishing) gathered(ctx context.Context) (string, error) { return p.up.Gathered(ctx) }

func (p *publishing) addCandidate(c webrtc.ICECandidateInit) error { return p.up.AddCandidate(c) }

// event ends the session when it may not present any more (PERM-8).
func (p *publishing) event(ev group.Event) {
	if _, ok := ev.(group.StreamRevoked); ok {
		p.c.end(errRevoked)
	}
}

// update tells the others about the stream once its tracks are known, and again when
// they have changed (W-35).
func (p *publishing) update() time.Duration {
	if p.up == nil {
		return 0
	}
	tracks := p.up.Tracks()
	if len(tracks) == 0 || p.told && slices.Equal(tracks, p.announced) {
		return 0
	}
	if p.known.IsZero() {
		p.known = time.Now()
	}
	if left := trackDelay - time.Since(p.known); left > 0 && !p.up.Ready() {
		return left
	}
	p.announced, p.told = tracks, true
	p.c.member.Announce(p.up)
	return 0
}

func (p *publishing) close() {
	if p.up != nil {
		p.up.Close()
	}
}

func (p *publishing) stats() signalling.ClientStats {
	return signalling.ClientStats{
		Up: []signalling.UpStats{{
			ID: p.up.ID(), SRTPProfile: p.up.SRTPProfile(), Tracks: p.up.Stats().Tracks,
		}},
	}
}
