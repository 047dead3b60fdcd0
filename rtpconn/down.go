package rtpconn

import "github.com/pion/webrtc/v4"

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
}
