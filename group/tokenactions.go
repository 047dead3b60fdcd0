package group

import (
	"encoding/json"
	"errors"
	"math"
	"time"

	"galene/group/token"
)

// tokenRequest is the value of a token action (TOK-2).
type tokenRequest struct {
	token       *string
	username    *string
	group       *string
	permissions []string // nil: absent
	expires     *time.Time
	notBefore   *time.Time
}

// tokenFailure is why a token action fails: the error and the value of the reply.
type tokenFailure struct{ id, text string }

func (f *tokenFailure) Error() string { return f.text }

func tokenError(text string) error { return &tokenFailure{"error", text} }

func tokenForbidden() error { return &tokenFailure{"not-authorised", "not authorised"} }

// parseTokenRequest reads the value of a token action.
func parseTokenRequest(value json.RawMessage, now time.Time) (tokenRequest, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(orNull(value), &members) != nil || members == nil {
		return tokenRequest{}, tokenError("bad token value")
	}
	var req tokenRequest
	for _, field := range []struct {
		key  string
		into **string
	}{{"token", &req.token}, {"username", &req.username}, {"group", &req.group}} {
		if json.Unmarshal(orNull(members[field.key]), field.into) != nil {
			return tokenRequest{}, tokenError("bad string value")
		}
	}
	var permissions []*string // a null in it is an error
	if json.Unmarshal(orNull(members["permissions"]), &permissions) != nil {
		return tokenRequest{}, tokenError("bad string list")
	}
	if permissions != nil {
		req.permissions = []string{}
	}
	for _, p := range permissions {
		if p == nil {
			return tokenRequest{}, tokenError("bad string list")
		}
		req.permissions = append(req.permissions, *p)
	}
	for _, field := range []struct {
		key  string
		into **time.Time
	}{{"expires", &req.expires}, {"not-before", &req.notBefore}} {
		t, err := parseTokenTime(orNull(members[field.key]), now)
		if err != nil {
			return tokenRequest{}, err
		}
		*field.into = t
	}
	return req, nil
}

// parseTokenTime reads an RFC 3339 time, or a number of milliseconds from now; null
// is none.
func parseTokenTime(value json.RawMessage, now time.Time) (*time.Time, error) {
	bad := tokenError("bad time value")
	if string(value) == "null" {
		return nil, nil
	}
	var t time.Time
	var s string
	var milliseconds float64
	switch {
	case json.Unmarshal(value, &s) == nil:
		var err error
		if t, err = time.Parse(time.RFC3339, s); err != nil {
			return nil, bad
		}
	case json.Unmarshal(value, &milliseconds) == nil:
		if math.Abs(milliseconds) > math.MaxInt64/2/float64(time.Millisecond) {
			return nil, bad
		}
		t = now.Add(time.Duration(milliseconds * float64(time.Millisecond))).Truncate(time.Millisecond)
	default:
		return nil, bad
	}
	t = t.UTC()
	if t.Year() < 0 || t.Year() > 9999 { // not RFC 3339
		return nil, bad
	}
	return &t, nil
}

// makeToken makes a stateful token (12.2).
func (m *Membership) makeToken(value json.RawMessage) error {
	return m.replyToken("token", func() (any, error) {
		g, now := m.group, m.group.now()
		if !m.Permissions().Has(PermToken) {
			return nil, tokenForbidden()
		}
		req, err := parseTokenRequest(value, now)
		if err != nil {
			return nil, err
		}
		switch {
		case req.token != nil && *req.token != "":
			return nil, tokenError("client specified token")
		case req.group == nil || *req.group != g.name:
			return nil, tokenError("wrong group in token")
		case req.expires == nil:
			return nil, tokenError("token doesn't expire")
		}
		if req.username != nil {
			if _, taken := g.Description().Users[*req.username]; taken {
				return nil, tokenError("that username is taken")
			}
		}
		if !m.Permissions().Includes(NewPermissions(req.permissions...)) {
			return nil, tokenForbidden()
		}
		issued := now.UTC().Truncate(time.Second)
		t := &token.Token{
			Token:       g.registry.newID(),
			Group:       g.name,
			Username:    req.username,
			Permissions: req.permissions,
			Expires:     req.expires,
			NotBefore:   req.notBefore,
			IssuedAt:    &issued,
		}
		if m.username != "" {
			t.IssuedBy = &m.username
		}
		if err := g.registry.tokens.Add(t); err != nil {
			return nil, m.storeError(err)
		}
		return t, nil
	})
}

// editToken changes the times of a stateful token of this group (12.3).
func (m *Membership) editToken(value json.RawMessage) error {
	return m.replyToken("token", func() (any, error) {
		g := m.group
		if !m.Permissions().Includes(NewPermissions(PermOp, PermToken)) {
			return nil, tokenForbidden()
		}
		req, err := parseTokenRequest(value, g.now())
		if err != nil {
			return nil, err
		}
		if req.group != nil && *req.group != "" || req.username != nil || req.permissions != nil {
			return nil, tokenError("this field cannot be edited")
		}
		if req.token == nil {
			return nil, tokenError(token.ErrNotExist.Error())
		}
		t, tag, err := g.registry.tokens.Get(*req.token)
		if err == nil && t.Group != g.name { // W-6
			err = token.ErrNotExist
		}
		if err != nil {
			return nil, m.storeError(err)
		}
		if req.expires != nil {
			t.Expires = req.expires
		}
		if req.notBefore != nil {
			t.NotBefore = req.notBefore
		}
		if err := g.registry.tokens.Update(t, tag); err != nil {
			return nil, m.storeError(err)
		}
		return t, nil
	})
}

// listTokens lists the stateful tokens of this group (12.4).
func (m *Membership) listTokens(json.RawMessage) error {
	return m.replyToken("tokenlist", func() (any, error) {
		if !m.Permissions().Includes(NewPermissions(PermOp, PermToken)) {
			return nil, tokenForbidden()
		}
		tokens, _, err := m.group.registry.tokens.List(m.group.name)
		if err != nil {
			return nil, m.storeError(err)
		}
		return tokens, nil
	})
}

// replyToken delivers the outcome of a token action (TOK-1).  The action runs with
// the group unlocked, as it reads and writes files.
func (m *Membership) replyToken(kind string, action func() (any, error)) error {
	reply := UserMessage{Kind: kind, Privileged: true}
	value, err := action()
	var failure *tokenFailure
	switch {
	case err == nil:
		reply.Value = value
	case errors.As(err, &failure):
		reply.Error, reply.Value = failure.id, failure.text
	default:
		return err
	}
	return m.act(func() error {
		m.deliver(reply)
		return nil
	})
}

// storeError converts an error of the token store.  What the client is told has no
// file names in it.
func (m *Membership) storeError(err error) error {
	for _, known := range []error{token.ErrNotExist, token.ErrTagMismatch, token.ErrTooMany} {
		if errors.Is(err, known) {
			return tokenError(known.Error())
		}
	}
	m.group.registry.log.Error("cannot store tokens", "group", m.group.name, "error", err)
	return tokenError("couldn't access tokens")
}
