package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
)

var errMember = errors.New("it is not of the form MEMBER=VALUE")

// definitionOptions change the definition of a group.
type definitionOptions struct {
	booleans                           map[string]*bool
	displayName, description, redirect string
	codecs                             string
	maxClients                         int
	fromInput                          bool
	members                            map[string]any // of -set and -unset
}

func (o *definitionOptions) define(flags *flag.FlagSet) {
	o.booleans = map[string]*bool{
		"unrestricted-tokens": flags.Bool("unrestricted-tokens", false, "allow presenters to make tokens"),
		"auto-subgroups":      flags.Bool("auto-subgroups", false, "make subgroups when they are visited"),
		"public":              flags.Bool("public", false, "list the group on the front page"),
		"allow-recording":     flags.Bool("allow-recording", false, "allow operators to record"),
	}
	flags.StringVar(&o.displayName, "display-name", "", "`name` to show")
	flags.StringVar(&o.description, "description", "", "`text` for the front page")
	flags.StringVar(&o.redirect, "redirect", "", "`URL` where the group is instead")
	flags.StringVar(&o.codecs, "codecs", "", "`codecs`, best first, separated by commas, such as vp8,opus")
	flags.IntVar(&o.maxClients, "max-clients", 0, "greatest `number` of members")
	flags.BoolVar(&o.fromInput, "json", false, "read a template from standard input")
	o.members = make(map[string]any)
	flags.Func("set", "set a member, `name=value`, where the value is JSON, or else a string; may be repeated", o.set)
}

func (o *definitionOptions) defineUnset(flags *flag.FlagSet) {
	flags.Func("unset", "remove a member by its `name`; may be repeated", func(name string) error {
		o.members[name] = nil
		return nil
	})
}

// set is the option -set (weak spot 6).
func (o *definitionOptions) set(s string) error {
	name, text, ok := strings.Cut(s, "=")
	if !ok || name == "" {
		return errMember
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var value any
	if d.Decode(&value) != nil || d.More() {
		value = text
	}
	o.members[name] = value
	return nil
}

// changes returns what the options make of a definition, in which null removes a
// member.  Options of their own beat -set, and that beats the template.
func (o *definitionOptions) changes(p *program, flags *flag.FlagSet) (map[string]any, error) {
	changes, err := p.template(o.fromInput)
	if err != nil {
		return nil, err
	}
	if changes == nil {
		changes = make(map[string]any)
	}
	maps.Copy(changes, o.members)
	options := given(flags)
	for name, value := range o.booleans {
		if options[name] { // C-50
			changes[name] = *value
		}
	}
	for _, option := range []struct {
		name, member string
		value        any
	}{
		{"display-name", "displayName", o.displayName},
		{"description", "description", o.description},
		{"redirect", "redirect", o.redirect},
		{"codecs", "codecs", splitList(o.codecs)},
		{"max-clients", "max-clients", o.maxClients},
	} {
		if options[option.name] {
			changes[option.member] = option.value
		}
	}
	return changes, nil
}

// splitList splits at commas; the empty string is nil, the absence of a member.
func splitList(s string) any {
	if strings.TrimSpace(s) == "" {
		return nil
	}
	list := strings.Split(s, ",")
	for i, element := range list {
		list[i] = strings.TrimSpace(element)
	}
	return list
}

// check refuses members of -set that the server does not know: it would pass over them,
// so that a misspelt one would go unnoticed.  Servers that do not describe themselves know
// everything.
func (o *definitionOptions) check(c *client) error {
	var wanted []string
	for name, value := range o.members {
		if value != nil {
			wanted = append(wanted, name)
		}
	}
	if wanted == nil {
		return nil
	}
	var description struct {
		Components struct {
			Schemas struct {
				Group struct{ Properties map[string]any }
			}
		}
	}
	if _, err := c.get("openapi.json", &description); err != nil {
		var answer *httpError
		if errors.As(err, &answer) {
			return nil
		}
		return failed("Check members", err)
	}
	known := description.Components.Schemas.Group.Properties
	if known == nil {
		return nil
	}
	slices.Sort(wanted)
	for _, name := range wanted {
		if _, ok := known[name]; !ok {
			return failed("Check members", fmt.Errorf("the server knows no %q in groups", name))
		}
	}
	return nil
}
