package group

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// InvalidError is the error of what somebody wants to be in a description, but
// which cannot be.
type InvalidError struct {
	// Reason is for whoever sent it.
	Reason string
}

// Error gives the reason.
func (e *InvalidError) Error() string { return e.Reason }

func invalid(format string, args ...any) error {
	return &InvalidError{Reason: fmt.Sprintf(format, args...)}
}

// invalidContent is the error of a request's content.
func invalidContent(data []byte, err error) error {
	p := problemOf("", data, err)
	if p.Line == 0 {
		return invalid("%s", p.Text)
	}
	return invalid("line %d, column %d: %s", p.Line, p.Column, p.Text)
}

// settingKeys are the keys of a description that are neither secret nor
// obsolete: its settings (spec api.md 6.2).
var settingKeys = []string{
	"displayName", "description", "contact", "comment", "public", "redirect",
	"max-clients", "max-history-age", "not-before", "expires", "allow-recording",
	"unrestricted-tokens", "auto-subgroups", "autolock", "autokick",
	"authServer", "authPortal", "codecs",
}

// SettingKeys returns the keys that Settings may have, in a slice of the
// caller's.
func SettingKeys() []string { return slices.Clone(settingKeys) }

// Settings returns the description without users and keys, as anybody who
// administers the group may see it.
func (d *Description) Settings() *Description {
	s := *d
	s.Users, s.WildcardUser, s.AuthKeys = nil, nil, nil
	return &s
}

// WithSettings returns the settings of s with the users and keys of d, which may
// be nil.
func (d *Description) WithSettings(s *Description) *Description {
	next := *s.Settings()
	if d != nil {
		next.Users, next.WildcardUser, next.AuthKeys = d.Users, d.WildcardUser, d.AuthKeys
	}
	return &next
}

// ParseSettings reads settings that come from outside: one JSON object, or null.
// Unknown keys are ignored; users, keys and whatever is obsolete are refused,
// and so are values that make no sense.  The error is an *InvalidError.
func ParseSettings(data []byte) (*Description, error) {
	p := &parser{data: data, d: &Description{}}
	document, err := parseDocument(data)
	if err != nil {
		return nil, invalidContent(data, err)
	}
	if document.null() {
		document.raw = []byte("{}")
	}
	if err := document.members(p.setting); err != nil {
		return nil, invalidContent(data, err)
	}
	p.finish()
	if err := p.d.checkSettings(); err != nil {
		return nil, err
	}
	return p.d, nil
}

// setting reads one member of settings.
func (p *parser) setting(key string, keyOffset int, value jsonValue) error {
	switch key {
	case "users", "wildcard-user", "authKeys":
		if !value.null() {
			return errorAt(keyOffset, "%s cannot be set here", key)
		}
		return nil
	case "op", "presenter", "other", "allow-subgroups", "allow-anonymous":
		if !value.null() {
			return errorAt(keyOffset, "%s is obsolete", key)
		}
		return nil
	case "max-clients", "max-history-age":
		var n int
		if err := value.decode(&n); err != nil {
			return err
		}
		if n < 0 {
			return errorAt(value.offset, "%s is negative", key)
		}
	case "codecs":
		var names []string
		if err := value.decode(&names); err != nil {
			return err
		}
		for _, name := range names {
			if !slices.Contains(codecNames, name) {
				return errorAt(value.offset, "unknown codec %q", truncate(name, maxUsername))
			}
		}
	}
	if !slices.Contains(settingKeys, key) {
		return nil
	}
	return p.member(key, keyOffset, value)
}

// checkSettings says what is wrong with settings that are well formed.
func (d *Description) checkSettings() error {
	if d.Redirect != "" && !redirectable(d.Redirect) {
		return invalid("redirect is neither an http or https URL nor a path")
	}
	for key, value := range map[string]string{"authServer": d.AuthServer, "authPortal": d.AuthPortal} {
		if value != "" && !webURL(value) {
			return invalid("%s is not an http or https URL", key)
		}
	}
	if !d.NotBefore.IsZero() && !d.Expires.IsZero() && !d.NotBefore.Before(d.Expires) {
		return invalid("expires is not after not-before")
	}
	if _, err := json.Marshal(d); err != nil {
		return invalid("%v", err) // a time that RFC 3339 cannot express
	}
	return nil
}

// webURL says whether s is an absolute URL of the web.
func webURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// redirectable says whether a group may redirect to s.
func redirectable(s string) bool {
	u, err := url.Parse(s)
	return webURL(s) || err == nil && u.Scheme == "" && u.Host == "" &&
		strings.HasPrefix(u.Path, "/") && !strings.HasPrefix(u.Path, "//")
}
