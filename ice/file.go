package ice

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/pion/stun/v4"
)

// Types of credentials.
const (
	typePassword = "password"
	typeHMACSHA1 = "hmac-sha1"
	typeOAuth    = "oauth"
)

var (
	errNoURLs         = errors.New("parse ICE server: no urls")
	errNotString      = errors.New("parse ICE server: credential is not a string")
	errNoCredential   = errors.New("parse ICE server: a TURN server needs a username and a credential")
	errCredentialType = errors.New("parse ICE server: unsupported credential type")
	errTooLarge       = errors.New("file is too large")
)

// fileEntry is one entry as it is in the file.
type fileEntry struct {
	URLs           []string        `json:"urls"`
	Username       string          `json:"username"`
	Credential     json.RawMessage `json:"credential"`
	CredentialType string          `json:"credentialType"`
}

// entry is one valid entry of the file.
type entry struct {
	urls           []string
	username       string
	credential     string
	credentialType string
}

// readFile reads the entries of a file.  Those that cannot be used are left
// out, and reported in bad.
func readFile(name string) (entries []entry, bad []error, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return nil, nil, err
	}
	if len(data) > maxFileSize {
		return nil, nil, errTooLarge
	}
	return parse(data)
}

// parse parses the contents of a file, an array of objects.
func parse(data []byte) (entries []entry, bad []error, err error) {
	var raws []json.RawMessage
	if err := json.Unmarshal(data, &raws); err != nil {
		return nil, nil, err
	}
	for i, raw := range raws {
		e, err := parseEntry(raw)
		if err != nil {
			bad = append(bad, fmt.Errorf("entry %d: %w", i+1, err))
			continue
		}
		entries = append(entries, e)
	}
	return entries, bad, nil
}

// parseEntry parses and checks one entry.  What it lets through is acceptable
// both to browsers and to our own peer connections, which reject the whole
// configuration because of one bad entry (S-43).  For that reason the type
// oauth, which browsers have given up, is refused too.
func parseEntry(raw []byte) (entry, error) {
	var j fileEntry
	if err := json.Unmarshal(raw, &j); err != nil {
		return entry{}, fmt.Errorf("parse ICE server: %w", err)
	}
	e := entry{urls: j.URLs, username: j.Username, credentialType: j.CredentialType}
	switch e.credentialType {
	case "":
		e.credentialType = typePassword
	case typePassword, typeHMACSHA1:
	case typeOAuth:
		return entry{}, fmt.Errorf("%w: browsers no longer support %s",
			errCredentialType, typeOAuth)
	default:
		return entry{}, fmt.Errorf("%w: %q", errCredentialType, e.credentialType)
	}
	if len(j.Credential) > 0 {
		if err := json.Unmarshal(j.Credential, &e.credential); err != nil {
			return entry{}, errNotString
		}
	}
	if len(e.urls) == 0 {
		return entry{}, errNoURLs
	}
	for _, u := range e.urls {
		uri, err := stun.ParseURI(u)
		if err != nil {
			return entry{}, fmt.Errorf("parse ICE server: %q: %w", u, err)
		}
		relay := uri.Scheme == stun.SchemeTypeTURN || uri.Scheme == stun.SchemeTypeTURNS
		if !relay {
			continue
		}
		// With a shared secret the username is never empty.
		if e.credential == "" || e.username == "" && e.credentialType == typePassword {
			return entry{}, errNoCredential
		}
	}
	if e.credentialType == typeHMACSHA1 && e.credential == "" {
		return entry{}, errNoCredential
	}
	return e, nil
}
