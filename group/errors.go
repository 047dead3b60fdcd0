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
	// delay says that the answer has to wait (JOIN-6).
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

// refuse is the error of an action that fails with ERR(text).
func refuse(text string) error { return &Error{Text: text} }

// notJoined is the error of an action after the membership has ended.
func notJoined() error { return &Error{Text: "join a group first", cause: ErrNotMember} }

// forbidden is the error of an action without its permission.
func forbidden() error { return &Error{Text: "not authorised"} }

// The errors of joining (6.3, W-14).

func notAuthorised(cause error) *Error {
	return &Error{ID: "not-authorised", Text: "not authorised", cause: cause, delay: true}
}

func internalError(cause error) *Error {
	return &Error{ID: "internal", Text: "internal server error", cause: cause}
}

func busyError(cause error) *Error {
	return &Error{ID: "busy", Text: "server busy, try again", cause: cause}
}

func needUsername() *Error {
	return &Error{ID: "need-username", Text: "username required"}
}

func lockedError(message string) *Error {
	if message == "" {
		message = lockedText
	}
	return &Error{ID: "locked", Text: message}
}

// joinError converts an error about a group.
func joinError(err error) error {
	switch {
	case errors.Is(err, ErrIllegalName):
		return &Error{ID: "illegal-group-name", Text: "illegal group name", cause: err}
	case errors.Is(err, ErrNoGroup):
		return &Error{ID: "no-such-group", Text: "group does not exist", cause: err}
	case errors.Is(err, ErrDescription):
		return internalError(err)
	}
	return err
}
