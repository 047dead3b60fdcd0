package adminapi

import (
	"encoding/json"
	"errors"
	"maps"
	"mime"
	"net/http"
	"strings"

	"galene/group"
	"galene/group/token"
)

// failure is an error that the client is told of.
type failure struct {
	status int
	text   string // empty: no body
	detail string // instead of text, in a problem document
	header http.Header
}

// Error returns the text.
func (f *failure) Error() string { return f.text }

func badRequest(text string) error {
	return &failure{status: http.StatusBadRequest, text: text}
}

func notFound(text string) error {
	return &failure{status: http.StatusNotFound, text: text}
}

func conflict(text string) error {
	return &failure{status: http.StatusConflict, text: text}
}

// failureOf finds what the client is told about an error.
func failureOf(err error) *failure {
	var f *failure
	var invalid *group.InvalidError
	var later *group.Later
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &invalid):
		return &failure{status: http.StatusBadRequest, text: invalid.Reason}
	case errors.As(err, &later):
		return &failure{
			status: http.StatusTooManyRequests, text: later.Error(),
			header: http.Header{"Retry-After": {retryAfter(later.After)}},
		}
	case errors.Is(err, group.ErrNoGroup):
		return &failure{status: http.StatusNotFound, text: "no such group"}
	case errors.Is(err, group.ErrIllegalName):
		return &failure{status: http.StatusBadRequest, text: "illegal group name"}
	case errors.Is(err, group.ErrReadOnly):
		return &failure{
			status: http.StatusForbidden,
			text:   "groups cannot be changed: writableGroups is not set in config.json",
		}
	case errors.Is(err, group.ErrConflict), errors.Is(err, token.ErrTagMismatch):
		return &failure{status: http.StatusPreconditionFailed}
	case errors.Is(err, token.ErrTooMany):
		return &failure{status: http.StatusConflict, text: "this group has too many tokens"}
	case errors.Is(err, group.ErrDescription):
		return &failure{status: http.StatusInternalServerError, text: err.Error()}
	case errors.Is(err, token.ErrMalformed):
		return &failure{status: http.StatusInternalServerError, text: err.Error()}
	}
	return &failure{status: http.StatusInternalServerError, text: "Internal server error"}
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
	if f.status == http.StatusInternalServerError {
		q.api.log.Error("administrative request failed", "method", q.Method,
			"resource", q.path(), "group", q.target.group, "error", err)
	}
	h := q.w.Header()
	maps.Copy(h, f.header)
	switch {
	case f.text == "":
		q.w.WriteHeader(f.status)
	case acceptsJSON(q.Request):
		detail := f.detail
		if detail == "" {
			detail = f.text
		}
		h.Set("Content-Type", "application/problem+json")
		h.Set("X-Content-Type-Options", "nosniff")
		q.w.WriteHeader(f.status)
		_ = json.NewEncoder(q.w).Encode(problem{http.StatusText(f.status), f.status, detail})
	default:
		http.Error(q.w, f.text, f.status)
	}
}

// acceptsJSON says whether the client asks for JSON, rather than for anything.
func acceptsJSON(r *http.Request) bool {
	for _, header := range r.Header.Values("Accept") {
		for element := range strings.SplitSeq(header, ",") {
			kind, _, err := mime.ParseMediaType(element)
			if err == nil && (kind == mediaJSON || kind == mediaProblem || kind == "application/*") {
				return true
			}
		}
	}
	return false
}
