package rtpconn

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"galene/codecs"
	"galene/conn"
	"galene/shard"
)

// UpParams says what a new Up connection is.
type UpParams struct {
	// ID and Label are those of the stream.
	ID, Label string
	// Owner is the member who publishes it.
	Owner conn.User
	// Codecs are those that the group allows, in order of preference.
	Codecs []codecs.Codec
	// Configuration has the ICE servers and the transport policy; the
	// engine adds its certificate.
	Configuration webrtc.Configuration

	// The callbacks may be nil, run on any goroutine, may come before the
	// call that causes them has returned, and must only post: they may not
	// wait for the goroutine that calls the methods of Up.

	// OnCandidate is called for each local candidate, only after the
	// description that it belongs to is complete (STR-20).
	OnCandidate func(webrtc.ICECandidateInit)
	// OnTracks is called when Tracks, Ready or Receiving have changed.
	OnTracks func()
	// OnFailed is called when the ICE connection fails; an ICE restart may
	// repair it (STR-22).
	OnFailed func()
	// OnConnected is called when media can flow.
	OnConnected func()
}

// Up is the server's end of the peer connection that carries one stream from
// its sender.  Its methods may be called from any goroutine but pion's and the
// shards'.
//
// It is fed by two goroutines of pion, for RTP and for RTCP; its reports,
// negative acknowledgements and keyframe requests are sent from a shard.
type Up struct {
	engine *Engine
	params UpParams
	shard  *shard.Shard
	logger *slog.Logger
	ssrc   uint32 // of our RTCP packets

	local   localCandidates
	buffers buffers
	drops   dropCounters // of packets that belong to no track

	// negotiation makes descriptions and Close take turns.  Nothing that
	// pion or a shard calls may take it.
	negotiation sync.Mutex
	remote      remoteCandidates
	closed      bool
	pc          atomic.Pointer[webrtc.PeerConnection]
	profile     srtpProfile

	ended  atomic.Bool // set first when closing
	demux  atomic.Pointer[demux]
	tracks atomic.Pointer[[]conn.Track] // those whose codec is known
	ready  atomic.Bool
	heard  atomic.Bool

	mu        sync.Mutex // guards what follows; held for moments only
	sections  []*section // of the last offer
	announced []*upTrack // all its tracks, in order; replaced, never changed
	// published is announced for those who must not wait for mu.
	published atomic.Pointer[[]*upTrack]

	reports  reporter
	feedback transportFeedback
}

var _ conn.Source = (*Up)(nil)

// NewUp returns a connection for a stream that is going to be offered.
func (e *Engine) NewUp(p UpParams) (*Up, error) {
	u := &Up{
		engine: e,
		params: p,
		logger: e.logger.With("stream", p.ID),
		ssrc:   rand.Uint32() | 1,
		local:  localCandidates{public: e.public, report: p.OnCandidate},
	}
	u.tracks.Store(new([]conn.Track))
	if err := e.add(u); err != nil {
		return nil, err
	}
	u.shard = e.shards.Acquire()
	u.feedback.init(u)
	u.reports.start(u)
	return u, nil
}

// ID returns the identifier of the stream.
func (u *Up) ID() string { return u.params.ID }

// Label returns what the stream shows.
func (u *Up) Label() string { return u.params.Label }

// Owner returns the member who publishes the stream.
func (u *Up) Owner() conn.User { return u.params.Owner }

// Tracks returns the tracks whose codec is known, in the order of the sender's
// description.
func (u *Up) Tracks() []conn.Track { return *u.tracks.Load() }

// Ready reports whether all announced tracks are known.
func (u *Up) Ready() bool { return u.ready.Load() }

// Receiving reports whether a packet has come.
func (u *Up) Receiving() bool { return u.heard.Load() }

// Offer takes an offer of the sender's, the first one or a renegotiation, and
// returns the answer.  After an error the connection is of no use and should be
// closed.
func (u *Up) Offer(offer string) (answer string, err error) {
	u.negotiation.Lock()
	defer u.negotiation.Unlock()
	if u.closed {
		return "", ErrClosed
	}
	description, err := parseDescription(offer)
	if err != nil {
		return "", err
	}
	sections, err := offeredSections(description)
	if err != nil {
		return "", err
	}
	if err := u.checkTracks(sections); err != nil {
		return "", err
	}

	u.local.hold()
	defer u.local.release()
	answer, err = u.negotiate(offer, description, sections)
	if err != nil {
		u.closePC()
		return "", err
	}
	return answer, nil
}

