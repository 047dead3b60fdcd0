package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
)

// userOptions name a user (spec 5.3).
type userOptions struct {
	group, user     string
	wildcard, empty bool
}

func (o *userOptions) define(flags *flag.FlagSet) {
	flags.StringVar(&o.group, "group", "", "group `name`")
	flags.StringVar(&o.user, "user", "", "user `name`")
	flags.BoolVar(&o.wildcard, "wildcard", false, "the wildcard user")
	flags.BoolVar(&o.empty, "empty", false, "the user whose name is empty")
}

// path returns the path of the user.
func (o *userOptions) path() (string, error) {
	if o.group == "" {
		return "", errGroup
	}
	count := 0
	for _, b := range []bool{o.user != "", o.wildcard, o.empty} {
		if b {
			count++
		}
	}
	if count != 1 {
		return "", usageError(`Exactly one of "-user" and "-wildcard" is required`)
	}
	group, err := groupPath(o.group)
	switch {
	case err != nil:
		return "", err
	case o.wildcard:
		return group + "/.wildcard-user", nil
	case o.empty:
		return group + "/.empty-user", nil
	}
	return userPath(group, o.user)
}

// userPath returns the path of a user of the group with the given path.
func userPath(group, user string) (string, error) {
	escaped, err := escape(user)
	return group + "/.users/" + escaped, err
}

// connect returns the path of the user, and a client.
func (o *userOptions) connect(p *program) (*client, string, error) {
	path, err := o.path()
	if err != nil {
		return nil, "", err
	}
	c, err := p.connect()
	return c, path, err
}

// listUsers is the command list-users.
func listUsers(p *program, flags *flag.FlagSet) func([]string) error {
	group := groupOption(flags)
	long := flags.Bool("l", false, "show permissions")
	asJSON := jsonOutput(flags)
	return func(patterns []string) error {
		c, path, err := p.onGroup(*group)
		if err != nil {
			return err
		}
		var names []string
		if _, err := c.get(path+"/.users/", &names); err != nil {
			return failed("List users", err)
		}
		if names, err = matching(names, patterns); err != nil {
			return err
		}
		if !*long {
			return p.printNames(names, *asJSON)
		}
		users := parallel(names, func(name string) (map[string]any, error) { return readUser(c, path, name) })
		if *asJSON {
			return p.printEntries("List users", users)
		}
		for _, user := range users {
			if user.name == "" {
				user.name = "(empty)"
			}
			p.printUser(user)
		}
		if len(patterns) == 0 {
			p.printWildcard(c, path)
		}
		return nil
	}
}

// printUser prints a line about a user (spec 6).
func (p *program) printUser(user listed) {
	if user.err != nil {
		fmt.Fprintf(p.stdout, "%-12s (ERROR=%v)\n", user.name, user.err)
		return
	}
	fmt.Fprintf(p.stdout, "%-12s %s\n", user.name, showPermissions(user.object["permissions"]))
}

// printWildcard prints a line about the wildcard user of a group, if there is one.
func (p *program) printWildcard(c *client, group string) {
	user := listed{name: "(wildcard)"}
	_, user.err = c.get(group+"/.wildcard-user", &user.object)
	var answer *httpError
	if errors.As(user.err, &answer) && answer.status == http.StatusNotFound {
		return
	}
	p.printUser(user)
}

// userOrEmpty returns the path of a user of the group with the given path, whose name
// may be empty.
func userOrEmpty(group, name string) (string, error) {
	if name == "" {
		return group + "/.empty-user", nil
	}
	return userPath(group, name)
}

// readUser reads a user, whose name may be empty.
func readUser(c *client, group, name string) (map[string]any, error) {
	path, err := userOrEmpty(group, name)
	if err != nil {
		return nil, err
	}
	var user map[string]any
	_, err = c.get(path, &user)
	return user, err
}

// createUser is the command create-user (C-55).
func createUser(p *program, flags *flag.FlagSet) func([]string) error {
	var o userOptions
	o.define(flags)
	permissions := flags.String("permissions", "present", "`permissions`: the name of a set, or a JSON array")
	fromInput := flags.Bool("json", false, "read a template from standard input")
	return func([]string) error {
		parsed, err := userPermissions(*permissions)
		if err != nil {
			return err
		}
		c, path, err := o.connect(p)
		if err != nil {
			return err
		}
		object, err := p.template(*fromInput)
		if err != nil {
			return err
		}
		if object == nil {
			object = make(map[string]any)
		}
		if given(flags)["permissions"] || object["permissions"] == nil {
			object["permissions"] = parsed
		}
		if err := c.create(path, object); err != nil {
			return failed("Create user", err)
		}
		return nil
	}
}

// updateUser is the command update-user (C-56).
func updateUser(p *program, flags *flag.FlagSet) func([]string) error {
	var o userOptions
	o.define(flags)
	permissions := flags.String("permissions", "", "`permissions`: the name of a set, or a JSON array")
	fromInput := flags.Bool("json", false, "read a template from standard input")
	return func([]string) error {
		changes := make(map[string]any)
		if given(flags)["permissions"] {
			parsed, err := userPermissions(*permissions)
			if err != nil {
				return err
			}
			changes["permissions"] = parsed
		}
		c, path, err := o.connect(p)
		if err != nil {
			return err
		}
		template, err := p.template(*fromInput)
		if err != nil {
			return err
		}
		err = c.update(path, func(object map[string]any) error {
			merge(object, template)
			merge(object, changes)
			return nil
		})
		if err != nil {
			return failed("Update user", err)
		}
		return nil
	}
}

// deleteUser is the command delete-user.
func deleteUser(p *program, flags *flag.FlagSet) func([]string) error {
	var o userOptions
	o.define(flags)
	return func([]string) error {
		c, path, err := o.connect(p)
		if err != nil {
			return err
		}
		if err := c.delete(path); err != nil {
			return failed("Delete user", err)
		}
		return nil
	}
}

// setPassword is the command set-password.
func setPassword(p *program, flags *flag.FlagSet) func([]string) error {
	var o userOptions
	o.define(flags)
	var secret passwordOptions
	secret.define(flags)
	return func([]string) error {
		c, path, err := o.connect(p)
		if err != nil {
			return err
		}
		entry, err := secret.make(p)
		if err != nil {
			return err
		}
		body, err := json.Marshal(entry)
		if err == nil {
			_, err = c.do("PUT", path+"/.password", body, "Content-Type", "application/json")
		}
		if err != nil {
			return failed("Set password", err)
		}
		return nil
	}
}

// deletePassword is the command delete-password.
func deletePassword(p *program, flags *flag.FlagSet) func([]string) error {
	var o userOptions
	o.define(flags)
	return func([]string) error {
		c, path, err := o.connect(p)
		if err != nil {
			return err
		}
		if err := c.delete(path + "/.password"); err != nil {
			return failed("Delete password", err)
		}
		return nil
	}
}
