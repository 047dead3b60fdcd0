package webserver

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// ToHTTPS returns a handler for a listener in clear text, which sends browsers to
// HTTPS: to canonicalHost, as long as it returns one, else to the host that they asked
// for, at the given port.  Requests below challengePrefix go to challenge (ACME,
// RFC 8555, 8.3).
func ToHTTPS(canonicalHost func() string, port, challengePrefix string, challenge http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, challengePrefix) {
			challenge(w, r)
			return
		}
		host := canonicalHost()
		if host == "" {
			host = atPort(r.Host, port)
		}
		if host == "" || r.URL.Path == "*" || !strings.HasPrefix(r.URL.Path, "/") {
			http.Error(w, "this address only leads to HTTPS, and cannot tell where from this request",
				http.StatusBadRequest)
			return
		}
		u := url.URL{Scheme: "https", Host: host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
		redirect(w, u.String(), http.StatusPermanentRedirect)
	})
}

// atPort replaces the port in a Host header; empty if there is no host.
func atPort(host, port string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	if host == "" {
		return ""
	}
	if port == "443" {
		if strings.Contains(host, ":") {
			return "[" + host + "]"
		}
		return host
	}
	return net.JoinHostPort(host, port)
}
