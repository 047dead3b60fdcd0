package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
)

// exportGroup is the command export-group: it prints what a group file would have, as
// far as the server shows it.
func exportGroup(p *program, flags *flag.FlagSet) func([]string) error {
	group := groupOption(flags)
	return func([]string) error {
		c, path, err := p.onGroup(*group)
		if err != nil {
			return err
		}
		object, err := export(c, path)
		if err != nil {
			return failed("Export group", err)
		}
		return p.printJSON(object)
	}
}

func export(c *client, path string) (map[string]any, error) {
	object := make(map[string]any)
	if _, err := c.get(path, &object); err != nil {
		return nil, err
	}
	var names []string
	if _, err := c.get(path+"/.users/", &names); err != nil {
		return nil, err
	}
	users := make(map[string]any)
	for _, user := range parallel(names, func(name string) (map[string]any, error) { return readUser(c, path, name) }) {
		if user.err != nil {
			return nil, fmt.Errorf("user %q: %w", user.name, user.err)
		}
		users[user.name] = user.object
	}
	if len(users) > 0 {
		object["users"] = users
	}
	var wildcard map[string]any
	_, err := c.get(path+"/.wildcard-user", &wildcard)
	var answer *httpError
	switch {
	case err == nil:
		object["wildcard-user"] = wildcard
	case !errors.As(err, &answer) || answer.status != http.StatusNotFound:
		return nil, fmt.Errorf("wildcard user: %w", err)
	}
	return object, nil
}

// groupFile is a group file, taken apart into what has a resource of its own.
type groupFile struct {
	definition map[string]json.RawMessage
	users      map[string]*userFile
	wildcard   *userFile
	keys       json.RawMessage // nil is none
}

// userFile is a user in a group file.
type userFile struct {
	Password    json.RawMessage `json:"password,omitempty"`
	Permissions json.RawMessage `json:"permissions,omitempty"`
}

// readGroupFile reads a group file.
func readGroupFile(r io.Reader) (groupFile, error) {
	var file groupFile
	if err := json.NewDecoder(io.LimitReader(r, maxAnswer)).Decode(&file.definition); err != nil {
		return file, err
	}
	if file.definition == nil {
		return file, errors.New("not an object")
	}
	for name, v := range map[string]any{
		"users": &file.users, "wildcard-user": &file.wildcard, "authKeys": &file.keys,
	} {
		raw, ok := file.definition[name]
		if !ok {
			continue
		}
		if err := json.Unmarshal(raw, v); err != nil {
			return file, fmt.Errorf("%s: %w", name, err)
		}
		delete(file.definition, name)
	}
	if string(file.keys) == "null" {
		file.keys = nil
	}
	for name, user := range file.users {
		if user == nil {
			return file, fmt.Errorf("user %q is null", name)
		}
	}
	return file, nil
}

// importGroup is the command import-group.  What is half done, because the server
// refuses something, is deleted again.
func importGroup(p *program, flags *flag.FlagSet) func([]string) error {
	group := groupOption(flags)
	return func([]string) error {
		c, path, err := p.onGroup(*group)
		if err != nil {
			return err
		}
		file, err := readGroupFile(p.stdin)
		if err != nil {
			return failed("Decode standard input", err)
		}
		if err := c.create(path, file.definition); err != nil {
			return failed("Import group", err)
		}
		if err := file.fill(c, path); err != nil {
			if undo := c.delete(path); undo != nil {
				err = fmt.Errorf("%w; and what was imported is still there: %w", err, undo)
			}
			return failed("Import group", err)
		}
		return nil
	}
}

// fill makes keys and users of a group that has just been created.
func (file groupFile) fill(c *client, path string) error {
	if file.keys != nil {
		body, err := json.Marshal(map[string]any{"keys": file.keys})
		if err != nil {
			return err
		}
		if _, err := c.do("PUT", path+"/.keys", body, "Content-Type", "application/jwk-set+json"); err != nil {
			return fmt.Errorf("keys: %w", err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(file.users)) {
		userPath, err := userOrEmpty(path, name)
		if err == nil {
			err = file.users[name].create(c, userPath)
		}
		if err != nil {
			return fmt.Errorf("user %q: %w", name, err)
		}
	}
	if file.wildcard != nil {
		if err := file.wildcard.create(c, path+"/.wildcard-user"); err != nil {
			return fmt.Errorf("wildcard user: %w", err)
		}
	}
	return nil
}

// create makes the user, with password if there is one.
func (u *userFile) create(c *client, path string) error {
	object := make(map[string]any)
	if u.Permissions != nil {
		object["permissions"] = u.Permissions
	}
	if err := c.create(path, object); err != nil {
		return err
	}
	if u.Password == nil || string(u.Password) == "null" {
		return nil
	}
	_, err := c.do("PUT", path+"/.password", u.Password, "Content-Type", "application/json")
	return err
}
