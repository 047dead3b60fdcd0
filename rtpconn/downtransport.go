package rtpconn

import (
	"fmt"
	"slices"

	"github.com/pion/ice/v4"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"galene/srtptransport"
)

// newTransport makes what the stream goes through.
func (d *Down) newTransport() (*srtptransport.Transport, error) {
	d.gathering.begin()
	t, fingerprint, err := d.engine.newTransport(d.params.Configuration, batchOf(d.shard), srtptransport.Options{
		Candidate: d.found,
		Connected: func() {
			d.shard.Do(d.connected)
			if d.params.OnConnected != nil && !d.ended.Load() {
				d.params.OnConnected()
			}
		},
		Failed: func() {
			if d.params.OnFailed != nil && !d.ended.Load() {
				d.params.OnFailed()
			}
		},
		RTCP: d.inbox.put,
	})
	if err != nil {
		return nil, err
	}
	d.fingerprint = fingerprint
	d.transport.Store(t)
	return t, nil
}

// found takes a local candidate; nil is the end of the search.
func (d *Down) found(candidate ice.Candidate) {
	if candidate == nil {
		d.gathering.add("")
		return
	}
	text := "candidate:" + candidate.Marshal()
	d.gathering.add(text)
	c := webrtc.ICECandidateInit{Candidate: text}
	if s := d.carrier.Load(); s != nil {
		c.SDPMid, c.SDPMLineIndex = &s.mid, &s.index
	}
	d.local.add(c)
}

// describe returns our description.  Setup is our role in the handshake.
func (d *Down) describe(setup string) (string, error) {
	ufrag, password, err := d.transport.Load().Credentials()
	if err != nil {
		return "", err
	}
	d.setup = setup
	if i := slices.IndexFunc(d.sections, func(s *mediaSection) bool { return !s.refused }); i >= 0 {
		d.carrier.Store(d.sections[i])
	}
	candidates, complete := d.gathering.found()
	text, err := describe(d.id, d.version, localTransport{
		ufrag: ufrag, password: password, fingerprint: d.fingerprint, setup: setup,
		candidates: candidates, complete: complete,
	}, d.sections)
	if err != nil {
		return "", fmt.Errorf("own description: %w", err)
	}
	return d.engine.public.describe(text), nil
}

// reach lets the transport look for the receiver, who has described itself.  Offerer says
// that it is we who have made the offer.
func (d *Down) reach(description *sdp.SessionDescription, offerer bool) error {
	r, err := transportOf(description)
	if err != nil {
		return err
	}
	t := d.transport.Load()
	if d.remoteUfrag == "" {
		err = t.Start(r.Remote, offerer || r.Lite, r.setup == "passive")
	} else {
		err = t.SetRemote(r.Ufrag, r.Password)
	}
	if err != nil {
		return err
	}
	d.remoteUfrag = r.Ufrag
	for _, c := range r.candidates {
		if isForRTCP(c) {
			continue
		}
		if err := d.addCandidate(webrtc.ICECandidateInit{Candidate: c}); err != nil {
			d.logger.Debug("ignoring a candidate", "err", err)
		}
	}
	if err := d.remote.described(d.addCandidate); err != nil {
		d.logger.Debug("ignoring a candidate", "err", err)
	}
	return nil
}

// addCandidate applies a candidate of the receiver's; an empty one says that there are no
// more.
func (d *Down) addCandidate(init webrtc.ICECandidateInit) error {
	if init.Candidate == "" {
		return d.transport.Load().AddCandidate(nil)
	}
	c, err := parseCandidate(init.Candidate, d.remoteUfrag)
	if err != nil || c == nil {
		return err
	}
	return d.transport.Load().AddCandidate(c)
}
