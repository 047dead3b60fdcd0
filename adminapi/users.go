package adminapi

import (
	"errors"
	"maps"
	"slices"

	"galene/group"
)

// effective returns the definition that the group follows: its own, or that of
// the group further up which makes it an automatic subgroup.
func (q *request) effective() (*group.Description, error) {
	d, err := q.definition()
	if errors.Is(err, group.ErrNoGroup) {
		d, err = q.api.registry.Describe(q.target.group)
	}
	return d, missingGroup(err)
}

// getUsers lists the users of a group (spec api.md 7.1).
func (q *request) getUsers() error {
	d, err := q.effective()
	if err != nil {
		return err
	}
	return q.replyNames(slices.Sorted(maps.Keys(d.Users)))
}

// entry returns the user entry that the request is about, or nil.
func (q *request) entry(d *group.Description) *group.UserEntry {
	switch q.resource.path {
	case pathWildcardUser, pathWildcardPassword:
		return d.WildcardUser
	}
	return d.Users[q.target.user]
}

// withEntry puts another entry into a definition; nil is none.
func (q *request) withEntry(d *group.Description, entry *group.UserEntry) *group.Description {
	switch q.resource.path {
	case pathWildcardUser, pathWildcardPassword:
		return d.WithWildcardUser(entry)
	}
	return d.WithUser(q.target.user, entry)
}

// errNoUser is the error of an entry that does not exist.
var errNoUser = notFound("no such user")

// userState is the state of an entry that need not exist in a group that does.
// The password counts, though it is not shown.
func (q *request) userState(d *group.Description) (state, error) {
	if d == nil {
		return state{}, group.ErrNoGroup
	}
	entry := q.entry(d)
	if entry == nil {
		return state{}, nil
	}
	tag, err := q.api.tagOf(entry)
	return state{exists: true, tag: tag}, err
}

// existingUser is userState for what needs an existing entry.
func (q *request) existingUser(d *group.Description) (state, error) {
	s, err := q.userState(d)
	if err == nil && !s.exists {
		err = errNoUser
	}
	return s, err
}

// getUser reads an entry.
func (q *request) getUser() error {
	d, err := q.effective()
	if err != nil {
		return err
	}
	s, err := q.existingUser(d)
	if err != nil {
		return err
	}
	return q.replyTagged(q.entry(d).WithPassword(group.Password{}), s.tag)
}

// putUser creates an entry, or replaces its permissions.
func (q *request) putUser() error {
	var entry *group.UserEntry
	return missingGroup(q.write(change{
		state: q.userState,
		prepare: func() error {
			data, err := q.body(mediaJSON)
			if err != nil {
				return err
			}
			entry, err = group.ParseUser(data)
			return err
		},
		apply: func(old *group.Description) (*group.Description, error) {
			if q.entry(old) == nil && !group.ValidUsername(q.target.user) {
				return nil, badRequest("illegal user name")
			}
			return q.withEntry(old, q.entry(old).WithPermissions(entry)), nil
		},
	}))
}

// patchUser changes the permissions of an entry.
func (q *request) patchUser() error {
	var patch []byte
	return missingGroup(q.write(change{
		state: q.existingUser,
		prepare: func() (err error) {
			patch, err = q.body(mediaPatch)
			return err
		},
		apply: func(old *group.Description) (*group.Description, error) {
			entry := q.entry(old)
			merged, err := mergePatch(entry.WithPassword(group.Password{}), patch)
			if err != nil {
				return nil, err
			}
			next, err := group.ParseUser(merged)
			if err != nil {
				return nil, err
			}
			return q.withEntry(old, entry.WithPermissions(next)), nil
		},
	}))
}

// deleteUser deletes an entry.
func (q *request) deleteUser() error {
	return missingGroup(q.write(change{
		state: q.existingUser,
		apply: func(old *group.Description) (*group.Description, error) {
			return q.withEntry(old, nil), nil
		},
	}))
}

// putPassword stores a password (spec api.md 7.2).
func (q *request) putPassword() error {
	var password group.Password
	return q.writePassword(&password, func() error {
		data, err := q.body(mediaJSON)
		if err != nil {
			return err
		}
		password, err = group.ParsePassword(data)
		return err
	})
}

// postPassword hashes and stores a password.
func (q *request) postPassword() error {
	if err := q.checkForgery(); err != nil {
		return err
	}
	var password group.Password
	return q.writePassword(&password, func() error {
		data, err := q.body(mediaText)
		if err != nil {
			return err
		}
		password, err = q.api.registry.HashPassword(q.Context(), string(data))
		return err
	})
}

// deletePassword removes a password.
func (q *request) deletePassword() error {
	return q.writePassword(new(group.Password), nil)
}

func (q *request) writePassword(password *group.Password, prepare func() error) error {
	return missingGroup(q.write(change{
		state: func(d *group.Description) (state, error) {
			s, err := q.existingUser(d)
			s.exists = err == nil && !q.entry(d).Password.IsZero()
			return s, err
		},
		prepare: prepare,
		always:  true,
		apply: func(old *group.Description) (*group.Description, error) {
			return q.withEntry(old, q.entry(old).WithPassword(*password)), nil
		},
	}))
}
