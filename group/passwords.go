package group

import (
	"context"
	"errors"
)

// CheckPassword returns what a user of a group, or whoever the wildcard user
// stands for, may do (H-90).  The group need not be loaded, and nobody joins.
// Address is the peer's, with its port.
//
// It blocks like Join, and its errors are those of Join.
func (r *Registry) CheckPassword(ctx context.Context, name, username, password, address string) (Permissions, error) {
	desc, err := r.Describe(name)
	if err != nil {
		return Permissions{}, joinError(err)
	}
	cred := Credentials{Username: &username, Password: password}
	who, err := r.authorise(ctx, name, desc, cred, address)
	if err != nil {
		var refused *Error
		if errors.As(err, &refused) && refused.delay {
			if err := sleep(ctx, failureDelay); err != nil {
				return Permissions{}, err
			}
		}
		return Permissions{}, err
	}
	return who.permissions, nil
}
