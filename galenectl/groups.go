package main

import (
	"flag"
	"io"
)

// errGroup is the error of a command without a group.
const errGroup = usageError(`Option "-group" is required`)

func groupOption(flags *flag.FlagSet) *string {
	return flags.String("group", "", "group `name`")
}

func jsonOutput(flags *flag.FlagSet) *bool {
	return flags.Bool("json", false, "print JSON")
}

// listGroups is the command list-groups.
func listGroups(p *program, flags *flag.FlagSet) func([]string) error {
	asJSON := jsonOutput(flags)
	return func(patterns []string) error {
		c, err := p.connect()
		if err != nil {
			return err
		}
		var names []string
		if _, err := c.get(".groups/", &names); err != nil {
			return failed("List groups", err)
		}
		if names, err = matching(names, patterns); err != nil {
			return err
		}
		return p.printNames(names, *asJSON)
	}
}

// onGroup connects and returns the path of a group, which must be named.
func (p *program) onGroup(group string) (*client, string, error) {
	if group == "" {
		return nil, "", errGroup
	}
	path, err := groupPath(group)
	if err != nil {
		return nil, "", err
	}
	c, err := p.connect()
	return c, path, err
}

// showGroup is the command show-group.
func showGroup(p *program, flags *flag.FlagSet) func([]string) error {
	group := groupOption(flags)
	return func([]string) error {
		if *group == "" {
			return datedError(errGroup)
		}
		c, path, err := p.onGroup(*group)
		if err != nil {
			return err
		}
		var object map[string]any
		if _, err := c.get(path, &object); err != nil {
			return failed("Show group", err)
		}
		return p.printJSON(object)
	}
}

// createGroup is the command create-group.
func createGroup(p *program, flags *flag.FlagSet) func([]string) error {
	group := groupOption(flags)
	var o definitionOptions
	o.define(flags)
	return func([]string) error {
		c, path, err := p.onGroup(*group)
		if err != nil {
			return err
		}
		changes, err := o.changes(p, flags)
		if err != nil {
			return err
		}
		if err := o.check(c); err != nil {
			return err
		}
		object := make(map[string]any)
		merge(object, changes)
		if err := c.create(path, object); err != nil {
			return failed("Create group", err)
		}
		return nil
	}
}

// updateGroup is the command update-group.
func updateGroup(p *program, flags *flag.FlagSet) func([]string) error {
	group := groupOption(flags)
	var o definitionOptions
	o.define(flags)
	o.defineUnset(flags)
	return func([]string) error {
		c, path, err := p.onGroup(*group)
		if err != nil {
			return err
		}
		changes, err := o.changes(p, flags)
		if err != nil {
			return err
		}
		if err := o.check(c); err != nil {
			return err
		}
		err = c.update(path, func(object map[string]any) error {
			merge(object, changes)
			return nil
		})
		if err != nil {
			return failed("Update group", err)
		}
		return nil
	}
}

// deleteGroup is the command delete-group.
func deleteGroup(p *program, flags *flag.FlagSet) func([]string) error {
	group := groupOption(flags)
	return func([]string) error {
		c, path, err := p.onGroup(*group)
		if err != nil {
			return err
		}
		if err := c.delete(path); err != nil {
			return failed("Delete group", err)
		}
		return nil
	}
}

// setKeys is the command set-keys.
func setKeys(p *program, flags *flag.FlagSet) func([]string) error {
	group := groupOption(flags)
	return func([]string) error {
		c, path, err := p.onGroup(*group)
		if err != nil {
			return err
		}
		keys, err := io.ReadAll(io.LimitReader(p.stdin, maxAnswer))
		if err == nil {
			_, err = c.do("PUT", path+"/.keys", keys, "Content-Type", "application/jwk-set+json")
		}
		if err != nil {
			return failed("Set keys", err)
		}
		return nil
	}
}

// deleteKeys is the command delete-keys.
func deleteKeys(p *program, flags *flag.FlagSet) func([]string) error {
	group := groupOption(flags)
	return func([]string) error {
		c, path, err := p.onGroup(*group)
		if err != nil {
			return err
		}
		if err := c.delete(path + "/.keys"); err != nil {
			return failed("Delete keys", err)
		}
		return nil
	}
}

// showStats is the command stats.
func showStats(p *program, _ *flag.FlagSet) func([]string) error {
	return func([]string) error { return p.show("Statistics", ".stats") }
}

// showRelays is the command relays.
func showRelays(p *program, _ *flag.FlagSet) func([]string) error {
	return func([]string) error { return p.show("Relays", ".relays") }
}

// show prints what is at a path of the interface.
func (p *program) show(operation, path string) error {
	c, err := p.connect()
	if err != nil {
		return err
	}
	var v any
	if _, err := c.get(path, &v); err != nil {
		return failed(operation, err)
	}
	return p.printJSON(v)
}
