package rtpconn

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/pion/rtcp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"galene/codecs"
	"galene/conn"
	"galene/shard"
	"galene/srtptransport"
)

// DownParams says how a new Down connection is made.
type DownParams struct {
	// Configuration has the ICE servers and the transport policy; the
	// engine adds its certificate.
	Configuration webrtc.Configuration

	// The callbacks may be nil, run on any goroutine and must only post;
	// see UpParams.

	// OnCandidate is called for each local candidate, only after the
	// description that it belongs to is complete (STR-20).
	OnCandidate func(webrtc.ICECandidateInit)
	// OnFailed is called when the ICE connection fails; the session should
	// offer an ICE restart (STR-22).
	OnFailed func()
	// OnConnected is called when media can flow.
	OnConnected func()
}

// Down is the server's end of the peer connection that carries one stream to
// one receiver.  Its methods may be called from any goroutine but pion's and
// the shards'.
type Down struct {
	receiver *Receiver
	engine   *Engine
	shard    *shard.Shard
	source   conn.Source
	params   DownParams
	logger   *slog.Logger

	local localCandidates
	inbox rtcpInbox
	ended atomic.Bool

	// negotiation guards what follows.  Nothing that pion or a shard calls
	// may take it.
	negotiation sync.Mutex
	remote      remoteCandidates
	closed      bool
	pending     bool // an offer has not been answered
	tracks      []*downTrack
	sections    []*mediaSection
	id, version uint64 // of the session described
	setup       string // our role in the handshake, as described last
	fingerprint string // of our certificate
	remoteUfrag string // empty until the receiver has said something
	transport   atomic.Pointer[srtptransport.Transport]
	gathering   gathering

	// carrier is the section that candidates are said to belong to: the first that is used,
	// which all others are bundled with.
	carrier atomic.Pointer[mediaSection]

	sending sending // belongs to the shard
}

func newDown(r *Receiver, src conn.Source, p DownParams) *Down {
	d := &Down{
		receiver: r,
		engine:   r.engine,
		shard:    r.shard,
		source:   src,
		params:   p,
		logger:   r.engine.logger.With("stream", src.ID()),
		local:    localCandidates{public: r.engine.public, report: p.OnCandidate},
		id:       rand.Uint64() >> 2, // it has to fit into 63 bits (RFC 9429, 5.2.1)
	}
	d.inbox.init(d)
	return d
}

// Source returns the stream that the connection carries.
func (d *Down) Source() conn.Source { return d.source }

// SetTracks says which tracks of the stream the receiver is to get, and whether
// only the lowest spatial layer.  It returns whether an offer must be made for
// that; replacing one layer of a video by another needs none.  What is
// not wanted any more ends at once.  It may be called while an offer is pending.
func (d *Down) SetTracks(tracks []conn.Track, limitSID bool) (negotiate bool, err error) {
	d.negotiation.Lock()
	defer d.negotiation.Unlock()
	if d.closed {
		return false, ErrClosed
	}
	for _, t := range tracks {
		if t.Codec().MimeType == "" {
			return false, ErrUnsupportedCodec
		}
	}
	unused := slices.DeleteFunc(slices.Clone(d.tracks), func(dt *downTrack) bool {
		return slices.Contains(tracks, dt.source)
	})
	next := make([]*downTrack, 0, len(tracks))
	for _, t := range tracks {
		i := slices.IndexFunc(d.tracks, func(dt *downTrack) bool { return dt.source == t })
		if i >= 0 {
			next = append(next, d.tracks[i])
			continue
		}
		i = slices.IndexFunc(unused, func(dt *downTrack) bool {
			return sameFormat(dt.local.codec, t.Codec())
		})
		if i >= 0 {
			dt := unused[i]
			unused = slices.Delete(unused, i, i+1)
			dt.source = t
			next = append(next, dt)
			continue
		}
		next = append(next, newDownTrack(d, t))
	}
	for _, dt := range unused {
		d.shard.Do(dt.stop)
	}
	all := d.source.Tracks()
	for _, dt := range next {
		sources, lowest := simulcast(dt.source, all)
		d.shard.Do(func() { dt.setChoice(sources, lowest, limitSID) })
	}
	d.tracks = next
	return d.needsOffer(), nil
}

// needsOffer reports whether the tracks differ from what was offered last.
func (d *Down) needsOffer() bool {
	return slices.ContainsFunc(d.tracks, func(dt *downTrack) bool { return dt.section == nil }) ||
		slices.ContainsFunc(d.sections, func(s *mediaSection) bool {
			return s.track != nil && !s.refused && !slices.Contains(d.tracks, s.track)
		})
}

// Offer returns an offer of the tracks set, with an ICE restart if asked for.
// It returns ErrOfferPending if the last offer has not been answered (STR-15).
// After any other error the connection is of no use and should be closed.
func (d *Down) Offer(iceRestart bool) (offer string, err error) {
	d.negotiation.Lock()
	defer d.negotiation.Unlock()
	switch {
	case d.closed:
		return "", ErrClosed
	case d.pending:
		return "", ErrOfferPending
	}
	d.local.hold()
	defer d.local.release()
	offer, err = d.offer(iceRestart)
	if err != nil {
		d.closeTransport()
		return "", err
	}
	d.pending = true
	return offer, nil
}

