package group

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"galene/group/token"
	"galene/internal/problem"
)

// knownPermissions are those that mean something.
var knownPermissions = []string{
	PermOp, PermPresent, PermMessage, PermCaption, PermToken, PermRecord, PermAdmin, PermSystem,
}

// unknownPermissions lists the elements of a set that mean nothing.
func unknownPermissions(p Permissions) string {
	return strings.Join(p.Without(knownPermissions...).names, ", ")
}

// review notes what a description says that makes no sense.  Some of its members may
// have been left out because they could not be read.
func (p *parser) review(now time.Time) {
	d := p.d
	if d.Redirect != "" && !redirectable(d.Redirect) {
		p.fault(p.places["redirect"], "redirect is neither an http or https URL nor a path")
	}
	p.reviewURL("authServer", d.AuthServer)
	p.reviewURL("authPortal", d.AuthPortal)
	expires := p.places["expires"]
	switch {
	case d.Expires.IsZero():
	case !d.NotBefore.IsZero() && !d.NotBefore.Before(d.Expires):
		p.fault(expires, "expires is not after not-before")
	case !now.Before(d.Expires):
		p.warn(expires, "the group has expired: only operators can join")
	}
	p.reviewCodecs()
	for name, user := range d.Users {
		p.reviewUser(name, user)
	}
	if d.WildcardUser != nil {
		p.reviewEntry("the wildcard user", d.WildcardUser)
	}
	problem.SortByPlace(d.warnings)
}

// reviewURL looks at the URL of a server that gets names and passwords.
func (p *parser) reviewURL(key, value string) {
	if value == "" {
		return
	}
	if !webURL(value) {
		p.fault(p.places[key], "%s is not an http or https URL", key)
	}
	if usableKeys(p.d.AuthKeys) == 0 {
		p.fault(p.places[key], "without a usable key in authKeys, nobody is let in by tokens of %s", key)
	}
}

// reviewCodecs says what cannot be sent.
func (p *parser) reviewCodecs() {
	place, ok := p.places["codecs"]
	if !ok {
		return
	}
	audio := []string{"opus", "red", "g722", "pcmu", "pcma"}
	isAudio := func(name string) bool { return slices.Contains(audio, name) }
	if !slices.ContainsFunc(p.d.Codecs, func(name string) bool { return isAudio(name) && name != "red" }) {
		p.warn(place, "no codec for sound: nobody can be heard")
	}
	if slices.Contains(p.d.Codecs, "red") && !slices.Contains(p.d.Codecs, "opus") {
		p.warn(place, "red without opus: it is of no use, being redundancy for that")
	}
	if !slices.ContainsFunc(p.d.Codecs, func(name string) bool { return !isAudio(name) }) {
		p.warn(place, "no codec for pictures: nobody can be seen")
	}
}

// usableKeys counts the keys that tokens can be verified with.
func usableKeys(keys []json.RawMessage) (n int) {
	for _, raw := range keys {
		if token.CheckKey(raw) == nil {
			n++
		}
	}
	return n
}

// secretKeys says whether one of the keys must not become known.
func secretKeys(keys []json.RawMessage) bool {
	return slices.ContainsFunc(keys, func(raw json.RawMessage) bool {
		return token.IsSecret(raw)
	})
}

// reviewUser looks at an entry of users.
func (p *parser) reviewUser(name string, u *UserEntry) {
	if !ValidUsername(name) {
		p.fault(u.offset, "user %q: nobody can have this name", truncate(name, maxUsername))
	}
	if u.Password.kind == "" {
		p.warn(u.offset, "user %q has no password, and cannot join with one", name)
	}
	p.reviewEntry(fmt.Sprintf("user %q", name), u)
}

// reviewEntry looks at an entry, of users or of the wildcard user.
func (p *parser) reviewEntry(who string, u *UserEntry) {
	if unknown := unknownPermissions(u.permissions.list); unknown != "" {
		p.warn(u.granted, "%s: there are no such permissions: %q", who, unknown)
	}
	permissions := u.permissions.expand(p.d)
	if u.Password.open() && (permissions.Has(PermOp) || permissions.Has(PermAdmin)) {
		p.warn(u.offset, "%s: anybody may be an operator or administrator, as no password is needed", who)
	} else if u.Password.kind == "plain" && u.Password.open() {
		p.warn(u.offset, "%s: the password is empty", who)
	}
}

// reviewAccess says if nobody can join a group, or have a say in it.
func (c *checker) reviewAccess(name string, p *parser) {
	d := p.d
	if d.Redirect != "" {
		return
	}
	join := usableKeys(d.AuthKeys) > 0
	operate := join
	grants := func(permissions Permissions) {
		join = true
		operate = operate || permissions.Has(PermOp)
		c.findings.Recording = c.findings.Recording || permissions.Has(PermRecord)
	}
	for username, u := range d.Users {
		if u.usable() && ValidUsername(username) {
			grants(u.permissions.expand(d))
		}
	}
	if d.WildcardUser.usable() {
		grants(d.WildcardUser.permissions.expand(d))
	}
	for _, t := range c.tokens {
		if t.Expires != nil && c.now.Before(*t.Expires) && t.Matches(name) {
			grants(NewPermissions(t.Permissions...))
		}
	}
	if d.AllowRecording && operate {
		c.findings.Recording = true
	}
	whole := func(text string) {
		d.warnings = append(d.warnings, problem.Of(p.file, problem.Warning, "%s", text))
	}
	switch {
	case !join:
		whole("nobody can join: there is no user with a usable password, no key, and no token")
		return
	case operate:
		return
	case d.Autolock:
		p.fault(p.places["autolock"], "nobody can join: the group is locked while there is no operator, "+
			"and nobody can be one")
	case d.Autokick:
		p.fault(p.places["autokick"], "nobody can stay: everybody is removed while there is no operator, "+
			"and nobody can be one")
	default:
		whole("nobody can be an operator")
	}
	if d.AllowRecording {
		p.warn(p.places["allow-recording"], "operators may record, but nobody can be one")
	}
}

// usable says whether somebody can join by this entry, which may be nil.
func (u *UserEntry) usable() bool {
	return u != nil && u.Password.kind != "" && u.Password.check() == nil
}

// open says whether the password keeps nobody out.
func (p Password) open() bool {
	return p.kind == "wildcard" || p.kind == "plain" && p.key != nil && *p.key == ""
}

// hasSecret says whether the entry, which may be nil, has a password or a hash of one.
func (u *UserEntry) hasSecret() bool {
	return u != nil && u.Password.key != nil && !u.Password.open()
}

// hasSecrets says whether one of the entries has a secret.
func hasSecrets(users map[string]*UserEntry) bool {
	for _, u := range users {
		if u.hasSecret() {
			return true
		}
	}
	return false
}
