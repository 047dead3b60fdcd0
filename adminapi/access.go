package adminapi

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"galene/group"
)

// level says who may access a resource (spec api.md 2.1).
type level uint8

const (
	levelPublic level = iota // anybody
	levelServer              // who administers the server
	levelGroup               // who administers the group
	levelSelf                // who administers the group, and the user
)

// String names the level in documents.
func (l level) String() string {
	switch l {
	case levelPublic:
		return "anybody"
	case levelServer:
		return "server administrators"
	case levelGroup:
		return "group administrators"
	}
	return "group administrators, and the user"
}

// authorise finds out who makes the request, and refuses it unless that is
// somebody who may.
func (q *request) authorise(l level) error {
	if l == levelPublic {
		return nil
	}
	cred, ok := credentials(q.Request)
	if !ok {
		return unauthorised()
	}
	var scope group.AdminScope
	if l != levelServer {
		scope.Group = q.target.group
	}
	if l == levelSelf {
		scope.User = &q.target.user
	}
	admin, err := q.api.registry.AuthoriseAdmin(q.Context(), q.RemoteAddr, cred, scope)
	if errors.Is(err, group.ErrUnauthorised) {
		q.api.log.Debug("administrative request refused", "group", scope.Group, "reason", err)
		return unauthorised()
	}
	q.admin = admin
	return err
}

// unauthorised is the answer to missing or wrong credentials.
func unauthorised() error {
	return &failure{
		status: http.StatusUnauthorized, text: "Haha!", detail: "missing or wrong credentials",
		header: http.Header{"Www-Authenticate": {`basic realm="` + Prefix + `"`}},
	}
}

// credentials returns those in the Authorization header.
func credentials(r *http.Request) (group.AdminCredentials, bool) {
	if username, password, ok := r.BasicAuth(); ok {
		return group.AdminCredentials{Username: username, Password: password}, true
	}
	for element := range strings.SplitSeq(r.Header.Get("Authorization"), ",") {
		scheme, word, ok := strings.Cut(strings.TrimSpace(element), " ")
		if ok && strings.EqualFold(scheme, "bearer") && word != "" && !strings.ContainsAny(word, " \t") {
			return group.AdminCredentials{Token: word}, true
		}
	}
	return group.AdminCredentials{}, false
}

// retryAfter formats a duration for the header of that name, in seconds.
func retryAfter(d time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(d.Seconds()))))
}
