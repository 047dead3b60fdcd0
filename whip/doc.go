// Package whip lets encoders publish into a group, and players watch one of its
// streams, with nothing but HTTP: WHIP (RFC 9725, spec whip.md) below
// /group/NAME/.whip, and its mirror image WHEP (draft-ietf-wish-whep) below
// /group/NAME/.whep.
//
// A POST of an offer makes a session, which is a member of the group like any
// other: visible, subject to the same authorisation, and to be kicked.  A PATCH
// brings more ICE candidates or restarts ICE, a DELETE ends the session.  What
// differs between the two protocols is behind the interface role.
//
// Requests are served on the goroutines of net/http.  Each session has one
// goroutine of its own, which tells the group about the stream and, in the end,
// undoes everything; whatever ends a session only asks it to.  Descriptions and
// candidates are handled by the request that brings them, under the session's
// lock.  Server.Close ends all sessions and waits for their goroutines.
package whip
