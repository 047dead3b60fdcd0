package group

import (
	"encoding/json"
	"fmt"
)

// UserEntry is the entry of a user in a description or in the global
// configuration (spec 16.1).  It is immutable.
type UserEntry struct {
	Password    Password
	permissions permissionSet
	offset      int // of the password in its file
	granted     int // offset of the permissions
}

// Permissions are those of the entry, without the additions that options of
// a group make.
func (u *UserEntry) Permissions() Permissions {
	return u.permissions.expand(&Description{})
}

// MarshalJSON encodes the entry as it is in files.
func (u *UserEntry) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Password    Password      `json:"password,omitzero"`
		Permissions permissionSet `json:"permissions,omitzero"`
	}{u.Password, u.permissions})
}

// MarshalJSON encodes a named set as a string, and a list as an array.
func (s permissionSet) MarshalJSON() ([]byte, error) {
	if s.name != "" {
		return json.Marshal(s.name)
	}
	return json.Marshal(s.list)
}

// IsZero says whether nothing is granted.
func (s permissionSet) IsZero() bool { return s.name == "" && s.list.Empty() }

// parseUserEntry reads a user entry; unknown keys are errors.
func parseUserEntry(v jsonValue) (*UserEntry, error) {
	u := &UserEntry{offset: v.offset, granted: v.offset}
	err := v.members(func(key string, keyOffset int, value jsonValue) (err error) {
		switch key {
		case "password":
			u.offset = value.offset
			u.Password, err = parsePassword(value)
		case "permissions":
			u.granted = value.offset
			u.permissions, err = parsePermissions(value)
		default:
			err = errorAt(keyOffset, "unknown key %q in user entry", key)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// unknownSet is the error of a named set that does not exist.
type unknownSet string

func (e unknownSet) Error() string { return fmt.Sprintf("unknown permissions %q", string(e)) }

// parsePermissions reads the name of a set, or an array that is taken verbatim.
func parsePermissions(v jsonValue) (permissionSet, error) {
	if v.null() {
		return permissionSet{}, nil
	}
	if v.raw[0] == '"' {
		var name string
		if err := v.decode(&name); err != nil {
			return permissionSet{}, err
		}
		if _, ok := namedSet(name); !ok {
			return permissionSet{}, &fileError{v.offset, unknownSet(name)}
		}
		return permissionSet{name: name}, nil
	}
	var names []string
	if err := v.decode(&names); err != nil {
		return permissionSet{}, err
	}
	return permissionSet{list: NewPermissions(names...)}, nil
}

// parseUsers reads an object from usernames to user entries.
func parseUsers(v jsonValue) (map[string]*UserEntry, error) {
	if v.null() {
		return nil, nil
	}
	users := make(map[string]*UserEntry)
	err := v.members(func(name string, _ int, value jsonValue) error {
		u, err := parseUserEntry(value)
		if err != nil {
			return err
		}
		users[name] = u
		return nil
	})
	return users, err
}
