package adminapi

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"galene/group"
	"galene/group/token"
)

// maxTokenEdits is how often a change of a token is tried if other tokens change
// meanwhile.
const maxTokenEdits = 10

// newToken makes the name of a token: 8 random bytes.
func newToken() string {
	b := make([]byte, 8)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// needGroup refuses tokens of groups that do not exist.
func (q *request) needGroup() error {
	if q.target.group == "" {
		return nil
	}
	_, err := q.api.registry.Describe(q.target.group)
	return missingGroup(err)
}

// getTokens lists the tokens that are bound to exactly this group.
func (q *request) getTokens() error {
	if err := q.needGroup(); err != nil {
		return err
	}
	list, _, err := q.api.registry.Tokens().List(q.target.group)
	if err != nil {
		return err
	}
	names := []string{}
	for _, t := range list {
		names = append(names, t.Token)
	}
	return q.reply(names)
}

// errNoToken is the error of a token that does not exist, or not here.
var errNoToken = notFound("no such token")

// find returns the token that the request is about, its state, and the tag of the
// set of tokens.  If there is none, the token is nil.
func (q *request) find() (t *token.Token, s state, set string, err error) {
	t, set, err = q.api.registry.Tokens().Get(q.target.token)
	if errors.Is(err, token.ErrNotExist) {
		return nil, state{}, "", nil
	}
	if err != nil {
		return nil, state{}, "", err
	}
	tag, err := q.api.tagOf(t)
	return t, state{exists: true, tag: tag}, set, err
}

// findHere is find for a token that has to exist in this group.
func (q *request) findHere() (*token.Token, state, string, error) {
	t, s, set, err := q.find()
	if err == nil && (t == nil || t.Group != q.target.group) {
		err = errNoToken
	}
	return t, s, set, err
}

// getToken reads a token.
func (q *request) getToken() error {
	if err := q.needGroup(); err != nil {
		return err
	}
	t, s, _, err := q.findHere()
	if err != nil {
		return err
	}
	return q.replyTagged(anonymous(t), s.tag)
}

// anonymous returns a token without what the URL says.
func anonymous(t *token.Token) *token.Token {
	t = t.Clone()
	t.Token, t.Group = "", ""
	return t
}

// parseToken reads a token that comes from outside.
func parseToken(data []byte) (*token.Token, error) {
	t := &token.Token{}
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(t); err != nil {
		return nil, decodeError(err)
	}
	switch {
	case t.Token != "" || t.Group != "":
		return nil, badRequest("overspecified token")
	case t.Username != nil && !group.ValidUsername(*t.Username):
		return nil, badRequest("illegal user name")
	case len(t.Permissions) > group.MaxPermissions:
		return nil, badRequest("too many permissions")
	}
	if _, err := json.Marshal(t); err != nil {
		return nil, badRequest("a time cannot be expressed in RFC 3339")
	}
	return t, nil
}

// postToken creates a token.
func (q *request) postToken() error {
	if err := q.needGroup(); err != nil {
		return err
	}
	body, err := q.body(mediaJSON)
	if err != nil {
		return err
	}
	t, err := parseToken(body)
	if err != nil {
		return err
	}
	t.Token, t.Group = q.api.newToken(), q.target.group
	tag, err := q.api.tagOf(t)
	if err != nil {
		return err
	}
	q.api.writingTokens.Lock()
	defer q.api.writingTokens.Unlock()
	if err := q.api.registry.Tokens().Add(t); err != nil {
		return err
	}
	q.w.Header().Set("Location", url.PathEscape(t.Token))
	q.written(true, tag)
	return nil
}

// putToken creates or replaces a token.
func (q *request) putToken() error {
	return q.writeToken(true, func(old *token.Token) error {
		if old != nil && old.Group != q.target.group {
			return conflict("token exists in different group")
		}
		if old == nil && !tokenName(q.target.token) {
			return badRequest("this cannot be the name of a token")
		}
		return nil
	}, mediaJSON, func(_ *token.Token, body []byte) (*token.Token, error) {
		return parseToken(body)
	})
}

// patchToken changes some members of a token.
func (q *request) patchToken() error {
	return q.writeToken(false, q.here, mediaPatch, func(old *token.Token, body []byte) (*token.Token, error) {
		merged, err := mergePatch(anonymous(old), body)
		if err != nil {
			return nil, err
		}
		return parseToken(merged)
	})
}

// deleteToken deletes a token.
func (q *request) deleteToken() error {
	return q.writeToken(false, q.here, "", nil)
}

// here says that a token has to be one of this group.
func (q *request) here(old *token.Token) error {
	if old == nil || old.Group != q.target.group {
		return errNoToken
	}
	return nil
}

// writeToken changes the token that the request is about: to what edit makes of
// it and the body, or, if that is nil, to none.  Admit says whether the token may
// be changed, where nil is one that does not exist.
func (q *request) writeToken(create bool, admit func(*token.Token) error, mediaType string, edit func(*token.Token, []byte) (*token.Token, error)) error {
	if err := q.needGroup(); err != nil {
		return err
	}
	precondition := func() (*token.Token, string, error) {
		old, s, set, err := q.find()
		if err == nil {
			err = admit(old)
		}
		if err == nil {
			err = q.check(s)
		}
		return old, set, err
	}
	if _, _, err := precondition(); err != nil {
		return err
	}
	var body []byte
	if edit != nil {
		var err error
		if body, err = q.body(mediaType); err != nil {
			return err
		}
	}
	q.api.writingTokens.Lock()
	defer q.api.writingTokens.Unlock()
	for range maxTokenEdits {
		old, set, err := precondition()
		if err != nil {
			return err
		}
		var next *token.Token
		if edit != nil {
			if next, err = edit(old, body); err != nil {
				return err
			}
			next.Token, next.Group = q.target.token, q.target.group
		}
		if err = q.store(old, next, set); errors.Is(err, token.ErrTagMismatch) || errors.Is(err, token.ErrNotExist) {
			continue // somebody else was quicker
		}
		if err != nil {
			return err
		}
		tag := ""
		if next != nil {
			if tag, err = q.api.tagOf(next); err != nil {
				return err
			}
		}
		q.written(create && old == nil, tag)
		return nil
	}
	return &failure{status: http.StatusPreconditionFailed}
}

// store replaces a token by another, where nil is none.
func (q *request) store(old, next *token.Token, set string) error {
	tokens := q.api.registry.Tokens()
	switch {
	case old == nil:
		return tokens.Add(next)
	case next == nil:
		return tokens.Delete(old.Token, set)
	}
	return tokens.Update(next, set)
}

// maxTokenName is the length of the name of a token, in bytes.
const maxTokenName = 256

// tokenName says whether s may become a token: what can be a bearer token (RFC
// 6750, 2.1), and cannot be mistaken for a JWT.
func tokenName(s string) bool {
	if s == "" || len(s) > maxTokenName || strings.HasPrefix(s, ".") || token.Shaped(s) {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune(
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+=", r)
	})
}
