package adminapi

import (
	"errors"

	"galene/group"
)

// change is a change of a part of a definition.
type change struct {
	// state finds the part in a definition, which is nil if there is none;
	// its error is that of a part that does not exist.
	state func(old *group.Description) (state, error)
	// prepare reads the body, if there is one.
	prepare func() error
	// always says that the part is there even if it is empty, so that
	// nothing is ever created.
	always bool
	// apply makes the new definition.  It may be called more than once.
	apply func(old *group.Description) (*group.Description, error)
}

// write makes a change, and answers the request.
func (q *request) write(c change) error {
	first, err := q.definition()
	if err != nil && !errors.Is(err, group.ErrNoGroup) {
		return err
	}
	if err := q.precondition(c, first); err != nil {
		return err
	}
	if c.prepare != nil {
		if err := c.prepare(); err != nil {
			return err
		}
	}
	created := false
	next, err := q.api.registry.EditDescription(q.target.group,
		func(old *group.Description) (*group.Description, error) {
			if !q.admin.Server && (old == nil) != (first == nil) {
				// Whoever administers the group now was not asked.
				return nil, group.ErrConflict
			}
			if err := q.precondition(c, old); err != nil {
				return nil, err
			}
			s, err := c.state(old)
			created = !s.exists && !c.always
			if err != nil {
				return nil, err
			}
			return c.apply(old)
		})
	if err != nil {
		return err
	}
	s, err := c.state(next)
	if err != nil {
		s = state{} // the part has been deleted
	}
	q.written(created, s.tag)
	return nil
}

// precondition checks that what the request is about is there, and as the client
// wants it to be.
func (q *request) precondition(c change, d *group.Description) error {
	s, err := c.state(d)
	if err != nil {
		return err
	}
	return q.check(s)
}

// definition returns the group's own definition.
func (q *request) definition() (*group.Description, error) {
	return q.api.registry.DescriptionFile(q.target.group)
}
