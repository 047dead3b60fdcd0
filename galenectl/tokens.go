package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"slices"
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
		tokens := parallel(names, func(name string) (object map[string]any, err error) {
			_, err = c.get(path+url.PathEscape(name), &object)
			return object, err
		})
		if *asJSON {
			return p.printEntries("List tokens", tokens)
		}
		for _, t := range tokens {
			if t.err != nil {
				fmt.Fprintf(p.stdout, "%-12s (ERROR=%v)\n", t.name, t.err)
			} else {
				p.printToken(t.name, t.object)
			}
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

// createToken is the command create-token (C-61).
func createToken(p *program, flags *flag.FlagSet) func([]string) error {
	group := groupOption(flags)
	var o grantOptions
	o.define(flags, "present", 24*time.Hour)
	printURL := flags.Bool("url", false, "print the invitation, the URL with the token, rather than the token")
	asJSON := jsonOutput(flags)
	return func([]string) error {
		object, err := o.changes(p, flags)
		if err != nil {
			return err
		}
		path, err := tokensPath(flags, *group)
		if err != nil {
			return err
		}
		if *printURL && *group == "" {
			return usageError(`Option "-url" needs a group`)
		}
		c, err := p.connect()
		if err != nil {
			return err
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
		object["token"], object["group"] = name, *group
		invitation := ""
		if *group != "" && (*printURL || *asJSON) {
			if invitation, err = c.invitation(*group, name); err != nil && *printURL {
				// The token exists, and nobody else would tell.
				fmt.Fprintln(p.stdout, name)
				return failed("Invitation", err)
			}
		}
		switch {
		case *asJSON:
			if invitation != "" {
				object["url"] = invitation
			}
			return p.printJSON(object)
		case *printURL:
			fmt.Fprintln(p.stdout, invitation)
		default:
			fmt.Fprintln(p.stdout, name)
		}
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
	var grant grantOptions
	grant.define(flags, "", 0)
	return func([]string) error {
		changes, err := grant.changes(p, flags)
		if err != nil {
			return err
		}
		return p.changeToken(o, flags, "Update token", changes)
	}
}

// revokeToken is the command revoke-token (C-63).
func revokeToken(p *program, flags *flag.FlagSet) func([]string) error {
	o := defineToken(flags)
	return func([]string) error {
		return p.changeToken(o, flags, "Revoke token", map[string]any{"expires": timestamp(p.now().Add(-time.Minute))})
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
