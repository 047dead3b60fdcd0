package rtpconn

import (
	"errors"

	"galene/conn"
)

var (
	// ErrClosed is returned for operations on an engine, a connection or a
	// receiver that has been closed.  It is the same value as
	// conn.ErrClosed.
	ErrClosed = conn.ErrClosed
	// ErrTooManyTracks is returned for an offer with more tracks than a
	// stream may have.
	ErrTooManyTracks = errors.New("too many tracks")
	// ErrDescriptionTooLarge is returned for a session description beyond
	// the size limit.
	ErrDescriptionTooLarge = errors.New("session description too large")
	// ErrBadDescription is wrapped by the errors returned for session
	// descriptions that cannot be understood or used.
	ErrBadDescription = errors.New("bad session description")
	// ErrNoMedia is returned for an offer without any usable media section.
	ErrNoMedia = errors.New("no media in session description")
	// ErrTooManyCandidates is returned when a peer sends more ICE
	// candidates than any honest one has.
	ErrTooManyCandidates = errors.New("too many ICE candidates")
	// ErrOfferPending is returned by Down.Offer while an earlier offer has
	// not been answered (STR-15).
	ErrOfferPending = errors.New("an offer is already pending")
	// ErrNoOffer is returned by Down.Answer if there is no offer to be
	// answered.
	ErrNoOffer = errors.New("no offer is pending")
	// ErrUnsupportedCodec is returned for a track whose codec is unknown.
	ErrUnsupportedCodec = errors.New("unsupported codec")
)