func (d *Down) offer(iceRestart bool) (string, error) {
	t := d.transport.Load()
	isNew := t == nil
	if isNew {
		var err error
		if t, err = d.newTransport(); err != nil {
			return "", err
		}
	} else if iceRestart {
		d.shard.Do(d.receiver.bandwidth.control.Reset)
		if d.remoteUfrag != "" {                       // else there is nothing to be restarted
			d.gathering.begin()
			if err := t.Restart(); err != nil {
				return "", err
			}
		}
	}
	d.assignTracks()
	d.version++
	offer, err := d.describe("actpass")
	if err != nil {
		return "", err
	}
	if isNew {
		err = t.Gather()
	}
	return offer, err
}

// assignTracks brings the sections in line with the tracks.
func (d *Down) assignTracks() {
	for _, s := range d.sections {
		if !s.refused && !slices.Contains(d.tracks, s.track) {
			s.track = nil
		}
	}
	for _, dt := range d.tracks {
		if dt.section != nil {
			continue
		}
		i := slices.IndexFunc(d.sections, func(s *mediaSection) bool {
			return s.idle && !s.refused && s.media == dt.kind.String()
		})
		if i < 0 {
			i = len(d.sections)
			d.sections = append(d.sections, newSection(i, decimal(i), dt.kind.String()))
		}
		d.sections[i].assign(dt)
	}
}

// allCodecs returns every codec that may be sent.
func allCodecs() []codecs.Codec {
	var list []codecs.Codec
	for _, name := range []string{"opus", "red", "g722", "pcmu", "pcma", "vp8", "vp9", "av1", "h264", "h265"} {
		list = append(list, codecs.Lookup(name)...)
	}
	return list
}

// Answer takes the answer to the last offer.  After an error the connection is
// of no use and should be closed.
func (d *Down) Answer(answer string) error {
	d.negotiation.Lock()
	defer d.negotiation.Unlock()
	switch {
	case d.closed:
		return ErrClosed
	case !d.pending:
		return ErrNoOffer
	}
	description, err := parseDescription(answer)
	if err != nil {
		return err
	}
	err = d.answers(description)
	if err == nil {
		err = d.reach(description, true)
	}
	if err != nil {
		d.closeTransport()
		return err
	}
	d.pending = false
	d.start(description)
	return nil
}

// answers notes what an answer means for our sections, all of which it must have.
func (d *Down) answers(description *sdp.SessionDescription) error {
	if len(description.MediaDescriptions) != len(d.sections) {
		return fmt.Errorf("%w: %d media sections for %d", ErrBadDescription,
			len(description.MediaDescriptions), len(d.sections))
	}
	for i, s := range d.sections {
		m := description.MediaDescriptions[i]
		if mid, _ := m.Attribute("mid"); mid != s.mid || m.MediaName.Media != s.media {
			return fmt.Errorf("%w: other media sections than were offered", ErrBadDescription)
		}
		s.refused = s.refused || m.MediaName.Port.Value == 0
		s.idle = s.track == nil
	}
	return nil
}

// start lets the shard send the tracks that the receiver's description, which has all our
// sections, accepts.
func (d *Down) start(description *sdp.SessionDescription) {
	for i, s := range d.sections {
		dt, m := s.track, description.MediaDescriptions[i]
		if dt == nil || s.refused || !receives(description, m) {
			continue
		}
		o := negotiated(m, s.codec, s.ssrc, s.rtxSSRC)
		if o == nil {
			d.logger.Warn("the receiver accepts a track without its codec", "codec", s.codec.Name)
			continue
		}
		o.writer = sealed{d.transport.Load(), &d.receiver.sealing}
		d.shard.Do(func() { d.sending.add(d, dt, o) })
	}
}

// receives reports whether the answerer wants media in a section.
func receives(answer *sdp.SessionDescription, m *sdp.MediaDescription) bool {
	for _, attributes := range [][]sdp.Attribute{m.Attributes, answer.Attributes} {
		for _, a := range attributes {
			switch a.Key {
			case "sendrecv", "recvonly":
				return true
			case "sendonly", "inactive":
				return false
			}
		}
	}
	return true
}

// AddCandidate takes a candidate of the receiver's.  It is kept until there is
// a description that it can belong to (STR-19).  An error concerns only this
// candidate.
func (d *Down) AddCandidate(c webrtc.ICECandidateInit) error {
	d.negotiation.Lock()
	defer d.negotiation.Unlock()
	if d.closed {
		return ErrClosed
	}
	return d.remote.add(d.remoteUfrag != "", d.addCandidate, c)
}

// connected runs on the shard when the connection is up.
func (d *Down) connected() {
	d.sending.connect(d)
}

// writeRTCP sends packets to the receiver.  It runs on the shard.
func (d *Down) writeRTCP(packets []rtcp.Packet) {
	if t := d.transport.Load(); t != nil && len(packets) > 0 {
		// An error means that the connection is not up, or not any more.
		_ = t.WriteRTCP(packets)
	}
}

// Close ends the connection.  No call of a callback begins once it has
// returned.  Pion's goroutines may end later; see Engine.Close.  It waits for a
// shard, and so must not be called by one, nor by a callback.
func (d *Down) Close() {
	d.negotiation.Lock()
	defer d.negotiation.Unlock()
	if d.closed {
		return
	}
	d.closed = true
	d.closeTransport()
	d.receiver.remove(d)
}

// closeTransport ends the connection.  It is called with negotiation held.
func (d *Down) closeTransport() {
	d.ended.Store(true)
	d.local.close()
	d.shard.Call(func() { d.sending.stop(d) })
	if t := d.transport.Load(); t != nil {
		d.engine.closePeer(t.Close, d.logger)
	}
}
