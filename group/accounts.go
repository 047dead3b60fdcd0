package group

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"unicode/utf8"

	"golang.org/x/crypto/bcrypt"

	"galene/group/token"
)

// Bounds on passwords that come from outside.  Verifying one must not take the
// server more than a few seconds.
const (
	maxBcryptCost   = 15
	maxIterations   = 5_000_000
	maxPBKDF2Key    = 64 // bytes
	maxPasswordSize = 72 // bytes, of bcrypt
	defaultCost     = 10 // of bcrypt
)

// MaxPermissions is how many permissions may be granted from outside at a time.
const MaxPermissions = 100

// WithUser returns the description with another entry for a user; nil is none.
func (d *Description) WithUser(name string, entry *UserEntry) *Description {
	next := *d
	next.Users = maps.Clone(d.Users)
	switch {
	case entry == nil:
		delete(next.Users, name)
	case next.Users == nil:
		next.Users = map[string]*UserEntry{name: entry}
	default:
		next.Users[name] = entry
	}
	return &next
}

// WithWildcardUser returns the description with another entry for everybody
// else; nil is none.
func (d *Description) WithWildcardUser(entry *UserEntry) *Description {
	next := *d
	next.WildcardUser = entry
	return &next
}

// WithAuthKeys returns the description with other keys.
func (d *Description) WithAuthKeys(keys []json.RawMessage) *Description {
	next := *d
	next.AuthKeys = keys
	return &next
}

// WithPassword returns the entry with another password.
func (u *UserEntry) WithPassword(p Password) *UserEntry {
	return &UserEntry{Password: p, permissions: u.permissions}
}

// WithPermissions returns the permissions of v with the password of u, which may
// be nil.
func (u *UserEntry) WithPermissions(v *UserEntry) *UserEntry {
	next := &UserEntry{permissions: v.permissions}
	if u != nil {
		next.Password = u.Password
	}
	return next
}

// ParseUser reads a user entry that comes from outside.  Unknown keys are
// ignored, and a password is refused.  The error is an *InvalidError.
func ParseUser(data []byte) (*UserEntry, error) {
	document, err := parseDocument(data)
	if err != nil {
		return nil, invalidContent(data, err)
	}
	if document.null() {
		return &UserEntry{}, nil
	}
	u := &UserEntry{}
	err = document.members(func(key string, keyOffset int, value jsonValue) (err error) {
		switch key {
		case "password":
			var p Password
			if p, err = parsePassword(value); err == nil && !p.IsZero() {
				err = errorAt(keyOffset, "the password cannot be set here")
			}
		case "permissions":
			var list []json.RawMessage
			if json.Unmarshal(value.raw, &list) == nil && len(list) > MaxPermissions {
				return errorAt(value.offset, "more than %d permissions", MaxPermissions)
			}
			u.permissions, err = parsePermissions(value)
		}
		return err
	})
	var unknown unknownSet
	if errors.As(err, &unknown) {
		return nil, invalid("unknown permission %q", truncate(string(unknown), maxUsername))
	}
	if err != nil {
		return nil, invalidContent(data, err)
	}
	return u, nil
}

// ParsePassword reads a password that comes from outside.  Unknown types are
// taken as they are, though they accept nothing.  The error is an *InvalidError.
func ParsePassword(data []byte) (Password, error) {
	document, err := parseDocument(data)
	if err != nil {
		return Password{}, invalidContent(data, err)
	}
	p, err := parsePassword(document)
	if err != nil {
		return Password{}, invalidContent(data, err)
	}
	switch {
	case p.kind == "pbkdf2" && p.hash != "sha-256":
		return p, nil
	case p.kind == "pbkdf2" && p.iterations > maxIterations:
		return Password{}, invalid("more than %d iterations", maxIterations)
	case p.kind == "pbkdf2" && p.key != nil && len(*p.key) > 2*maxPBKDF2Key:
		return Password{}, invalid("the key has more than %d bytes", maxPBKDF2Key)
	case p.kind == "bcrypt" && p.key != nil:
		if cost, err := bcrypt.Cost([]byte(*p.key)); err == nil && cost > maxBcryptCost {
			return Password{}, invalid("the cost is greater than %d", maxBcryptCost)
		}
	}
	if slices.Contains([]string{"plain", "pbkdf2", "bcrypt"}, p.kind) {
		if err := p.check(); err != nil {
			return Password{}, invalid("%v", err)
		}
	}
	return p, nil
}

// HashPassword makes the entry for a password in clear.  It takes long, as at
// most as many are computed at a time as there are processors.  The error is an
// *InvalidError, a *Later, or that of ctx.
func (r *Registry) HashPassword(ctx context.Context, s string) (Password, error) {
	switch {
	case s == "":
		return Password{}, invalid("the password is empty")
	case len(s) > maxPasswordSize:
		return Password{}, invalid("the password has more than %d bytes", maxPasswordSize)
	case !utf8.ValidString(s):
		return Password{}, invalid("the password is not UTF-8")
	}
	var hash []byte
	err := r.hasher.run(ctx, func() (err error) {
		hash, err = bcrypt.GenerateFromPassword([]byte(s), r.options.PasswordCost)
		return err
	})
	if errors.Is(err, errBusy) {
		return Password{}, &Later{After: hashTimeout}
	}
	if err != nil {
		return Password{}, err
	}
	key := string(hash)
	return Password{kind: "bcrypt", key: &key}, nil
}

// ParseKeySet reads a JWK set (RFC 7517, 5), all of whose keys must be usable.
// The error is an *InvalidError.
func ParseKeySet(data []byte) ([]json.RawMessage, error) {
	document, err := parseDocument(data)
	if err != nil {
		return nil, invalidContent(data, err)
	}
	if document.null() {
		return nil, nil
	}
	var keys []json.RawMessage
	err = document.members(func(name string, _ int, value jsonValue) error {
		if name != "keys" || value.null() {
			return nil
		}
		keys = nil
		return value.elements(func(key jsonValue) error {
			if key.raw[0] != '{' {
				return errorAt(key.offset, "a key is not an object")
			}
			if err := token.CheckKey(key.raw); err != nil {
				return errorAt(key.offset, "unusable key: %w", err)
			}
			keys = append(keys, key.raw)
			return nil
		})
	})
	if err != nil {
		return nil, invalidContent(data, err)
	}
	return keys, nil
}
