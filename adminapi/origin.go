package adminapi

import (
	"net/http"

	"galene/group"
	"galene/signalling"
)

// preflightAge is for how long a browser may remember what it is allowed, in
// seconds.
const preflightAge = "600"

// crossOrigin sets the headers that tell browsers which pages of other origins
// may make requests.
func (q *request) crossOrigin() {
	h := q.w.Header()
	h.Add("Vary", "Origin")
	h.Set("X-Content-Type-Options", "nosniff")
	if origin := q.Header.Get("Origin"); origin != "" && q.acceptsOrigin() {
		h.Set("Access-Control-Allow-Origin", origin)
	}
	if q.Method != http.MethodOptions {
		h.Set("Access-Control-Expose-Headers", "ETag, Location, Retry-After")
		return
	}
	h.Set("Access-Control-Allow-Methods", "OPTIONS, "+q.resource.announced())
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, If-None-Match")
	h.Set("Access-Control-Max-Age", preflightAge)
}

// acceptsOrigin says whether the request comes from a page of this server or of
// an origin that the configuration allows, or from no page at all.
func (q *request) acceptsOrigin() bool {
	conf, err := q.api.registry.Config()
	if err != nil {
		conf = &group.Config{}
	}
	return signalling.Origins{
		Allow:         conf.AllowAdminOrigin,
		ProxyURL:      conf.ProxyURL,
		CanonicalHost: conf.CanonicalHost,
	}.Accept(q.Request)
}

// checkForgery refuses a request that a page of another origin might have made
// without asking: the one with a body in plain text, which a form can send with
// the credentials that the browser remembers.  All others need a preflight.
func (q *request) checkForgery() error {
	foreign := !q.acceptsOrigin()
	if q.Header.Get("Origin") == "" {
		switch q.Header.Get("Sec-Fetch-Site") {
		case "cross-site", "same-site":
			foreign = true
		}
	}
	if foreign {
		return &failure{
			status: http.StatusForbidden,
			text:   "this request comes from a page of another origin, which allowAdminOrigin does not list",
		}
	}
	return nil
}
