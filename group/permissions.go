package group

import (
	"encoding/json"
	"slices"
)

// The individual permissions (spec 8.1).
const (
	PermOp      = "op"
	PermPresent = "present"
	PermMessage = "message"
	PermCaption = "caption"
	PermToken   = "token"
	PermRecord  = "record"
	PermAdmin   = "admin"
	PermSystem  = "system"
)

// Permissions is an immutable set of permissions (W-3).  The zero value is the
// empty set.  Unknown names are carried along.
type Permissions struct {
	names []string // never modified
}

// NewPermissions returns the set of the given names.
func NewPermissions(names ...string) Permissions {
	set := make([]string, 0, len(names))
	for _, name := range names {
		if !slices.Contains(set, name) {
			set = append(set, name)
		}
	}
	return Permissions{names: set}
}

// Has says whether the set contains name.
func (p Permissions) Has(name string) bool {
	return slices.Contains(p.names, name)
}

// Includes says whether every element of other is in p.
func (p Permissions) Includes(other Permissions) bool {
	for _, name := range other.names {
		if !p.Has(name) {
			return false
		}
	}
	return true
}

// Empty says whether the set has no elements.
func (p Permissions) Empty() bool { return len(p.names) == 0 }

// Strings returns the elements, in a slice of the caller's.
func (p Permissions) Strings() []string { return slices.Clone(p.names) }

// With returns the union of p and the given names.
func (p Permissions) With(names ...string) Permissions {
	return NewPermissions(append(p.Strings(), names...)...)
}

// Without returns p less the given names.
func (p Permissions) Without(names ...string) Permissions {
	return Permissions{names: slices.DeleteFunc(p.Strings(), func(name string) bool {
		return slices.Contains(names, name)
	})}
}

// MarshalJSON encodes the set as an array, never as null.
func (p Permissions) MarshalJSON() ([]byte, error) {
	if len(p.names) == 0 {
		return []byte("[]"), nil
	}
	return json.Marshal(p.names)
}

// permissionSet is what a description grants: a named set, or a list (PERM-1,
// PERM-3).
type permissionSet struct {
	name string
	list Permissions
}

// namedSet returns the expansion of a named set (spec 8.2).
func namedSet(name string) (Permissions, bool) {
	switch name {
	case "op":
		return NewPermissions(PermOp, PermPresent, PermMessage, PermCaption, PermToken), true
	case "present":
		return NewPermissions(PermPresent, PermMessage), true
	case "message":
		return NewPermissions(PermMessage), true
	case "observe":
		return Permissions{}, true
	case "caption":
		return NewPermissions(PermCaption), true
	case "admin":
		return NewPermissions(PermAdmin), true
	}
	return Permissions{}, false
}

// expand makes the permissions of somebody who joins a group described by d.
func (s permissionSet) expand(d *Description) Permissions {
	if s.name == "" {
		return s.list
	}
	set, _ := namedSet(s.name)
	if s.name == "op" && d.AllowRecording {
		set = set.With(PermRecord)
	}
	if d.UnrestrictedTokens && set.Has(PermPresent) {
		set = set.With(PermToken)
	}
	return set
}
