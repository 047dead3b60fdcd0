package whip

import (
	"crypto/subtle"
	"errors"
	"io"
	"net/http"

	"galene/rtpconn"
)

const sessionMethods = "OPTIONS, DELETE, PATCH"

// serveSession answers a request to a session (whip.md 4).
func (q *request) serveSession(c *session) error {
	if q.Method == http.MethodOptions {
		q.describeSession() // no credentials: it may be a preflight (weak spot 4)
		return nil
	}
	presented := []byte(bearer(q.Request))
	if c.token != "" && subtle.ConstantTimeCompare(presented, []byte(c.token)) != 1 {
		return refuse(http.StatusForbidden, "Forbidden")
	}
	switch q.Method {
	case http.MethodPatch:
		return q.patch(c)
	case http.MethodDelete:
		return q.delete(c)
	}
	return methodNotAllowed(sessionMethods)
}

// describeSession answers OPTIONS (whip.md 4.2).
func (q *request) describeSession() {
	h := q.w.Header()
	h.Set("Allow", sessionMethods)
	h.Set("Accept-Patch", mediaFragment)
	h.Set("Access-Control-Allow-Methods", sessionMethods)
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, If-None-Match")
	h.Set("Access-Control-Max-Age", maxAge)
	q.w.WriteHeader(http.StatusOK)
}

// check evaluates the preconditions against the tag of a session, which is called
// locked.
func (q *request) check(c *session) error {
	if c.closed || c.offer == nil {
		return errNothing
	}
	return q.checkTag(c.tag)
}

// delete ends a session (whip.md 4.3).
func (q *request) delete(c *session) error {
	c.mu.Lock()
	err := q.check(c)
	c.mu.Unlock()
	if err != nil {
		return err
	}
	c.end(errors.New("deleted by the client"))
	<-c.ended
	q.w.WriteHeader(http.StatusOK)
	return nil
}

// patch brings candidates or restarts ICE (whip.md 4.4).
func (q *request) patch(c *session) error {
	c.mu.Lock()
	err := q.check(c)
	c.mu.Unlock()
	if err != nil {
		return err
	}
	// Without the lock, as the body may come slowly.
	text, err := q.body(mediaFragment)
	if err != nil {
		return err
	}
	f, err := parseFragment(text)
	if err != nil {
		return refuse(http.StatusBadRequest, "bad request")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := q.check(c); err != nil {
		return err
	}
	switch p := f.pair(); {
	case p == c.offer.pair:
		c.addCandidates(f)
		q.w.WriteHeader(http.StatusNoContent)
		return nil
	case !p.valid():
		return refuse(http.StatusBadRequest, "the fragment has no usable user fragment and password")
	}
	answer, err := c.restart(q.Context(), f)
	if errors.Is(err, rtpconn.ErrClosed) {
		return errNothing
	}
	if err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Content-Type", mediaFragment)
	h.Set("Etag", c.tag)
	h.Set("Cache-Control", "no-store")
	h.Set("Access-Control-Expose-Headers", "ETag")
	q.w.WriteHeader(http.StatusOK)
	_, _ = io.WriteString(q.w, answer.String())
	return nil
}
