package main

import (
	"flag"
	"net/url"
	"time"
)

// grantOptions are what a token grants: to whom, what, where and when (spec 5.4, weak
// spot 7).
type grantOptions struct {
	user, permissions  string
	subgroups          bool
	duration           lifetime
	notBefore, expires instant
	// always are the permissions and the duration that count if no option says
	// otherwise: those of a new token.
	always bool
}

func (o *grantOptions) define(flags *flag.FlagSet, permissions string, duration time.Duration) {
	o.always = duration != 0
	o.duration = lifetime(duration)
	flags.StringVar(&o.user, "user", "", "user `name` that the token gives")
	flags.StringVar(&o.permissions, "permissions", permissions, "`permissions`: the name of a set, or a JSON array")
	flags.BoolVar(&o.subgroups, "include-subgroups", false, "make the token valid below the group, too")
	flags.Var(&o.duration, "duration", "how long the token is valid from now, such as 90m, 24h, 3d or 2w")
	flags.Var(&o.expires, "expires", "`time` until which it is valid, such as 2027-03-01 or \"2027-03-01 18:00\"")
	flags.Var(&o.notBefore, "not-before", "`time` from which on it is valid; empty for at once")
}

// changes returns the members of the token that the options say (C-61, C-62).
func (o *grantOptions) changes(p *program, flags *flag.FlagSet) (map[string]any, error) {
	changes, options := make(map[string]any), given(flags)
	if o.always || options["permissions"] {
		list, err := tokenPermissions(o.permissions)
		if err != nil {
			return nil, err
		}
		changes["permissions"] = list
	}
	if options["duration"] && options["expires"] {
		return nil, usageError(`Options "-duration" and "-expires" exclude each other`)
	}
	zone := p.now().Location()
	switch {
	case options["expires"]:
		when, ok := o.expires.in(zone)
		if !ok {
			return nil, usageError(`Option "-expires" needs a time: a token without one is of no use`)
		}
		changes["expires"] = timestamp(when)
	case o.always || options["duration"]:
		changes["expires"] = timestamp(p.now().Add(time.Duration(o.duration)))
	}
	if options["not-before"] {
		if when, ok := o.notBefore.in(zone); ok {
			changes["not-before"] = timestamp(when)
		} else if !o.always {
			changes["not-before"] = nil
		}
	}
	if options["user"] {
		changes["username"] = o.user
	}
	if options["include-subgroups"] {
		changes["includeSubgroups"] = o.subgroups
	}
	return changes, nil
}

// invitation returns the URL of a group with a token in it.  The server knows best where
// others find it: it may be behind a proxy.
func (c *client) invitation(group, token string) (string, error) {
	escaped, err := escape(group)
	if err != nil {
		return "", err
	}
	page := c.base + "/group/" + escaped + "/"
	var status struct {
		Location string `json:"location"`
	}
	err = c.fetch(page+".status", &status)
	if u, parseErr := url.Parse(status.Location); err == nil && parseErr == nil && u.Host != "" && !(c.socket && u.Host == "localhost") {
		u.RawQuery = url.Values{"token": {token}}.Encode()
		return u.String(), nil
	}
	if c.socket {
		return "", errNoLocation
	}
	return page + "?token=" + url.QueryEscape(token), nil
}
