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

var (
	errStreamEnded   = errors.New("the stream has ended")
	errStreamChanged = errors.New("the stream has changed too much")
)

// viewing is the role of WHEP: the member receives one stream of the others, and
// whoever may join may receive.  The session ends with the stream.
type viewing struct {
	c        *session
	wanted   string // identifier of a stream, or empty
	receiver *rtpconn.Receiver
	down     *rtpconn.Down
	source   conn.Source
	chosen   []conn.Track
}

func newViewing(c *session, r *http.Request) role {
	return &viewing{c: c, wanted: r.URL.Query().Get("stream")}
}

func (v *viewing) open() error {
	var err error
	if v.source, err = v.find(); err != nil {
		return err
	}
	v.receiver = v.c.server.opts.Engine.NewReceiver()
	v.down, err = v.receiver.NewDown(v.source, rtpconn.DownParams{
		Configuration: v.c.server.configuration(),
		OnFailed:      func() { v.c.end(errLost) },
		OnConnected:   func() { v.c.connected.Store(true) },
	})
	if err != nil {
		return err
	}
	return v.choose()
}

// find returns the stream to be watched.
func (v *viewing) find() (conn.Source, error) {
	streams := v.c.member.Streams()
	if v.wanted != "" {
		i := slices.IndexFunc(streams, func(s conn.Source) bool { return s.ID() == v.wanted })
		if i < 0 {
			return nil, refuse(http.StatusNotFound, "there is no such stream in this group")
		}
		return streams[i], nil
	}
	if s := presented(streams); s != nil {
		return s, nil
	}
	return nil, &failure{
		status: http.StatusConflict, text: "nobody is presenting in this group",
		header: http.Header{"Retry-After": {retryAfter}},
	}
}

// presented returns the stream that is the most likely to be what everybody looks at:
// a shared screen, else a video that is being played, else what comes from an
// encoder, else a camera; the newest if there are several.  It is nil if there are
// none.
func presented(streams []conn.Source) conn.Source {
	rank := func(s conn.Source) int {
		switch s.Label() {
		case "screenshare":
			return 3
		case "video":
			return 2
		case "camera":
			return 0
		}
		return 1
	}
	var best conn.Source
	for _, s := range streams {
		if best == nil || rank(s) >= rank(best) {
			best = s
		}
	}
	return best
}

// choose has the best track of each kind sent.
func (v *viewing) choose() error {
	var chosen []conn.Track
	tracks := v.source.Tracks()
	for _, kind := range []codecs.Kind{codecs.Audio, codecs.Video} {
		i := slices.IndexFunc(tracks, func(t conn.Track) bool { return t.Kind() == kind })
		if i >= 0 {
			chosen = append(chosen, tracks[i])
		}
	}
	if slices.Equal(chosen, v.chosen) {
		return nil
	}
	first := v.chosen == nil
	v.chosen = chosen
	negotiate, err := v.down.SetTracks(chosen, false)
	if err == nil && negotiate && !first {
		// Only the player can make offers: it has to come again.
		return errStreamChanged
	}
	return err
}

func (v *viewing) offer(sdp string) (string, error) { return v.down.Respond(sdp) }

func (v *viewing) gathered(ctx context.Context) (string, error) { return v.down.Gathered(ctx) }

func (v *viewing) addCandidate(c webrtc.ICECandidateInit) error { return v.down.AddCandidate(c) }

// event notices that the stream may have ended or changed; update finds out.
func (v *viewing) event(ev group.Event) {
	switch ev.(type) {
	case group.Stream, group.StreamClosed:
		v.c.wake()
	}
}

// update ends the session if its stream has ended, and follows changes.
func (v *viewing) update() time.Duration {
	if v.down == nil {
		return 0
	}
	if !slices.Contains(v.c.member.Streams(), v.source) {
		v.c.end(errStreamEnded)
	} else if err := v.choose(); err != nil {
		v.c.end(err)
	}
	return 0
}

func (v *viewing) close() {
	if v.receiver != nil {
		v.receiver.Close()
	}
}

func (v *viewing) stats() signalling.ClientStats {
	return signalling.ClientStats{
		Down: []signalling.DownStats{{
			ID: v.source.ID(), SRTPProfile: v.down.SRTPProfile(), Tracks: v.down.Stats(),
		}},
	}
}
