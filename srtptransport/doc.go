// Package srtptransport is what the media of one bundle goes through: ICE finds a path, DTLS
// agrees on keys on it, and SRTP protects the packets (RFC 8834, RFC 5763).
//
// It is made of pion's parts, without pion's peer connection around them: where a peer
// only receives, that would have several goroutines, buffers and ciphers more than are used,
// which are most of what a receiver costs (spec media.md 6.8, docs/performance.md).  What is
// said to the peer in descriptions, and what it answers, is the caller's business.
//
// # Goroutines
//
// A Transport may be used from any goroutine, but for WriteRTP and WriteRTCP, which want to be
// called by one at a time.  Callbacks run on goroutines of the transport's or of pion's, must
// not block, and must not call Close.
package srtptransport