// checkTracks applies the limits on the number of tracks.
func (u *Up) checkTracks(sections []*section) error {
	n := 0
	for _, s := range sections {
		if s.active {
			n += max(1, len(s.rids))
		}
	}
	switch {
	case n > u.engine.opts.MaxTracks:
		return ErrTooManyTracks
	case n == 0 && u.pc.Load() == nil:
		return ErrNoMedia
	}
	return nil
}

func (u *Up) negotiate(offer string, description *sdp.SessionDescription, sections []*section) (string, error) {
	pc := u.pc.Load()
	if pc == nil {
		var err error
		if pc, err = u.newPC(description); err != nil {
			return "", err
		}
	}
	err := setRemoteDescription(pc, webrtc.SDPTypeOffer, offer)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrBadDescription, err)
	}
	preferRED(pc, description, u.params.Codecs)
	answer, err := pc.CreateAnswer(nil)
	if err != nil {
		return "", fmt.Errorf("%w: answer: %w", ErrBadDescription, err)
	}
	if err := pc.SetLocalDescription(answer); err != nil {
		return "", fmt.Errorf("%w: answer: %w", ErrBadDescription, err)
	}
	var parsed sdp.SessionDescription
	if err := parsed.UnmarshalString(answer.SDP); err != nil {
		return "", fmt.Errorf("own answer: %w", err)
	}
	accept(sections, &parsed, u.params.Codecs)
	u.install(sections)
	if err := u.remote.described(u.addCandidate); err != nil {
		u.logger.Debug("ignoring a candidate", "err", err)
	}
	return u.engine.public.describe(answer.SDP), nil
}

// newPC makes the peer connection, which depends on the first offer.
func (u *Up) newPC(offer *sdp.SessionDescription) (*webrtc.PeerConnection, error) {
	direction := incoming
	if lacksRepair(offer) {
		direction = incomingPlain
	}
	media, err := u.engine.mediaEngine(acceptable(u.params.Codecs, offer), direction)
	if err != nil {
		return nil, err
	}
	api, err := u.engine.newAPI(media, !offersPassive(offer), u.newBuffer)
	if err != nil {
		return nil, err
	}
	pc, err := api.NewPeerConnection(u.engine.configuration(u.params.Configuration))
	if err != nil {
		return nil, fmt.Errorf("peer connection: %w", err)
	}
	pc.OnICECandidate(u.local.found)
	pc.OnICEConnectionStateChange(func(state webrtc.ICEConnectionState) {
		if state == webrtc.ICEConnectionStateFailed && !u.ended.Load() && u.params.OnFailed != nil {
			u.params.OnFailed()
		}
	})
	pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state == webrtc.PeerConnectionStateConnected && !u.ended.Load() && u.params.OnConnected != nil {
			u.params.OnConnected()
		}
	})
	u.pc.Store(pc)
	return pc, nil
}

// acceptable returns the codecs that may be negotiated for an offer: of H.264,
// baseline only if constrained baseline, which every browser decodes, is not
// offered.
func acceptable(list []codecs.Codec, offer *sdp.SessionDescription) []codecs.Codec {
	const constrained, baseline = "42e0", "4200"
	offered := slices.ContainsFunc(offer.MediaDescriptions, func(m *sdp.MediaDescription) bool {
		return slices.ContainsFunc(m.Attributes, func(a sdp.Attribute) bool {
			_, params, _ := strings.Cut(a.Value, " ")
			return a.Key == "fmtp" && profile(params) == constrained
		})
	})
	if !offered {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(c codecs.Codec) bool {
		return profile(c.FMTP) == baseline
	})
}

// lacksRepair reports whether pictures are offered without retransmission
// (RFC 4588): such senders would probe the path with padding in the middle of
// the media, and so must not be told about transport-wide feedback.
func lacksRepair(offer *sdp.SessionDescription) bool {
	return slices.ContainsFunc(offer.MediaDescriptions, func(m *sdp.MediaDescription) bool {
		return m.MediaName.Media == "video" && sends(offer, m) &&
			!slices.ContainsFunc(m.Attributes, func(a sdp.Attribute) bool {
				_, format, _ := strings.Cut(a.Value, " ")
				return a.Key == "rtpmap" && strings.HasPrefix(strings.ToLower(format), "rtx/")
			})
	})
}

// offersPassive reports whether the offerer insists on being DTLS server.
func offersPassive(offer *sdp.SessionDescription) bool {
	passive := func(attributes []sdp.Attribute) bool {
		return slices.ContainsFunc(attributes, func(a sdp.Attribute) bool {
			return a.Key == "setup" && a.Value == "passive"
		})
	}
	return passive(offer.Attributes) ||
		slices.ContainsFunc(offer.MediaDescriptions, func(m *sdp.MediaDescription) bool {
			return passive(m.Attributes)
		})
}

