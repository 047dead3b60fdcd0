package rtpconn

import (
	"fmt"
	"strings"
	"sync"

	"github.com/pion/webrtc/v4"
)

const (
	// maxCandidates is the number of candidates taken from a peer between
	// two descriptions.
	maxCandidates = 128
	// maxCandidate is the largest candidate taken, in bytes.
	maxCandidate = 1024
)

// remoteCandidates keeps the peer's candidates until they can be applied
// (STR-19).  It is guarded by its owner's lock.
type remoteCandidates struct {
	waiting []webrtc.ICECandidateInit
	count   int
}

// add applies a candidate, or keeps it if there is no description yet that it belongs to.
func (r *remoteCandidates) add(described bool, apply func(webrtc.ICECandidateInit) error,
	c webrtc.ICECandidateInit) error {
	if len(c.Candidate) > maxCandidate {
		return fmt.Errorf("%w: candidate too long", ErrBadDescription)
	}
	if r.count >= maxCandidates {
		return ErrTooManyCandidates
	}
	r.count++
	if isForRTCP(c.Candidate) {
		return nil
	}
	if !described {
		r.waiting = append(r.waiting, c)
		return nil
	}
	return apply(c)
}

// described applies what was kept, after a remote description was set.  A bad
// candidate is not worth failing for: there may be others.
func (r *remoteCandidates) described(apply func(webrtc.ICECandidateInit) error) error {
	var first error
	for _, c := range r.waiting {
		if err := apply(c); err != nil && first == nil {
			first = err
		}
	}
	r.waiting = nil
	r.count = 0
	return first
}

// setRemoteDescription applies a description of the peer's, but for the candidates in
// it that are of no use.
func setRemoteDescription(pc *webrtc.PeerConnection, kind webrtc.SDPType, text string) error {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if candidate, ok := strings.CutPrefix(line, "a="); !ok || !isForRTCP(candidate) {
			kept.WriteString(line)
		}
	}
	return pc.SetRemoteDescription(webrtc.SessionDescription{Type: kind, SDP: kept.String()})
}

// isForRTCP says whether a candidate, or an attribute of a description, is a candidate
// of the component that RTCP has if it is not on one port with RTP, which it always is
// here (RFC 8839, 5.1).  Firefox offers such candidates, as it cannot know that yet.  To
// pion all candidates are of one component: it may choose them, and then Firefox answers
// its checks, but takes no packet from there.
func isForRTCP(candidate string) bool {
	value, ok := strings.CutPrefix(candidate, "candidate:")
	if !ok {
		return false
	}
	fields := strings.Fields(value)
	return len(fields) > 1 && fields[1] != "1"
}

// localCandidates holds our candidates back until the description that they
// belong to is complete (STR-20).  Its methods may be called from any
// goroutine.
type localCandidates struct {
	// public may announce candidates at further addresses.
	public *publicAddresses

	mu      sync.Mutex
	report  func(webrtc.ICECandidateInit)
	held    int
	waiting []webrtc.ICECandidateInit
	closed  bool
}

// found takes a candidate from pion; nil is the end of gathering.
func (l *localCandidates) found(c *webrtc.ICECandidate) {
	if c != nil {
		l.add(c.ToJSON())
	}
}

// add takes a candidate.
func (l *localCandidates) add(c webrtc.ICECandidateInit) {
	if l.report == nil {
		return
	}
	candidates := l.public.candidates(c)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, candidate := range candidates {
		switch {
		case l.closed:
		case l.held > 0:
			l.waiting = append(l.waiting, candidate)
		default:
			l.report(candidate)
		}
	}
}

// hold keeps candidates back until release.
func (l *localCandidates) hold() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held++
}

// release undoes hold, and reports what was kept back.
func (l *localCandidates) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held--
	if l.held > 0 || l.closed {
		return
	}
	for _, c := range l.waiting {
		l.report(c)
	}
	l.waiting = nil
}

// close ends the reports: none is made after it has returned.
func (l *localCandidates) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.waiting = nil
}
