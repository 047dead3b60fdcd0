package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tokensPath returns the path of the tokens of a group, where the empty name is
// the root (spec 5.4).
func tokensPath(flags *flag.FlagSet, group string) (string, error) {
	if !given(flags)["group"] {
		return "", errGroup
	}
	if group == "" {
		return ".groups/.tokens/", nil
	}
	path, err := groupPath(group)
	return path + "/.tokens/", err
}

// listTokens is the command list-tokens.
func listTokens(p *program, flags *flag.FlagSet) func([]string) error {
	group := groupOption(flags)
	long := flags.Bool("l", false, "show what they are for")
	asJSON := jsonOutput(flags)
	return func([]string) error {
		path, err := tokensPath(flags, *group)
		if err != nil {
			return err
		}
		c, err := p.connect()
		if err != nil {
			return err
		}
		var names []string
		if _, err := c.get(path, &names); err != nil {
			return failed("List tokens", err)
		}
		slices.Sort(names)
		if !*long {
			return p.printNames(names, *asJSON)
		}
		entries := make(map[string]any)
		for _, name := range names {
			var t map[string]any
			_, err := c.get(path+url.PathEscape(name), &t)
			switch {
			case err != nil && *asJSON:
				return failed("List tokens", err)
			case err != nil:
				fmt.Fprintf(p.stdout, "%-12s (ERROR=%v)\n", name, err)
			case *asJSON:
				entries[name] = t
			default:
				p.printToken(name, t)
			}
		}
		if *asJSON {
			return p.printJSON(entries)
		}
		return nil
	}
}

// printToken prints a line about a token (spec 6).
func (p *program) printToken(name string, t map[string]any) {
	permissions, _ := t["permissions"].([]any)
	var more []byte
	if t["includeSubgroups"] == true {
		more = []byte{'H'}
	}
	username, _ := t["username"].(string)
	expires := "(no expiration date)"
	if s, ok := t["expires"].(string); ok {
		when, err := time.Parse(time.RFC3339, s)
		switch {
		case err != nil:
			expires = s
		case !p.now().Before(when):
			expires = "(expired)"
		default:
			expires = when.Format(time.DateTime)
		}
	}
	fmt.Fprintf(p.stdout, "%-11s %-20s %-4s %-20s\n", name, username, abbreviate(permissions, more...), expires)
}

// lifetime is an option that is a duration, in which days and weeks may be given.
type lifetime time.Duration

// String implements flag.Value.
func (l *lifetime) String() string { return time.Duration(*l).String() }

// Set implements flag.Value (C-60).
func (l *lifetime) Set(s string) error {
	for suffix, unit := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		digits, ok := strings.CutSuffix(s, suffix)
		if n, err := strconv.Atoi(digits); ok && err == nil && n >= 0 && n <= int(math.MaxInt64/unit) {
			*l = lifetime(time.Duration(n) * unit)
			return nil
		}
	}
	d, err := time.ParseDuration(s)
	*l = lifetime(d)
	return err
}

// expiry returns the time after a duration, for a token.
func (p *program) expiry(l lifetime) string {
	return p.now().Add(time.Duration(l)).UTC().Format(time.RFC3339Nano)
}

// createToken is the command create-token (C-61).
func createToken(p *program, flags *flag.FlagSet) func([]string) error {
	group := groupOption(flags)
	user := flags.String("user", "", "user `name` that the token gives")
	permissions := flags.String("permissions", "present", "`permissions`: the name of a set, or a JSON array")
	subgroups := flags.Bool("include-subgroups", false, "make the token valid below the group, too")
	duration := lifetime(24 * time.Hour)
	flags.Var(&duration, "duration", "how long the token is valid, such as 90m, 24h, 3d or 2w")
	return func([]string) error {
		list, err := tokenPermissions(*permissions)
		if err != nil {
			return err
		}
		path, err := tokensPath(flags, *group)
		if err != nil {
			return err
		}
		c, err := p.connect()
		if err != nil {
			return err
		}
		object := map[string]any{"permissions": list, "expires": p.expiry(duration)}
		if given(flags)["user"] {
			object["username"] = *user
		}
		if given(flags)["include-subgroups"] {
			object["includeSubgroups"] = *subgroups
		}
		body, err := json.Marshal(object)
		if err != nil {
			return err
		}
		a, err := c.do("POST", path, body, "Content-Type", "application/json")
		if err == nil && a.header.Get("Location") == "" {
			err = errors.New("the server has sent no token")
		}
		if err != nil {
			return failed("Create token", err)
		}
		// Relative to the collection.
		escaped := a.header.Get("Location")
		name, err := url.PathUnescape(escaped[strings.LastIndexByte(escaped, '/')+1:])
		if err != nil {
			return failed("Create token", err)
		}
		fmt.Fprintln(p.stdout, name)
		return nil
	}
}

// tokenOptions name a token.
type tokenOptions struct{ group, token *string }

func defineToken(flags *flag.FlagSet) tokenOptions {
	return tokenOptions{groupOption(flags), flags.String("token", "", "the `token`")}
}

// connect returns the path of the token, and a client.
func (o tokenOptions) connect(p *program, flags *flag.FlagSet) (*client, string, error) {
	if !given(flags)["group"] || *o.token == "" {
		return nil, "", usageError(`Options "-group" and "-token" are required`)
	}
	path, err := tokensPath(flags, *o.group)
	if err != nil {
		return nil, "", err
	}
	c, err := p.connect()
	return c, path + url.PathEscape(*o.token), err
}

// updateToken is the command update-token (C-62).
func updateToken(p *program, flags *flag.FlagSet) func([]string) error {
	o := defineToken(flags)
	user := flags.String("user", "", "user `name` that the token gives")
	permissions := flags.String("permissions", "", "`permissions`: the name of a set, or a JSON array")
	subgroups := flags.Bool("include-subgroups", false, "make the token valid below the group, too")
	var duration lifetime
	flags.Var(&duration, "duration", "how long the token is valid from now")
	return func([]string) error {
		changes, options := make(map[string]any), given(flags)
		if options["permissions"] {
			list, err := tokenPermissions(*permissions)
			if err != nil {
				return err
			}
			changes["permissions"] = list
		}
		if options["duration"] {
			changes["expires"] = p.expiry(duration)
		}
		if options["user"] {
			changes["username"] = *user
		}
		if options["include-subgroups"] {
			changes["includeSubgroups"] = *subgroups
		}
		return p.changeToken(o, flags, "Update token", changes)
	}
}

// revokeToken is the command revoke-token (C-63).
func revokeToken(p *program, flags *flag.FlagSet) func([]string) error {
	o := defineToken(flags)
	return func([]string) error {
		return p.changeToken(o, flags, "Revoke token", map[string]any{"expires": p.expiry(lifetime(-time.Minute))})
	}
}

// changeToken changes members of a token.
func (p *program) changeToken(o tokenOptions, flags *flag.FlagSet, operation string, changes map[string]any) error {
	c, path, err := o.connect(p, flags)
	if err != nil {
		return err
	}
	err = c.update(path, func(object map[string]any) error {
		merge(object, changes)
		return nil
	})
	if err != nil {
		return failed(operation, err)
	}
	return nil
}

// deleteToken is the command delete-token.
func deleteToken(p *program, flags *flag.FlagSet) func([]string) error {
	o := defineToken(flags)
	return func([]string) error {
		c, path, err := o.connect(p, flags)
		if err != nil {
			return err
		}
		if err := c.delete(path); err != nil {
			return failed("Delete token", err)
		}
		return nil
	}
}
