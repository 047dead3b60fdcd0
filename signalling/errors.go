package signalling

import (
	"errors"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

// errDropped ends a session without a word: the socket is lost or the client
// does not keep up.
var errDropped = errors.New("connection dropped")

// userError is reported to the client, which stays connected: ERR of the
// protocol.
type userError string

func (e userError) Error() string { return string(e) }

// closeError ends the session with a close frame: FATAL of the protocol.
type closeError struct {
	code   int
	reason string
	// silent says that no error message precedes the close frame.
	silent bool
}

func (e *closeError) Error() string { return "closing: " + e.reason }

// violation is the error for a client that breaks the protocol (WS-29).
func violation(text string) error {
	return &closeError{code: websocket.CloseProtocolError, reason: text}
}

// fatal is the error for a mistake of the user that ends the connection (WS-30).
func fatal(text string) error {
	return &closeError{code: websocket.CloseNormalClosure, reason: text}
}

// closeSilently is the error that ends a session with a bare close frame.
func closeSilently(code int) error {
	return &closeError{code: code, silent: true}
}

// maxReason is the room for a reason in a close frame, in bytes (WS-27).
const maxReason = 123

// closeFrame returns the body of a close frame.  The reason is made to fit
// (W-13).
func closeFrame(code int, reason string) []byte {
	return websocket.FormatCloseMessage(code, truncate(reason, maxReason))
}

// truncate cuts valid UTF-8 to at most n bytes, at a character boundary.
func truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
