package adminapi

import (
	"encoding/json"
	"errors"

	"galene/group"
)

// getGroups lists the groups (spec api.md 6.1).
func (q *request) getGroups() error {
	names, err := q.api.registry.Names()
	if err != nil {
		return err
	}
	return q.replyNames(names)
}

// getGroup reads the definition of a group (spec api.md 6.2).
func (q *request) getGroup() error {
	d, err := q.definition()
	if err != nil {
		return missingGroup(err)
	}
	s, err := q.groupState(d)
	if err != nil {
		return err
	}
	return q.replyTagged(d.Settings(), s.tag)
}

// missingGroup makes a group that cannot exist one that does not.
func missingGroup(err error) error {
	if errors.Is(err, group.ErrIllegalName) {
		return group.ErrNoGroup
	}
	return err
}

// groupState is the state of a group's definition.  Its keys count, though they
// are not shown.
func (q *request) groupState(d *group.Description) (state, error) {
	if d == nil {
		return state{}, nil
	}
	tag, err := q.api.tagOf(d.Settings(), d.AuthKeys)
	return state{exists: true, tag: tag}, err
}

// existing is groupState for what needs an existing group.
func (q *request) existing(d *group.Description) (state, error) {
	if d == nil {
		return state{}, group.ErrNoGroup
	}
	return q.groupState(d)
}

// putGroup creates or replaces a definition.
func (q *request) putGroup() error {
	var settings *group.Description
	return q.write(change{
		state: q.groupState,
		prepare: func() error {
			data, err := q.body(mediaJSON)
			if err != nil {
				return err
			}
			settings, err = group.ParseSettings(data)
			return err
		},
		apply: func(old *group.Description) (*group.Description, error) {
			return old.WithSettings(settings), nil
		},
	})
}

// patchGroup changes some members of a definition.
func (q *request) patchGroup() error {
	var patch []byte
	return missingGroup(q.write(change{
		state: q.existing,
		prepare: func() (err error) {
			patch, err = q.body(mediaPatch)
			return err
		},
		apply: func(old *group.Description) (*group.Description, error) {
			merged, err := mergePatch(old.Settings(), patch)
			if err != nil {
				return nil, err
			}
			settings, err := group.ParseSettings(merged)
			if err != nil {
				return nil, err
			}
			return old.WithSettings(settings), nil
		},
	}))
}

// goodbye is what members are told whose group is deleted.
const goodbye = "this group has been deleted"

// deleteGroup deletes a group, and what is of no use without it.
func (q *request) deleteGroup() error {
	name := q.target.group
	err := q.api.registry.DeleteDescription(name, func(old *group.Description) error {
		s, err := q.groupState(old)
		if err != nil {
			return err
		}
		s.exists = true // though perhaps malformed
		return q.check(s)
	})
	if err != nil {
		return missingGroup(err)
	}
	if _, err := q.api.registry.Describe(name); errors.Is(err, group.ErrNoGroup) {
		q.api.registry.Evict(name, goodbye)
		if err := q.api.registry.Tokens().DeleteGroup(name); err != nil {
			q.api.log.Error("tokens of a deleted group remain", "group", name, "error", err)
		}
	}
	q.written(false, "")
	return nil
}

// putKeys replaces the keys of a group (spec api.md 6.3).
func (q *request) putKeys() error {
	var keys []json.RawMessage
	return q.writeKeys(&keys, func() error {
		data, err := q.body(mediaKeys)
		if err != nil {
			return err
		}
		keys, err = group.ParseKeySet(data)
		return err
	})
}

// deleteKeys removes all keys of a group.
func (q *request) deleteKeys() error {
	return q.writeKeys(new([]json.RawMessage), nil)
}

func (q *request) writeKeys(keys *[]json.RawMessage, prepare func() error) error {
	return missingGroup(q.write(change{
		state: func(d *group.Description) (state, error) {
			s, err := q.existing(d)
			s.exists = err == nil && len(d.AuthKeys) > 0
			return s, err
		},
		prepare: prepare,
		always:  true,
		apply: func(old *group.Description) (*group.Description, error) {
			return old.WithAuthKeys(*keys), nil
		},
	}))
}
