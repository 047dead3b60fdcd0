package group

import (
	"context"
	"errors"
	"fmt"

	"galene/group/token"
)

// authoriseToken decides on somebody who presents a token (AUTH-1 to AUTH-4).
func (r *Registry) authoriseToken(ctx context.Context, group string, desc *Description, cred Credentials, address string) (identity, error) {
	// Failures count for the address only: who guesses tokens guesses nobody's.
	who := newAttempt(address, group, "")
	who.user = ""
	if err := r.waitForTurn(ctx, who); err != nil {
		return identity{}, err
	}
	id, err := r.checkToken(group, desc, cred)
	var refused *Error
	if errors.As(err, &refused) && refused.delay {
		r.throttle.failed(who)
	}
	return id, err
}

// checkToken verifies a token of either sort.
func (r *Registry) checkToken(group string, desc *Description, cred Credentials) (identity, error) {
	config, err := r.Config()
	if err != nil {
		return identity{}, internalError(err)
	}
	var username string
	var permissions []string
	if token.Shaped(cred.Token) {
		id, err := token.Verifier{
			Keys: desc.AuthKeys, Host: config.CanonicalHost, Group: group,
			Logger: r.log, Now: r.options.Now,
		}.Verify(cred.Token)
		if err != nil {
			return identity{}, notAuthorised(err)
		}
		username, permissions = id.Username, id.Permissions
	} else {
		t, _, err := r.tokens.Get(cred.Token)
		if err != nil {
			return identity{}, notAuthorised(err)
		}
		if t.Username == nil && cred.Username == nil {
			return identity{}, needUsername()
		}
		if err := t.Check(group, r.options.Now()); err != nil {
			return identity{}, notAuthorised(err)
		}
		if t.Username != nil {
			username = *t.Username
		}
		permissions = t.Permissions
	}
	if username == "" && cred.Username != nil {
		username = *cred.Username
		if _, taken := desc.Users[username]; taken {
			return identity{}, &Error{
				ID: "duplicate-username", Text: "this username is taken",
				cause: fmt.Errorf("%q is in the description", username),
			}
		}
	}
	return identity{username: username, permissions: NewPermissions(permissions...)}, nil
}
