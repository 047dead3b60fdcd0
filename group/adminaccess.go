package group

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"galene/group/token"
)

// ErrUnauthorised means that credentials do not allow an administrative request.
var ErrUnauthorised = errors.New("not authorised")

// Later is the error of a request that is to come again: somebody guesses
// passwords, or too many are being verified.
type Later struct {
	// After is how long to wait at least.
	After time.Duration
}

// Error says that it is too early.
func (e *Later) Error() string { return "too many attempts, try again later" }

// AdminCredentials are what comes with an administrative request: a token, or a
// username and a password.
type AdminCredentials struct {
	Username, Password string
	// Token is a stateful token or a JWT; if there is one, it decides.
	Token string
}

// AdminScope says what an administrative request is about.
type AdminScope struct {
	// Group is a group, which need not exist; empty is the whole server.
	Group string
	// User is the one whose own password suffices, because it is to be
	// changed; nil is nobody.
	User *string
}

// Administrator is somebody who may make an administrative request.
type Administrator struct {
	// Name is for the log: a username, or what sort of token was used.
	Name string
	// Server says that the whole server is administered.
	Server bool
}

// AuthoriseAdmin says who makes an administrative request, if that is somebody
// who may (spec api.md 2).  The error wraps ErrUnauthorised, is a *Later, or
// that of ctx.  It may take long, as passwords are verified.
func (r *Registry) AuthoriseAdmin(ctx context.Context, address string, cred AdminCredentials, scope AdminScope) (Administrator, error) {
	conf, err := r.Config()
	if err != nil {
		return Administrator{}, fmt.Errorf("%w: %w", ErrUnauthorised, err)
	}
	var desc *Description
	if scope.Group != "" {
		desc, err = r.Describe(scope.Group)
		if err != nil {
			desc = nil // only administrators of the server
		}
	}
	who := newAttempt(address, "\x00admin", cred.Username)
	if cred.Token != "" {
		who.user = ""
	}
	if wait := r.throttle.admit(who); wait > 0 {
		return Administrator{}, &Later{After: wait}
	}
	var admin Administrator
	if cred.Token != "" {
		admin, err = r.adminByToken(conf, desc, cred.Token, scope)
	} else {
		admin, err = r.adminByPassword(ctx, conf, desc, cred, scope)
	}
	switch {
	case err == nil:
		r.throttle.succeeded(who)
	case errors.Is(err, ErrUnauthorised):
		r.throttle.failed(who)
	case errors.Is(err, errBusy):
		err = &Later{After: time.Second}
	}
	return admin, err
}

// candidate is an entry that may admit somebody with a password.
type candidate struct {
	entry *UserEntry // nil if there is none
	decoy Password   // to verify in vain instead of the entry
	admin Administrator
	right bool // the entry allows what is asked for
}

// adminByPassword checks a username and a password.
func (r *Registry) adminByPassword(ctx context.Context, conf *Config, desc *Description, cred AdminCredentials, scope AdminScope) (Administrator, error) {
	entry := conf.Users[cred.Username]
	candidates := []candidate{{
		entry: entry, decoy: conf.decoy(), right: entry.administers(),
		admin: Administrator{Name: cred.Username, Server: true},
	}}
	if desc != nil {
		entry, named := desc.Users[cred.Username]
		if !named {
			entry = desc.WildcardUser
		}
		c := candidate{
			entry: entry, decoy: desc.decoy, right: entry.administers(),
			admin: Administrator{Name: cred.Username},
		}
		if !c.right && named && scope.User != nil && *scope.User == cred.Username {
			// Whoever knows no password has not shown to be the user.
			c.right = cred.Password != "" && entry.Password.kind != "wildcard"
		}
		candidates = append(candidates, c)
	}
	for _, c := range candidates {
		if !c.right {
			continue
		}
		ok, err := r.verify(ctx, c.entry.Password, cred.Password)
		if err != nil && !errors.Is(err, ErrPassword) {
			return Administrator{}, err
		}
		if ok {
			return c.admin, nil
		}
	}
	// The time taken must not tell which users exist.
	for _, c := range candidates {
		if c.right && c.entry.Password.expensive() {
			continue
		}
		_, err := r.hasher.match(ctx, c.decoy, cred.Password)
		if err != nil && !errors.Is(err, ErrPassword) {
			return Administrator{}, err
		}
	}
	return Administrator{}, ErrUnauthorised
}

// administers says whether the entry has the permission to administer.
func (u *UserEntry) administers() bool {
	return u != nil && u.Permissions().Has(PermAdmin)
}

// decoy returns a password that takes as long as that of an administrator.
func (c *Config) decoy() Password {
	for _, user := range c.Users {
		if user.Password.expensive() {
			return user.Password
		}
	}
	return Password{}
}

// verify says whether a password accepts s, if it can without the long
// computation.
func (r *Registry) verify(ctx context.Context, p Password, s string) (bool, error) {
	if !p.expensive() {
		return p.match(s)
	}
	if r.verified.knows(p, s) {
		return true, nil
	}
	ok, err := r.hasher.match(ctx, p, s)
	if ok {
		r.verified.remember(p, s)
	}
	return ok, err
}

// adminByToken checks a bearer token.
func (r *Registry) adminByToken(conf *Config, desc *Description, bearer string, scope AdminScope) (Administrator, error) {
	if token.Shaped(bearer) {
		if desc == nil {
			return Administrator{}, fmt.Errorf("%w: no keys for this token", ErrUnauthorised)
		}
		id, err := token.Verifier{
			Keys: desc.AuthKeys, Host: conf.CanonicalHost, Group: scope.Group,
			Logger: r.log, Now: r.options.Now,
		}.Verify(bearer)
		if err == nil && !slices.Contains(id.Permissions, PermAdmin) {
			err = errors.New("token without permission")
		}
		if err != nil {
			return Administrator{}, fmt.Errorf("%w: %w", ErrUnauthorised, err)
		}
		return Administrator{Name: tokenName("JWT", &id.Username)}, nil
	}
	t, _, err := r.tokens.Get(bearer)
	if err != nil {
		return Administrator{}, fmt.Errorf("%w: %w", ErrUnauthorised, err)
	}
	if !slices.Contains(t.Permissions, PermAdmin) {
		return Administrator{}, fmt.Errorf("%w: token without permission", ErrUnauthorised)
	}
	now := r.options.Now()
	if err = t.Check("", now); err == nil { // STK-1: a root token
		return Administrator{Name: tokenName("root token", t.Username), Server: true}, nil
	}
	if desc != nil {
		err = t.Check(scope.Group, now)
	}
	if err != nil {
		return Administrator{}, fmt.Errorf("%w: %w", ErrUnauthorised, err)
	}
	return Administrator{Name: tokenName("token", t.Username)}, nil
}

// tokenName names the holder of a token.
func tokenName(kind string, username *string) string {
	if username == nil || *username == "" {
		return kind
	}
	return kind + " of " + *username
}
