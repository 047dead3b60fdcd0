package rtpconn

import (
	"fmt"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"galene/codecs"
)

// Respond takes an offer to receive, for receivers that make the offer themselves
// (WHEP), and returns the answer.  The tracks that have been set are sent in the
// sections of their kind, in order; those for which there is no section, or whose
// codec the receiver does not know, are not sent.  ErrNoMedia means that none is
// left.
//
// Later offers may restart ICE; they change nothing about the tracks.  After an
// error the connection is of no use and should be closed.
func (d *Down) Respond(offer string) (answer string, err error) {
	d.negotiation.Lock()
	defer d.negotiation.Unlock()
	switch {
	case d.closed:
		return "", ErrClosed
	case d.pending:
		return "", ErrOfferPending
	}
	description, err := parseDescription(offer)
	if err != nil {
		return "", err
	}
	d.local.hold()
	defer d.local.release()
	answer, err = d.respond(offer, description)
	if err != nil {
		d.closePC()
		return "", err
	}
	d.start(description)
	return answer, nil
}

func (d *Down) respond(offer string, description *sdp.SessionDescription) (string, error) {
	pc := d.pc.Load()
	if pc == nil {
		if err := d.keepWanted(description); err != nil {
			return "", err
		}
		var err error
		if pc, err = d.newPC(!offersPassive(description)); err != nil {
			return "", err
		}
	}
	err := setRemoteDescription(pc, webrtc.SDPTypeOffer, offer)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrBadDescription, err)
	}
	for _, dt := range d.tracks {
		if dt.sender != nil {
			continue
		}
		if dt.sender, err = pc.AddTrack(dt.local); err != nil {
			return "", fmt.Errorf("adding a track: %w", err)
		}
		for _, t := range pc.GetTransceivers() {
			if t.Sender() == dt.sender {
				dt.transceiver = t
			}
		}
	}
	answer, err := pc.CreateAnswer(nil)
	if err != nil {
		return "", fmt.Errorf("%w: answer: %w", ErrBadDescription, err)
	}
	if err := pc.SetLocalDescription(answer); err != nil {
		return "", fmt.Errorf("%w: answer: %w", ErrBadDescription, err)
	}
	if err := d.remote.described(pc); err != nil {
		d.logger.Debug("ignoring a candidate", "err", err)
	}
	return answer.SDP, nil
}

// keepWanted drops the tracks that cannot be sent to whoever makes the offer.
func (d *Down) keepWanted(offer *sdp.SessionDescription) error {
	var room [2][]*sdp.MediaDescription // sections to receive in, by kind
	for _, m := range offer.MediaDescriptions {
		if m.MediaName.Port.Value == 0 && !has(m, "bundle-only") || !receives(offer, m) {
			continue
		}
		switch m.MediaName.Media {
		case "audio":
			room[codecs.Audio] = append(room[codecs.Audio], m)
		case "video":
			room[codecs.Video] = append(room[codecs.Video], m)
		}
	}
	kept := make([]*downTrack, 0, len(d.tracks))
	for _, dt := range d.tracks {
		if r := room[dt.kind]; len(r) > 0 && offers(r[0], dt.local.codec) {
			room[dt.kind] = r[1:]
			kept = append(kept, dt)
			continue
		}
		d.shard.Do(dt.stop)
	}
	d.tracks = kept
	if len(kept) == 0 {
		return ErrNoMedia
	}
	return nil
}

// offers reports whether a codec is in a section of an offer.
func offers(m *sdp.MediaDescription, codec codecs.Codec) bool {
	for _, f := range acceptedFormats(m, []codecs.Codec{codec}) {
		if f != nil && !f.repairs {
			return true
		}
	}
	return false
}
