package rtpconn

import (
	"github.com/pion/webrtc/v4"

	"galene/codecs"
	"galene/conn"
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
}

var _ conn.Source = (*Up)(nil)
