package ice

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/pion/stun/v4"
)

// Types of credentials.
const (
	typePassword = "password"
	typeHMACSHA1 = "hmac-sha1"
	typeOAuth    = "oauth"
)

var (
	errNotObject      = errors.New("parse ICE server: not an object")
	errWrongType      = errors.New("parse ICE server: wrong type")
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
	offset         int // in the file, in bytes
}

// readFile reads the content of a file.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFileSize {
		return nil, errTooLarge
	}
	return data, nil
}

// badEntry is an entry of the file that cannot be used.
type badEntry struct {
	number int // from 1
	offset int // in the file, in bytes
	err    error
}

// parse parses the content of a file, an array of objects.  Entries that cannot be
// used are left out, and reported in bad.
func parse(data []byte) (entries []entry, bad []badEntry, err error) {
	var raws []json.RawMessage
	if err := json.Unmarshal(data, &raws); err != nil {
		return nil, nil, err
	}
	offsets := elements(data)
	for i, raw := range raws {
		e, err := parseEntry(raw)
		if err != nil {
			bad = append(bad, badEntry{number: i + 1, offset: offsets[i], err: err})
			continue
		}
		e.offset = offsets[i]
		entries = append(entries, e)
	}
	return entries, bad, nil
}

// elements returns where the elements of a well-formed array begin, in bytes; it is
// empty for null.
func elements(data []byte) (offsets []int) {
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('[') {
		return nil
	}
	for dec.More() {
		start := int(dec.InputOffset())
		for strings.IndexByte(" \t\r\n,", data[start]) >= 0 {
			start++
		}
		offsets = append(offsets, start)
		var raw json.RawMessage
		if dec.Decode(&raw) != nil {
			break // never: the array is well-formed
		}
	}
	return offsets
}

// parseEntry parses and checks one entry.  What it lets through is acceptable
// both to browsers and to our own peer connections, which reject the whole
// configuration because of one bad entry (S-43).  For that reason the type
// oauth, which browsers have given up, is refused too.
func parseEntry(raw []byte) (entry, error) {
	var j fileEntry
	err := json.Unmarshal(raw, &j)
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong) && wrong.Field == "":
		return entry{}, errNotObject
	case errors.As(err, &wrong):
		return entry{}, fmt.Errorf("%w: %s is a %s", errWrongType, wrong.Field, wrong.Value)
	case err != nil:
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
		if !isRelay(uri) {
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

// isRelay says whether a URL is that of a TURN server.
func isRelay(uri *stun.URI) bool {
	return uri.Scheme == stun.SchemeTypeTURN || uri.Scheme == stun.SchemeTypeTURNS
}
