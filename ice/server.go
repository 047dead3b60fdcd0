package ice

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"strconv"
	"time"
)

// credentialLifetime is how long time-limited credentials are valid.
const credentialLifetime = 24 * time.Hour

// RTCConfiguration is what a browser's RTCPeerConnection is constructed with
// (CONF-6).
type RTCConfiguration struct {
	ICEServers         []Server `json:"iceServers,omitempty"`
	ICETransportPolicy string   `json:"iceTransportPolicy,omitempty"`
}

// A Server is one ICE server as clients see it.
type Server struct {
	URLs           []string `json:"urls"`
	Username       string   `json:"username,omitempty"`
	Credential     string   `json:"credential,omitempty"`
	CredentialType string   `json:"credentialType"`
}

// server returns the server that e describes, with credentials that are valid
// from now on.
func (e entry) server(now time.Time) Server {
	s := Server{
		URLs:           e.urls,
		Username:       e.username,
		Credential:     e.credential,
		CredentialType: typePassword,
	}
	if e.credentialType == typeHMACSHA1 {
		s.Username, s.Credential = timeLimited(e.username, e.credential, now)
	}
	return s
}

// timeLimited derives a user name and a password from a shared secret (spec
// server-cli.md 4.2).  The secret itself is never handed out.
func timeLimited(username, secret string, now time.Time) (name, password string) {
	name = strconv.FormatInt(now.Add(credentialLifetime).Unix(), 10)
	if username != "" {
		name += ":" + username
	}
	return name, signature(secret, name)
}

// signature returns the password that belongs to a time-limited user name.
func signature(secret, name string) string {
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(name))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
