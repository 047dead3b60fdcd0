package adminapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxBody is the greatest size of a body, in bytes.
const maxBody = 1 << 20

// Media types.
const (
	mediaJSON    = "application/json"
	mediaProblem = "application/problem+json"
	mediaPatch   = "application/merge-patch+json"
	mediaKeys    = "application/jwk-set+json"
	mediaText    = "text/plain"
)

// body reads the content of the request, which must be of the given type (A-30,
//
func (q *request) body(mediaType string) ([]byte, error) {
	got, _, err := mime.ParseMediaType(q.Header.Get("Content-Type"))
	if err != nil || got != mediaType {
		return nil, &failure{
			status: http.StatusUnsupportedMediaType, text: "unsupported content type",
			detail: "the content type must be " + mediaType,
			header: http.Header{"Accept": {mediaType}},
		}
	}
	data, err := io.ReadAll(http.MaxBytesReader(q.w.ResponseWriter, q.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, &failure{
			status: http.StatusRequestEntityTooLarge, text: "Request body too large",
			header: http.Header{"Connection": {"close"}},
		}
	case err != nil:
		return nil, badRequest("the body cannot be read")
	}
	return data, nil
}

// reply answers a request to read, after checking its preconditions.
func (q *request) reply(v any) error {
	tag, err := q.api.tagOf(v)
	if err != nil {
		return err
	}
	return q.replyTagged(v, tag)
}

// replyTagged is reply for what has a tag of its own.
func (q *request) replyTagged(v any, tag string) error {
	if err := q.check(state{exists: true, tag: tag}); err != nil {
		return err
	}
	q.w.Header().Set("Etag", tag)
	return q.replyJSON(v)
}

// replyJSON answers with a value, followed by a newline.
func (q *request) replyJSON(v any) error {
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(v); err != nil {
		return err
	}
	q.w.Header().Set("Content-Type", mediaJSON)
	q.w.WriteHeader(http.StatusOK)
	_, _ = q.w.Write(b.Bytes())
	return nil
}

// replyNames answers with a sorted list of names, of which the client may ask
// for a part.
func (q *request) replyNames(names []string) error {
	names, err := page(names, q.URL.Query().Get("limit"), q.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	return q.reply(names)
}

// page returns the part of a sorted list that follows after, which need not be in
// it; of limit members at most, unless that is empty.
func page(names []string, limit, after string) ([]string, error) {
	if after != "" {
		i, found := slices.BinarySearch(names, after)
		if found {
			i++
		}
		names = names[i:]
	}
	if limit != "" {
		n, err := strconv.Atoi(limit)
		if err != nil || n < 1 {
			return nil, badRequest("limit is not a positive number")
		}
		names = names[:min(n, len(names))]
	}
	return append([]string{}, names...), nil
}

// written answers a request that has changed something.
func (q *request) written(created bool, tag string) {
	h := q.w.Header()
	if tag != "" {
		h.Set("Etag", tag)
	}
	if !created {
		q.w.WriteHeader(http.StatusNoContent)
		return
	}
	if h.Get("Location") == "" {
		h.Set("Location", q.URL.EscapedPath())
	}
	q.w.WriteHeader(http.StatusCreated)
}

// decodeError describes what is wrong with JSON in its own words rather than in
// those of Go.
func decodeError(err error) error {
	var kind *json.UnmarshalTypeError
	var moment *time.ParseError
	switch {
	case errors.As(err, &moment):
		return badRequest(moment.Value + " is not an RFC 3339 time")
	case errors.As(err, &kind) && kind.Field != "":
		return badRequest(kind.Field + ": unexpected " + kind.Value)
	case errors.As(err, &kind):
		return badRequest("unexpected " + kind.Value)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return badRequest("unexpected end of the body")
	}
	return badRequest(strings.TrimPrefix(err.Error(), "json: "))
}
