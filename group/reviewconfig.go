package group

import (
	"net/url"
	"strconv"
	"strings"

	"galene/internal/problem"
)

// review notes what a configuration says that makes no sense.  Some of its members may
// have been left out because they could not be read.
func (p *configParser) review() {
	c := p.c
	if c.CanonicalHost != "" && !isHost(c.CanonicalHost) {
		p.note(p.places["canonicalHost"], problem.Error, "canonicalHost is not of the form host or host:port")
	}
	if c.ProxyURL != "" && !isBase(c.ProxyURL) {
		p.note(p.places["proxyURL"], problem.Error, "proxyURL is neither an http or https URL nor a path")
	}
	p.reviewOrigins("allowOrigin", c.AllowOrigin)
	p.reviewOrigins("allowAdminOrigin", c.AllowAdminOrigin)
	for name, u := range c.Users {
		if unknown := unknownPermissions(u.permissions.list); unknown != "" {
			p.note(u.granted, problem.Warning, "user %q: there are no such permissions: %q", name, unknown)
		}
		switch {
		case !u.Permissions().Has(PermAdmin):
			p.note(u.granted, problem.Warning,
				"user %q is of no use without the permission admin", name)
		case u.Password.kind == "":
			p.note(u.offset, problem.Warning, "user %q has no password, and cannot sign in", name)
		case u.Password.open():
			p.note(u.offset, problem.Warning,
				"user %q: anybody may administer the server, as no password is needed", name)
		}
	}
	problem.SortByPlace(c.warnings)
}

// reviewOrigins looks at what is compared with the Origin headers of browsers.
func (p *configParser) reviewOrigins(key string, origins []string) {
	for _, origin := range origins {
		switch {
		case origin == "null":
		case origin == "*" && key == "allowOrigin":
			p.note(p.places[key], problem.Warning,
				`%s: "*" opens the list of groups to all pages, and nothing else`, key)
		case !isOrigin(origin):
			p.note(p.places[key], problem.Error,
				"%s: %q is no origin, such as https://example.org", key, origin)
		}
	}
}

// isOrigin says whether a browser may send s as the origin of a page.
func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && u.Host != "" && strings.EqualFold(u.Scheme+"://"+u.Host, s)
}

// isHost says whether s is a host, perhaps with a port.
func isHost(s string) bool {
	u, err := url.Parse("https://" + s)
	if err != nil || u.Host != s || u.Hostname() == "" || strings.HasSuffix(s, ":") {
		return false
	}
	if u.Port() == "" {
		return true
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && port > 0
}

// isBase says whether s has those parts of a URL that replace those of a request
// (spec http.md 4.2): a scheme, a host, a path.
func isBase(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Opaque == "" && u.User == nil && u.RawQuery == "" && u.Fragment == "" &&
		(u.Scheme == "" || u.Scheme == "http" || u.Scheme == "https") &&
		(u.Path == "" || strings.HasPrefix(u.Path, "/"))
}
