package signalling

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Origins says which web pages may open a WebSocket, besides those that come
// from the very host that they connect to.
type Origins struct {
	// Allow lists origins, compared as whole strings without regard to
	// case; there are no wildcards (WS-8).
	Allow []string
	// ProxyURL is the public base URL of the server, or empty; origins
	// with its host are accepted (W-29).
	ProxyURL string
	// CanonicalHost is the public host of the server, with its port if
	// there is one, or empty; origins with that host are accepted (W-29).
	CanonicalHost string
}

// Accept reports whether a request may be upgraded, going by its Origin header
// (WS-6 to WS-9).
func (o Origins) Accept(r *http.Request) bool {
	values := r.Header["Origin"]
	if len(values) == 0 {
		return true
	}
	origin := values[0]
	for _, allowed := range o.Allow {
		if strings.EqualFold(origin, allowed) {
			return true
		}
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	if strings.EqualFold(u.Host, r.Host) {
		return true
	}
	if o.CanonicalHost != "" && strings.EqualFold(u.Host, o.CanonicalHost) {
		return true
	}
	if o.ProxyURL == "" {
		return false
	}
	proxy, err := url.Parse(o.ProxyURL)
	return err == nil && proxy.Host != "" && strings.EqualFold(u.Host, proxy.Host)
}

// upgradeTimeout bounds the writing of the response to an upgrade (WS-4).
const upgradeTimeout = 30 * time.Second

// readBufferSize is that of a connection, in bytes: most messages fit.
const readBufferSize = 1024

// writeBuffers are used by all connections in turn, since most have nothing to write.
var writeBuffers sync.Pool

// Upgrade turns a request into a WebSocket, to be passed to Server.ServeConn.
// If the request is not acceptable, Upgrade answers it with an HTTP error
// (WS-3) and returns the reason.  Safe for concurrent use.
func Upgrade(w http.ResponseWriter, r *http.Request, origins Origins) (*websocket.Conn, error) {
	upgrader := websocket.Upgrader{
		HandshakeTimeout: upgradeTimeout,
		CheckOrigin:      origins.Accept,
		ReadBufferSize:   readBufferSize,
		WriteBufferPool:  &writeBuffers,
	}
	if hijacker, ok := w.(http.Hijacker); ok {
		w = burstHijacker{w, hijacker}
	}
	return upgrader.Upgrade(w, r, nil)
}
