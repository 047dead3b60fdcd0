package whip

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"mime"
	"net/http"
	"strings"

	"galene/group"
	"galene/rtpconn"
)

// errNothing means that there is nothing under the URL.
var errNothing = errors.New("not found")

// failure is an error that the client is told of.
type failure struct {
	status int
	text   string // empty: no body
	header http.Header
}

// Error returns the text.
func (f *failure) Error() string { return f.text }

func refuse(status int, text string) error {
	return &failure{status: status, text: text}
}

// retryAfter is how long somebody who is refused for a while should wait, in
// seconds.
const retryAfter = "5"

func busy(text string) error {
	return &failure{
		status: http.StatusServiceUnavailable, text: text,
		header: http.Header{"Retry-After": {retryAfter}},
	}
}

func tooMany(text string) error {
	return &failure{
		status: http.StatusTooManyRequests, text: text,
		header: http.Header{"Retry-After": {retryAfter}},
	}
}

func methodNotAllowed(allow string) error {
	return &failure{
		status: http.StatusMethodNotAllowed, text: "method not allowed",
		header: http.Header{"Allow": {allow}},
	}
}

// challenge is the error of somebody who is not who they say (RFC 6750, 3).
func challenge(text string, token bool) error {
	value := `Bearer realm="galene"`
	if token {
		value += `, error="invalid_token"`
	}
	return &failure{
		status: http.StatusUnauthorized, text: text,
		header: http.Header{"Www-Authenticate": {value}},
	}
}

// joinFailure converts an error of joining a group (whip.md 2, weak spots 1 and 2).
func joinFailure(err error, token bool) error {
	var refused *group.Error
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.ID {
	case "not-authorised", "duplicate-username", "need-username":
		return challenge(refused.Text, token)
	case "locked", "closed", "not-open-yet", "no-operators":
		return refuse(http.StatusForbidden, refused.Text)
	case "full", "busy":
		return busy(refused.Text)
	case "no-such-group", "illegal-group-name":
		return errNothing
	}
	return err
}

// failureOf finds what the client is told about an error.
func failureOf(err error) *failure {
	status, text := http.StatusInternalServerError, "Internal server error"
	var f *failure
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, rtpconn.ErrDescriptionTooLarge):
		status, text = http.StatusRequestEntityTooLarge, "Request body too large"
	case errors.Is(err, rtpconn.ErrBadDescription):
		// What exactly is said by a parser, and quotes the client's text.
		status, text = http.StatusBadRequest, "bad session description"
	case errors.Is(err, rtpconn.ErrTooManyTracks), errors.Is(err, rtpconn.ErrNoMedia),
		errors.Is(err, rtpconn.ErrUnsupportedCodec):
		status, text = http.StatusUnprocessableEntity, err.Error()
	case errors.Is(err, context.Canceled), errors.Is(err, rtpconn.ErrClosed):
		status, text = http.StatusForbidden, "the session has been ended"
	}
	return &failure{status: status, text: text}
}

// problem is a problem document (RFC 9457).
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// fail answers with an error: in plain text, or as a problem document to clients
// that ask for JSON.
func (q *request) fail(err error) {
	f := failureOf(err)
	log := q.server.log.Info
	if f.status == http.StatusInternalServerError {
		log = q.server.log.Error
	}
	log("request about a stream refused", "method", q.Method, "group", q.group,
		"kind", q.protocol.kind, "address", q.RemoteAddr, "status", f.status, "error", err)
	h := q.w.Header()
	maps.Copy(h, f.header)
	switch {
	case f.text == "":
		q.w.WriteHeader(f.status)
	case acceptsJSON(q.Request):
		h.Set("Content-Type", "application/problem+json")
		h.Set("X-Content-Type-Options", "nosniff")
		q.w.WriteHeader(f.status)
		_ = json.NewEncoder(q.w).Encode(problem{http.StatusText(f.status), f.status, f.text})
	default:
		http.Error(q.w, f.text, f.status)
	}
}

// acceptsJSON says whether the client asks for JSON, rather than for anything.
func acceptsJSON(r *http.Request) bool {
	for _, header := range r.Header.Values("Accept") {
		for element := range strings.SplitSeq(header, ",") {
			kind, _, err := mime.ParseMediaType(element)
			if err == nil && (kind == "application/json" || kind == "application/problem+json") {
				return true
			}
		}
	}
	return false
}
