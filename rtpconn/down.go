package rtpconn

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/pion/rtcp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"galene/codecs"
	"galene/conn"
	"galene/shard"
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

	local   localCandidates
	buffers buffers
	inbox   rtcpInbox
	ended   atomic.Bool

	// negotiation guards what follows.  Nothing that pion or a shard calls
	// may take it.
	negotiation sync.Mutex
	remote      remoteCandidates
	closed      bool
	pending     bool // an offer has not been answered
	tracks      []*downTrack
	removed     []*downTrack // to be taken out of the next offer
	idle        [2]int       // sections without a track, by kind …
	leavingKind [2]int       // … and those that the pending offer empties
	pc          atomic.Pointer[webrtc.PeerConnection]
	profile     srtpProfile

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
		if dt.sender != nil {
			d.removed = append(d.removed, dt)
		}
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
	return len(d.removed) > 0 ||
		slices.ContainsFunc(d.tracks, func(dt *downTrack) bool { return dt.sender == nil })
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
		d.closePC()
		return "", err
	}
	d.pending = true
	return offer, nil
}

func (d *Down) offer(iceRestart bool) (string, error) {
	pc := d.pc.Load()
	if pc == nil {
		var err error
		if pc, err = d.newPC(false); err != nil {
			return "", err
		}
		iceRestart = false // there is nothing to be restarted
	}
	if iceRestart {
		d.shard.Do(d.receiver.bandwidth.control.Reset)
	}
	if err := d.applyTracks(pc); err != nil {
		return "", err
	}
	offer, err := pc.CreateOffer(&webrtc.OfferOptions{ICERestart: iceRestart && pc.RemoteDescription() != nil})
	if err != nil {
		return "", fmt.Errorf("offer: %w", err)
	}
	if err := pc.SetLocalDescription(offer); err != nil {
		return "", fmt.Errorf("offer: %w", err)
	}
	return d.engine.public.describe(offer.SDP), nil
}

// applyTracks brings the senders of pc in line with the tracks.
func (d *Down) applyTracks(pc *webrtc.PeerConnection) error {
	d.leavingKind = [2]int{}
	for _, dt := range d.removed {
		if err := pc.RemoveTrack(dt.sender); err != nil {
			return fmt.Errorf("removing a track: %w", err)
		}
		d.leavingKind[dt.kind]++
	}
	d.removed = nil
	for _, dt := range d.tracks {
		if dt.sender != nil {
			continue
		}
		if err := d.addSender(pc, dt); err != nil {
			return fmt.Errorf("adding a track: %w", err)
		}
	}
	return nil
}

// addSender gives a track a media section: an empty one if there is any, else a
// new one.
func (d *Down) addSender(pc *webrtc.PeerConnection, dt *downTrack) error {
	if d.idle[dt.kind] > 0 {
		sender, err := pc.AddTrack(dt.local)
		if err != nil {
			return err
		}
		d.idle[dt.kind]--
		dt.sender = sender
	} else {
		t, err := pc.AddTransceiverFromTrack(dt.local,
			webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
		if err != nil {
			return err
		}
		dt.sender = t.Sender()
	}
	for _, t := range pc.GetTransceivers() {
		if t.Sender() == dt.sender {
			dt.transceiver = t
			return prefer(t, dt.local.codec)
		}
	}
	return nil
}

// prefer makes a section carry a codec, and its redundant form if there is any that
// the receiver has not refused before.
func prefer(t *webrtc.RTPTransceiver, codec codecs.Codec) error {
	list := codecParameters(codec, outgoing)
	if codec.REDPayloadType != 0 {
		for _, red := range codecs.Lookup("red") {
			if t.SetCodecPreferences(append(list, codecParameters(red, outgoing)...)) == nil {
				return nil
			}
		}
	}
	return t.SetCodecPreferences(list)
}

// newPC makes the peer connection.  Server says that we are the DTLS server if we
// answer.
func (d *Down) newPC(server bool) (*webrtc.PeerConnection, error) {
	media, err := d.engine.mediaEngine(allCodecs(), outgoing)
	if err != nil {
		return nil, err
	}
	api, err := d.engine.newAPI(media, server, d.newBuffer, batchOf(d.shard))
	if err != nil {
		return nil, err
	}
	pc, err := api.NewPeerConnection(d.engine.configuration(d.params.Configuration))
	if err != nil {
		return nil, fmt.Errorf("peer connection: %w", err)
	}
	pc.OnICECandidate(d.local.found)
	pc.OnICEConnectionStateChange(func(state webrtc.ICEConnectionState) {
		if state == webrtc.ICEConnectionStateFailed && !d.ended.Load() && d.params.OnFailed != nil {
			d.params.OnFailed()
		}
	})
	pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state == webrtc.PeerConnectionStateConnected {
			d.shard.Do(d.connected)
			if d.params.OnConnected != nil && !d.ended.Load() {
				d.params.OnConnected()
			}
		}
	})
	d.pc.Store(pc)
	return pc, nil
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
	pc := d.pc.Load()
	err = setRemoteDescription(pc, webrtc.SDPTypeAnswer, answer)
	if err != nil {
		d.closePC()
		return fmt.Errorf("%w: %w", ErrBadDescription, err)
	}
	d.pending = false
	for kind, n := range d.leavingKind {
		d.idle[kind] += n
	}
	d.leavingKind = [2]int{}
	if err := d.remote.described(pc); err != nil {
		d.logger.Debug("ignoring a candidate", "err", err)
	}
	d.start(description)
	return nil
}

// start lets the shard send the tracks that the receiver has accepted.
func (d *Down) start(answer *sdp.SessionDescription) {
	accepted := make(map[string]bool)
	for _, m := range answer.MediaDescriptions {
		if mid, ok := m.Attribute("mid"); ok {
			accepted[mid] = m.MediaName.Port.Value != 0 && receives(answer, m)
		}
	}
	for _, dt := range d.tracks {
		o := dt.local.bound()
		if o == nil || dt.transceiver == nil || !accepted[dt.transceiver.Mid()] {
			continue
		}
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
	return d.remote.add(d.pc.Load(), c)
}

// connected runs on the shard when the connection is up.
func (d *Down) connected() {
	d.sending.connect(d)
}

// writeRTCP sends packets to the receiver.
func (d *Down) writeRTCP(packets []rtcp.Packet) {
	if pc := d.pc.Load(); pc != nil && len(packets) > 0 {
		// An error means that the connection is not up, or not any more.
		_ = pc.WriteRTCP(packets)
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
	d.closePC()
	d.receiver.remove(d)
}

// closePC ends the connection.  It is called with negotiation held.
func (d *Down) closePC() {
	d.ended.Store(true)
	d.local.close()
	d.shard.Call(func() { d.sending.stop(d) })
	d.buffers.close()
	if pc := d.pc.Load(); pc != nil {
		d.engine.closePeer(pc, d.logger)
	}
}
