package rtpconn

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pion/ice/v4"
	"github.com/pion/sdp/v3"

	"galene/srtptransport"
)

// remoteTransport is what a description of the peer's says of its end of the transport.
type remoteTransport struct {
	srtptransport.Remote
	setup string // its role in the handshake: actpass, active or passive
	// candidates are those in the description, as attributes of SDP.
	candidates []string
}

// transportOf reads the attributes of the transport, which are those of the first section
// that is used (RFC 8843, 7.3), or of the whole description.
func transportOf(d *sdp.SessionDescription) (remoteTransport, error) {
	var r remoteTransport
	var used *sdp.MediaDescription
	for _, m := range d.MediaDescriptions {
		if _, ok := m.Attribute("ice-ufrag"); used == nil && m.MediaName.Port.Value != 0 && ok {
			used = m
		}
		for _, a := range m.Attributes {
			if a.Key == "candidate" {
				r.candidates = append(r.candidates, "candidate:"+a.Value)
			}
		}
	}
	lists := [][]sdp.Attribute{d.Attributes}
	if used != nil {
		lists = append(lists, used.Attributes) // which counts for more
	}
	for _, attributes := range lists {
		if has := fingerprints(attributes); len(has) > 0 {
			r.Fingerprints = has
		}
		for _, a := range attributes {
			switch a.Key {
			case "ice-ufrag":
				r.Ufrag = a.Value
			case "ice-pwd":
				r.Password = a.Value
			case "ice-lite":
				r.Lite = true
			case "setup":
				r.setup = a.Value
			}
		}
	}
	switch {
	case r.Ufrag == "" || r.Password == "":
		return r, fmt.Errorf("%w: no credentials of ICE", ErrBadDescription)
	case len(r.Fingerprints) == 0:
		return r, fmt.Errorf("%w: no fingerprint", ErrBadDescription)
	}
	return r, nil
}

func fingerprints(attributes []sdp.Attribute) []srtptransport.Fingerprint {
	var list []srtptransport.Fingerprint
	for _, a := range attributes {
		if a.Key != "fingerprint" {
			continue
		}
		if algorithm, value, ok := strings.Cut(strings.TrimSpace(a.Value), " "); ok {
			list = append(list, srtptransport.Fingerprint{
				Algorithm: strings.ToLower(algorithm), Value: strings.TrimSpace(value),
			})
		}
	}
	return list
}

// parseCandidate reads a candidate of the peer's, "candidate:…" (RFC 8839, 5.1).  It
// returns nil for one that is of no use: of a kind that is not known, or of another
// generation than that of the user name.
func parseCandidate(text, ufrag string) (ice.Candidate, error) {
	c, err := ice.UnmarshalCandidate(strings.TrimPrefix(text, "candidate:"))
	switch {
	case errors.Is(err, ice.ErrUnknownCandidateTyp), errors.Is(err, ice.ErrDetermineNetworkType):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("ICE candidate: %w", err)
	}
	if of, ok := c.GetExtension("ufrag"); ok && of.Value != ufrag {
		return nil, nil
	}
	return c, nil
}
