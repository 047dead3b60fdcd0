package group

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// identity is what authorisation decides: who somebody is, and what they may do.
type identity struct {
	username    string
	permissions Permissions
	grant       grant
}

// authorise decides on somebody who wants to join the group described by desc
// (18.1).  It may take long, and looks at nothing but its arguments and files,
// with no group locked (W-24).
func (r *Registry) authorise(ctx context.Context, group string, desc *Description, cred Credentials, address string) (identity, error) {
	if cred.Token != "" {
		return r.authoriseToken(ctx, group, desc, cred, address)
	}
	if cred.Username == nil {
		return identity{}, needUsername()
	}
	username := *cred.Username
	who := newAttempt(address, group, username)
	if err := r.waitForTurn(ctx, who); err != nil {
		return identity{}, err
	}
	entry, err := r.checkPassword(ctx, desc, username, cred.Password)
	var refused *Error
	if errors.As(err, &refused) && refused.delay {
		r.throttle.failed(who)
	}
	if err != nil {
		return identity{}, err
	}
	r.throttle.succeeded(who)
	by := grantWildcard
	if desc.Users[username] != nil {
		by = grantUser
	}
	return identity{username, entry.permissions.expand(desc), by}, nil
}

// waitForTurn slows down whoever guesses (W-23).
func (r *Registry) waitForTurn(ctx context.Context, who attempt) error {
	wait, ok := r.throttle.reserve(who)
	if !ok {
		return busyError(errors.New("too many failed attempts"))
	}
	return sleep(ctx, wait)
}

// checkPassword finds the entry that admits a user (16.3).
func (r *Registry) checkPassword(ctx context.Context, desc *Description, username, password string) (*UserEntry, error) {
	entry, known := desc.Users[username]
	reason := "wrong password"
	if !known {
		entry, reason = desc.WildcardUser, "unknown user"
	}
	var hashed bool
	if entry != nil {
		ok, err := r.hasher.match(ctx, entry.Password, password)
		if ok {
			return entry, nil
		}
		hashed = entry.Password.expensive() && err == nil
		if errors.Is(err, ErrPassword) {
			if known {
				return nil, internalError(fmt.Errorf("user %q: %w", username, err))
			}
		} else if err != nil {
			return nil, matchError(err)
		}
	}
	if !hashed {
		// The time taken must not tell which users exist.
		_, err := r.hasher.match(ctx, desc.decoy, password)
		if err != nil && !errors.Is(err, ErrPassword) {
			return nil, matchError(err)
		}
	}
	return nil, notAuthorised(fmt.Errorf("%s %q", reason, truncate(username, maxUsername)))
}

// matchError converts an error of the hasher.
func matchError(err error) error {
	if errors.Is(err, errBusy) {
		return busyError(err)
	}
	return err
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
