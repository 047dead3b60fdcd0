package adminapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// state is what preconditions are about (spec api.md 4).
type state struct {
	exists bool
	tag    string // entity tag with its quotes, empty if there is none
}

// tagOf returns the entity tag of a value: a code of its content, so that only a
// change of this very object changes it.  It is made with a key that ends with
// the process, as the content may include passwords.
func (a *API) tagOf(values ...any) (string, error) {
	b, err := json.Marshal(values)
	if err != nil {
		return "", fmt.Errorf("entity tag: %w", err)
	}
	mac := hmac.New(sha256.New, a.tagKey)
	mac.Write(b)
	return `"` + hex.EncodeToString(mac.Sum(nil)[:16]) + `"`, nil
}

// matches says whether one of the members of a list of entity tags matches
//
func (s state) matches(lists []string) bool {
	for _, list := range lists {
		for member := range strings.SplitSeq(list, ",") {
			member = strings.TrimSpace(member)
			if member == "*" && s.exists || s.tag != "" && member == s.tag {
				return true
			}
		}
	}
	return false
}

// check evaluates the preconditions of the request.  The error has
// no body.
func (q *request) check(s state) error {
	reading := q.Method == http.MethodGet || q.Method == http.MethodHead
	header := http.Header{}
	if reading && s.tag != "" {
		header.Set("Etag", s.tag)
	}
	if lists := q.Header.Values("If-Match"); len(lists) > 0 && !s.matches(lists) {
		return &failure{status: http.StatusPreconditionFailed, header: header}
	}
	if lists := q.Header.Values("If-None-Match"); len(lists) > 0 && s.matches(lists) {
		if reading {
			return &failure{status: http.StatusNotModified, header: header}
		}
		return &failure{status: http.StatusPreconditionFailed, header: header}
	}
	return nil
}
