package webserver

import (
	"fmt"
	"net/http"
	"net/url"
)

// baseURL returns the URL of the server as the client of r sees it (spec
// http.md 4.2).  Each component that proxyURL has replaces that of the
// request, and its path always does.
func baseURL(r *http.Request, proxyURL string) (*url.URL, error) {
	base := &url.URL{Scheme: requestScheme(r), Host: r.Host}
	if proxyURL == "" {
		return base, nil
	}
	proxy, err := url.Parse(proxyURL)
	if err != nil {
		return nil, fmt.Errorf("proxyURL: %w", err)
	}
	if proxy.Scheme != "" {
		base.Scheme = proxy.Scheme
	}
	if proxy.Host != "" {
		base.Host = proxy.Host
	}
	base.Path = proxy.Path
	return base, nil
}

// groupURL returns the address of the page of a group (H-35).
func groupURL(base *url.URL, name string) string {
	return base.JoinPath("/group/", (&url.URL{Path: name}).EscapedPath(), "/").String()
}

// endpointURL returns the address of the WebSocket (H-35).
func endpointURL(base *url.URL) string {
	u := base.JoinPath("/ws")
	if u.Scheme == "http" {
		u.Scheme = "ws"
	} else {
		u.Scheme = "wss"
	}
	return u.String()
}
