package whip

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"galene/ice"
	"galene/signalling"
)

const (
	mediaSDP      = "application/sdp"
	mediaFragment = "application/trickle-ice-sdpfrag"

	// maxBody is the greatest size of an offer or a fragment, in bytes.
	maxBody = 1 << 20
	// maxAge is how long a browser may remember the answer to OPTIONS, in
	// seconds.
	maxAge = "3600"
)

// crossOrigin says whether the page that makes the request may see the answer
// (http.md 4.3).
func (q *request) crossOrigin() {
	h := q.w.Header()
	h.Add("Vary", "Origin")
	origin := q.Header.Get("Origin")
	origins := signalling.Origins{
		Allow:         q.config.AllowOrigin,
		ProxyURL:      q.config.ProxyURL,
		CanonicalHost: q.config.CanonicalHost,
	}
	if origin != "" && origins.Accept(q.Request) {
		h.Set("Access-Control-Allow-Origin", origin)
	}
}

// links sets a Link header for each ICE server that clients may use (whip.md 5).
func (q *request) links() {
	if q.server.opts.ICEServers == nil {
		return
	}
	for _, link := range links(q.server.opts.ICEServers()) {
		q.w.Header().Add("Link", link)
	}
}

func links(servers []ice.Server) []string {
	var list []string
	for _, s := range servers {
		for _, u := range s.URLs {
			scheme, _, _ := strings.Cut(u, ":")
			link := "<" + u + `>; rel="ice-server"`
			switch strings.ToLower(scheme) {
			case "stun":
			case "turn", "turns":
				link += "; username=" + quoted(s.Username) +
					"; credential=" + quoted(s.Credential) +
					"; credential-type=" + quoted(s.CredentialType)
			default:
				continue
			}
			if !strings.ContainsFunc(link, isControl) {
				list = append(list, link)
			}
		}
	}
	return list
}

// quoted returns s as a quoted string of HTTP (W-60).
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// isControl says whether c cannot be in a header.
func isControl(c rune) bool { return c < ' ' || c == 0x7f }

// bearer returns the token of the request, or an empty string.
func bearer(r *http.Request) string {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// body reads the content, which must be of the given type; parameters of the type
// do not matter (weak spot 3).
func (q *request) body(mediaType string) (string, error) {
	got, _, err := mime.ParseMediaType(q.Header.Get("Content-Type"))
	if err != nil || got != mediaType {
		return "", &failure{
			status: http.StatusUnsupportedMediaType, text: "bad content type",
			header: http.Header{"Accept": {mediaType}},
		}
	}
	data, err := io.ReadAll(http.MaxBytesReader(q.w, q.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return "", refuse(http.StatusRequestEntityTooLarge, "Request body too large")
	case err != nil:
		return "", refuse(http.StatusBadRequest, "the body cannot be read")
	}
	return string(data), nil
}

// location returns the path of a session, as seen from outside (W-21, weak spot 6).
func (q *request) location(c *session) (string, error) {
	base := &url.URL{Path: "/"}
	if q.config.ProxyURL != "" {
		proxy, err := url.Parse(q.config.ProxyURL)
		if err != nil {
			return "", err
		}
		base.Path = "/" + strings.TrimPrefix(proxy.Path, "/")
	}
	name := (&url.URL{Path: q.group}).EscapedPath()
	return base.JoinPath("group", name, q.protocol.kind, c.secret).EscapedPath(), nil
}

// checkTag evaluates the preconditions of the request against an entity tag
// (whip.md 4.1, W-41).
func (q *request) checkTag(tag string) error {
	if lists := q.Header.Values("If-Match"); len(lists) > 0 && !tagIn(lists, tag) {
		return &failure{status: http.StatusPreconditionFailed}
	}
	if lists := q.Header.Values("If-None-Match"); len(lists) > 0 && tagIn(lists, tag) {
		return &failure{status: http.StatusPreconditionFailed}
	}
	return nil
}

func tagIn(lists []string, tag string) bool {
	for _, list := range lists {
		for member := range strings.SplitSeq(list, ",") {
			if member = strings.TrimSpace(member); member == "*" || member == tag {
				return true
			}
		}
	}
	return false
}
