package whip

import (
	"errors"
	"io"
	"net/http"

	"galene/group"
)

// serveEndpoint answers a request to the end point, which makes sessions (whip.md
// 3).
func (q *request) serveEndpoint() error {
	_, err := q.server.opts.Registry.Describe(q.group)
	if errors.Is(err, group.ErrNoGroup) || errors.Is(err, group.ErrIllegalName) {
		return errNothing
	}
	if err != nil {
		return err
	}
	q.crossOrigin()
	switch q.Method {
	case http.MethodOptions:
		q.describeEndpoint()
		return nil
	case http.MethodPost:
		return q.post()
	}
	return methodNotAllowed("OPTIONS, POST")
}

// describeEndpoint answers OPTIONS (whip.md 3.2).
func (q *request) describeEndpoint() {
	h := q.w.Header()
	h.Set("Allow", "OPTIONS, POST")
	h.Set("Accept-Post", mediaSDP)
	h.Set("Accept-Patch", mediaFragment)
	h.Set("Access-Control-Allow-Methods", "OPTIONS, POST")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
	h.Set("Access-Control-Expose-Headers", "Link")
	h.Set("Access-Control-Max-Age", maxAge)
	q.links()
	q.w.WriteHeader(http.StatusOK)
}

// post makes a session (whip.md 3.3).
func (q *request) post() error {
	text, err := q.body(mediaSDP)
	if err != nil {
		return err
	}
	c := q.newSession()
	location, err := q.location(c)
	if err != nil {
		return err
	}
	if err := q.server.add(c); err != nil {
		return err
	}
	answer, tag, err := q.begin(c, text)
	if err != nil {
		// Nothing must be left when the client reads the answer.
		c.end(err)
		<-c.ended
		return err
	}
	h := q.w.Header()
	h.Set("Content-Type", mediaSDP)
	h.Set("Location", location)
	h.Set("Etag", tag)
	h.Set("Accept-Patch", mediaFragment)
	h.Set("Cache-Control", "no-store")
	h.Set("Access-Control-Expose-Headers", "Location, Content-Type, Link, ETag")
	q.links()
	q.w.WriteHeader(http.StatusCreated)
	if _, err := io.WriteString(q.w, answer); err != nil {
		c.end(err)
	}
	return nil
}

// begin joins the group and answers the offer.
func (q *request) begin(c *session, text string) (answer, tag string, err error) {
	if err := c.join(q.Context(), q.credentials(c)); err != nil {
		return "", "", err
	}
	return c.start(q.Context(), text)
}

// credentials are those that the client joins with: a token (W-10), or a password
// (weak spot 8), and the username that comes with either, else the one in the URL,
// else a fixed one (W-11).
func (q *request) credentials(c *session) group.Credentials {
	cred := group.Credentials{Token: c.token}
	username := q.protocol.username
	if name := q.URL.Query().Get("username"); name != "" {
		username = name
	}
	if name, password, ok := q.BasicAuth(); ok {
		username, cred.Password = name, password
	}
	cred.Username = &username
	return cred
}
