package whip

import (
	"fmt"
	"slices"

	"github.com/pion/sdp/v3"

	"galene/rtpconn"
)

// offer is an offer of a client's, as far as it has to be known in order to
// restart ICE.
type offer struct {
	description *sdp.SessionDescription
	pair        pair
}

func parseOffer(text string) (*offer, error) {
	var d sdp.SessionDescription
	if err := d.UnmarshalString(text); err != nil {
		return nil, fmt.Errorf("%w: %w", rtpconn.ErrBadDescription, err)
	}
	o := &offer{description: &d, pair: fragmentOf(&d).pair()}
	if !o.pair.valid() {
		return nil, fmt.Errorf("%w: no user fragment and password", rtpconn.ErrBadDescription)
	}
	return o, nil
}

// restarted returns the offer that the client would make to restart ICE with
// another pair: the same in everything else, without candidates (W-50).
func (o *offer) restarted(p pair) (*offer, string, error) {
	d := *o.description
	d.Origin.SessionVersion++
	d.Attributes = restartedAttributes(d.Attributes, p)
	d.MediaDescriptions = slices.Clone(d.MediaDescriptions)
	for i, m := range d.MediaDescriptions {
		changed := *m
		changed.Attributes = restartedAttributes(m.Attributes, p)
		d.MediaDescriptions[i] = &changed
	}
	text, err := d.Marshal()
	if err != nil {
		return nil, "", fmt.Errorf("offer: %w", err)
	}
	return &offer{description: &d, pair: p}, string(text), nil
}

func restartedAttributes(attributes []sdp.Attribute, p pair) []sdp.Attribute {
	var list []sdp.Attribute
	for _, a := range attributes {
		switch a.Key {
		case "candidate", "end-of-candidates":
			continue
		case "ice-ufrag":
			a.Value = p.ufrag
		case "ice-pwd":
			a.Value = p.pwd
		}
		list = append(list, a)
	}
	return list
}

// has says whether the offer has a section with the given identifier; the empty
// one stands for any.
func (o *offer) has(mid string) bool {
	return mid == "" || slices.ContainsFunc(o.description.MediaDescriptions,
		func(m *sdp.MediaDescription) bool {
			value, _ := m.Attribute("mid")
			return value == mid
		})
}

// accepted says whether an answer accepts any section about media.
func accepted(answer *sdp.SessionDescription) bool {
	return slices.ContainsFunc(answer.MediaDescriptions, func(m *sdp.MediaDescription) bool {
		inactive := slices.ContainsFunc(m.Attributes, func(a sdp.Attribute) bool {
			return a.Key == "inactive"
		})
		return m.MediaName.Media != "application" && m.MediaName.Port.Value != 0 && !inactive
	})
}
