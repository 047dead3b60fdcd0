package rtpconn

import (
	"fmt"
	"slices"

	"github.com/pion/sdp/v3"

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
	answer, err = d.respond(description)
	if err != nil {
		d.closeTransport()
		return "", err
	}
	d.start(description)
	return answer, nil
}

func (d *Down) respond(description *sdp.SessionDescription) (string, error) {
	t := d.transport.Load()
	isNew := t == nil
	r, err := transportOf(description)
	if err != nil {
		return "", err
	}
	if isNew {
		if err := d.keepWanted(description); err != nil {
			return "", err
		}
		if t, err = d.newTransport(); err != nil {
			return "", err
		}
		d.setup = "passive" // it is we who choose the protection profile
		if r.setup == "passive" {
			d.setup = "active"
		}
	} else if r.Ufrag != d.remoteUfrag {
		d.gathering.begin()
		if err := t.Restart(); err != nil {
			return "", err
		}
	}
	if err := d.matchSections(description); err != nil {
		return "", err
	}
	if err := d.reach(description, false); err != nil {
		return "", err
	}
	d.version++
	answer, err := d.describe(d.setup)
	if err != nil {
		return "", err
	}
	if isNew {
		err = t.Gather()
	}
	return answer, err
}

// matchSections makes our sections those of an offer, and gives them the tracks, in
// order.
func (d *Down) matchSections(offer *sdp.SessionDescription) error {
	if len(offer.MediaDescriptions) < len(d.sections) {
		return fmt.Errorf("%w: media sections are missing", ErrBadDescription)
	}
	for i, m := range offer.MediaDescriptions {
		mid, ok := m.Attribute("mid")
		if !ok || mid == "" {
			mid = decimal(i)
		}
		if i == len(d.sections) {
			d.sections = append(d.sections, newSection(i, mid, m.MediaName.Media))
			d.sections[i].idle = true
		}
		s := d.sections[i]
		if s.mid != mid || s.media != m.MediaName.Media {
			return fmt.Errorf("%w: other media sections than before", ErrBadDescription)
		}
		s.offered = m
		d.fill(s, offer)
	}
	return nil
}

// fill gives a section that the receiver has offered a track that it can take.  One that gets
// none is inactive, or refused if none of its codecs is known: not all players understand
// answers that refuse what they have offered.
func (d *Down) fill(s *mediaSection, offer *sdp.SessionDescription) {
	if s.track == nil && !s.refused && receives(offer, s.offered) {
		for _, dt := range d.tracks {
			if dt.section == nil && dt.kind.String() == s.media && offers(s.offered, dt.local.codec) {
				s.assign(dt)
				break
			}
		}
	}
	if s.track == nil {
		known := allCodecs()
		i := slices.IndexFunc(known, func(c codecs.Codec) bool {
			return c.Kind.String() == s.media && offers(s.offered, c)
		})
		s.refused = i < 0
		if i >= 0 {
			s.codec = known[i]
		}
	}
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
	return sendFormats(m, codec).media >= 0
}
