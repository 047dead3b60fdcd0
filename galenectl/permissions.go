package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// errPermissions is the error of an option that is neither a name nor an array.
const errPermissions = usageError(`Could not parse "-permissions"`)

// userPermissions reads the permissions of a user: the name of a set, or an array
// (spec 4.1).
func userPermissions(s string) (any, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return nil, errPermissions
	}
	if s[0] != '[' {
		return s, nil
	}
	var list []string
	if json.Unmarshal([]byte(s), &list) != nil {
		return nil, errPermissions
	}
	return list, nil
}

// tokenPermissions reads the permissions of a token, for which names of sets are
// expanded.
func tokenPermissions(s string) ([]string, error) {
	v, err := userPermissions(s)
	if err != nil {
		return nil, err
	}
	if list, ok := v.([]string); ok {
		return list, nil
	}
	switch v {
	case "op":
		return []string{"op", "present", "message", "caption", "token"}, nil
	case "present":
		return []string{"present", "message"}, nil
	case "message", "caption", "admin":
		return []string{v.(string)}, nil
	case "observe":
		return []string{}, nil
	}
	return nil, errPermissions
}

// abbreviate shortens a list of permissions to their first bytes (spec 4.2).
func abbreviate(permissions []any, more ...byte) string {
	letters := more
	for _, p := range permissions {
		if s, _ := p.(string); s != "" {
			letters = append(letters, s[0])
		} else {
			letters = append(letters, '?')
		}
	}
	slices.Sort(letters)
	return string(letters)
}

// showPermissions formats the permissions of a user.
func showPermissions(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []any:
		return "[" + abbreviate(v) + "]"
	}
	return fmt.Sprint(v)
}
