// Package token implements the two sorts of tokens that admit to a group (spec
// 18.2 and 18.3): stateful ones, which are kept in a Store, and cryptographic
// ones, JSON Web Tokens (RFC 7519), which Verify checks against the keys of a
// group (RFC 7517).
//
// A Store's mutex is held while its file is read and written: do not call it with
// a group locked.  The package starts no goroutine.
package token

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// Errors of this package.
var (
	// ErrNotExist means that there is no such token.
	ErrNotExist = errors.New("no such token")
	// ErrTagMismatch means that the tokens have changed since the tag was
	// read (STK-9).
	ErrTagMismatch = errors.New("tag mismatch")
	// ErrUnusable means that a token does not admit to the group, or not now.
	ErrUnusable = errors.New("unusable token")
	// ErrMalformed means that the token file has malformed lines, and
	// therefore cannot be rewritten.
	ErrMalformed = errors.New("token file has malformed lines")
	// ErrTooMany means that a group has too many tokens.
	ErrTooMany = errors.New("too many tokens")
)

// Token is a stateful token.  Tokens in a Store are immutable.
type Token struct {
	Token            string     `json:"token"`
	Group            string     `json:"group"`
	IncludeSubgroups bool       `json:"includeSubgroups,omitempty"`
	Username         *string    `json:"username,omitempty"`
	Permissions      []string   `json:"permissions"`
	Expires          *time.Time `json:"expires,omitempty"`
	NotBefore        *time.Time `json:"not-before,omitempty"`
	IssuedAt         *time.Time `json:"issuedAt,omitempty"`
	IssuedBy         *string    `json:"issuedBy,omitempty"`
}

// Clone returns a deep copy.
func (t *Token) Clone() *Token {
	c := *t
	c.Username = clone(t.Username)
	c.Permissions = slices.Clone(t.Permissions)
	c.Expires = clone(t.Expires)
	c.NotBefore = clone(t.NotBefore)
	c.IssuedAt = clone(t.IssuedAt)
	c.IssuedBy = clone(t.IssuedBy)
	return &c
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// Matches says whether the token is for the group (STK-1).
func (t *Token) Matches(group string) bool {
	if t.IncludeSubgroups {
		return t.Group == "" || group == t.Group || strings.HasPrefix(group, t.Group+"/")
	}
	return t.Group != "" && group == t.Group
}

// Check returns an error wrapping ErrUnusable unless the token admits to the group
// at the given time (STK-1, STK-2).
func (t *Token) Check(group string, now time.Time) error {
	switch {
	case !t.Matches(group):
		return unusable("token is for another group")
	case t.Expires == nil:
		return unusable("token has no expiry")
	case !now.Before(*t.Expires):
		return unusable("token has expired")
	case t.NotBefore != nil && now.Before(*t.NotBefore):
		return unusable("token is not valid yet")
	}
	return nil
}

// compare orders tokens by expiry, those that never expire first (TOK-8).
func compare(a, b *Token) int {
	switch {
	case a.Expires == nil && b.Expires == nil:
		return strings.Compare(a.Token, b.Token)
	case a.Expires == nil:
		return -1
	case b.Expires == nil:
		return 1
	}
	if c := a.Expires.Compare(*b.Expires); c != 0 {
		return c
	}
	return strings.Compare(a.Token, b.Token)
}
