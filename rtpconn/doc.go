// Package rtpconn holds the peer connections: it receives streams from their
// senders, forwards them to receivers and speaks RTCP with both.
//
// It implements conn.Source on top of pion/webrtc and conn.Sink on top of
// srtptransport, and knows nothing of groups or of the signalling protocol: a session hands it
// descriptions and candidates, and gets descriptions and callbacks.  What
// travels on the wire is RTP (RFC 3550), RTCP feedback (RFC 4585, RFC 5104,
// RFC 5506), retransmissions (RFC 4588) and JSEP descriptions (RFC 9429).  The
// labels R-… in comments are requirements of the project's media
// specification.
//
// Goroutines.  An Up is fed by two goroutines of pion, one that decrypts RTP
// and one that decrypts RTCP; its timers run on a shard.  A Down belongs to the
// shard of its Receiver: forwarding, retransmission, RTCP in both directions
// and timers all run there, so none of that state has a lock.  Descriptions
// and candidates are handled on the caller's goroutine.  docs/media.md tells
// the whole story.
package rtpconn