// addCandidate applies a candidate.
func (u *Up) addCandidate(c webrtc.ICECandidateInit) error {
	if err := u.pc.Load().AddICECandidate(c); err != nil {
		return fmt.Errorf("ICE candidate: %w", err)
	}
	return nil
}

// AddCandidate takes a candidate of the sender's.  It is kept until there is a
// description that it can belong to (STR-19).  An error concerns only this
// candidate.
func (u *Up) AddCandidate(c webrtc.ICECandidateInit) error {
	u.negotiation.Lock()
	defer u.negotiation.Unlock()
	if u.closed {
		return ErrClosed
	}
	pc := u.pc.Load()
	return u.remote.add(pc != nil && pc.RemoteDescription() != nil, u.addCandidate, c)
}

// install makes the tracks of an accepted offer, keeping those that are there
// already.
func (u *Up) install(sections []*section) {
	u.mu.Lock()
	old := slices.Clone(u.announced) // others may be reading that one
	u.announced = nil
	for _, s := range sections {
		if !s.active {
			continue
		}
		rids := s.rids
		if len(rids) == 0 {
			rids = []string{""}
		}
		for i, rid := range rids {
			t := takeTrack(&old, s, rid)
			if t == nil {
				t = newUpTrack(u, s, rid, i > 0 && i == len(rids)-1)
			}
			u.announced = append(u.announced, t)
		}
		if list := s.codecs(); len(list) == 1 {
			u.learn(s, list[0])
		}
	}
	u.sections = sections
	u.feedback.negotiated(transportExtension(sections))
	u.demux.Store(newDemux(sections, u.announced))
	u.publish()
	u.mu.Unlock()

	for _, t := range old {
		t.end()
	}
	for _, s := range sections {
		u.rank(s.mid)
	}
	u.changed()
}

// takeTrack removes from tracks, and returns, the one that goes on as layer
// rid of s, or returns nil.
func takeTrack(tracks *[]*upTrack, s *section, rid string) *upTrack {
	i := slices.IndexFunc(*tracks, func(t *upTrack) bool {
		if t.mid != s.mid || t.rid != rid || t.kind != s.kind {
			return false
		}
		codec := t.codec.Load()
		return codec == nil || slices.ContainsFunc(s.codecs(), func(c codecs.Codec) bool {
			return sameFormat(c, *codec)
		})
	})
	if i < 0 {
		return nil
	}
	t := (*tracks)[i]
	*tracks = slices.Delete(*tracks, i, i+1)
	return t
}

// learn notes the codec of the tracks of a section that had none.  It is called
// with mu held, and returns whether anything is new.
func (u *Up) learn(s *section, codec codecs.Codec) bool {
	learnt := false
	for _, t := range u.announced {
		if t.mid == s.mid && t.codec.CompareAndSwap(nil, &codec) {
			learnt = true
		}
	}
	return learnt
}

// publish makes the known tracks visible.  It is called with mu held.
func (u *Up) publish() {
	known := make([]conn.Track, 0, len(u.announced))
	for _, t := range u.announced {
		if t.codec.Load() != nil {
			known = append(known, t)
		}
	}
	list := u.announced
	u.published.Store(&list)
	u.tracks.Store(&known)
	u.ready.Store(len(known) == len(u.announced))
}

// changed tells the session.
func (u *Up) changed() {
	if u.params.OnTracks != nil && !u.ended.Load() {
		u.params.OnTracks()
	}
}

// snapshot returns the tracks announced.  It does not wait.
func (u *Up) snapshot() []*upTrack {
	if list := u.published.Load(); list != nil {
		return *list
	}
	return nil
}

// Close ends the stream: its receivers are told, and no call of a callback
// begins once it has returned.  Pion's goroutines may end later; see
// Engine.Close.  It waits for a shard, and so must not be called by one, nor by
// a callback.
func (u *Up) Close() {
	u.negotiation.Lock()
	defer u.negotiation.Unlock()
	if u.closed {
		return
	}
	u.closed = true
	u.closePC()
	u.engine.shards.Release(u.shard)
	u.engine.remove(u)
}

// closePC ends the connection and its tracks.  It is called with negotiation
// held.
func (u *Up) closePC() {
	u.ended.Store(true)
	u.local.close()
	u.reports.stop(u)
	u.buffers.close()
	if pc := u.pc.Load(); pc != nil {
		u.engine.closePeer(pc.GracefulClose, u.logger)
	}
	u.mu.Lock()
	tracks := u.announced
	u.announced = nil
	u.publish()
	u.demux.Store(nil)
	u.mu.Unlock()
	for _, t := range tracks {
		t.end()
	}
}
