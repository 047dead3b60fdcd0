package group

import "errors"

// Errors about groups, to be compared with errors.Is.
var (
	// ErrIllegalName means that a group name breaks the rules of GRP-1.
	ErrIllegalName = errors.New("illegal group name")
	// ErrNoGroup means that no description defines the group.
	ErrNoGroup = errors.New("group does not exist")
	// ErrDescription means that a description is unreadable or malformed,
	// and that no earlier good version of it is known.
	ErrDescription = errors.New("bad group description")
	// ErrConfig means that config.json is unreadable or malformed, and that
	// no earlier good version of it is known.
	ErrConfig = errors.New("bad global configuration")
	// ErrNotMember means that the membership has ended.
	ErrNotMember = errors.New("not a member of the group")
)

// Error is an error whose text a client sees.
type Error struct {
	// ID is the stable identifier for the error field, or empty.
	ID string
	// Text is for humans.
	Text string
	// Fatal says that the connection is to be closed, with code 1000 and
	// the text as the reason (WS-30).
	Fatal bool

	cause error
	delay bool
}

// Error returns the text that the client sees.
func (e *Error) Error() string { return e.Text }

// Unwrap returns what is behind the error, for logs; clients never see it.
func (e *Error) Unwrap() error { return e.cause }

// Redirect is the error of joining a group that is elsewhere (JOIN-15).
type Redirect struct {
	URL string
}

// Error names the place to go to.
func (e *Redirect) Error() string { return "the group is at " + e.URL }
