package group

import (
	"encoding/json"
	"slices"
	"time"

	"galene/group/token"
	"galene/internal/problem"
)

// DefaultHistoryAge is how long chat messages are kept, and how long an idle
// group stays loaded, where a description does not say.
const DefaultHistoryAge = 14400 * time.Second

// Description is the content of a description file (spec 15).  It is immutable.
type Description struct {
	// Path is the file.
	Path string
	// Automatic says that the description was found for a group further up
	// (GRP-4).
	Automatic bool

	DisplayName        string
	Text               string // the "description" key
	Contact            string
	Comment            string
	Public             bool
	Redirect           string
	MaxClients         int           // 0 is no limit
	MaxHistoryAge      time.Duration // never 0
	NotBefore          time.Time     // zero is none
	Expires            time.Time     // zero is none
	AllowRecording     bool
	UnrestrictedTokens bool
	AutoSubgroups      bool
	Autolock           bool
	Autokick           bool
	Users              map[string]*UserEntry
	WildcardUser       *UserEntry
	AuthKeys           []json.RawMessage // JWKs
	AuthServer         string
	AuthPortal         string
	// Codecs are the known ones of those named, never empty.
	Codecs []string

	// warnings are defects that do not make the file unusable.
	warnings []problem.Problem
	// sub is what automatic subgroups follow.
	sub *Description
	// decoy is the password to check in vain for unknown users (W-23).
	decoy Password
}

// defaultCodecs are those of a description that names none.
var defaultCodecs = []string{"vp8", "opus"}

// codecNames are the codecs that a description may name.
var codecNames = []string{"vp8", "vp9", "av1", "h264", "h265", "opus", "red", "g722", "pcmu", "pcma"}

// subgroup makes the description that automatic subgroups follow: they share the
// users and all options, but are never public and have no text (GRP-5).
func (d *Description) subgroup() *Description {
	sub := *d
	sub.Automatic = true
	sub.Public = false
	sub.Text = ""
	return &sub
}

// maxSeconds is the greatest number of seconds that fits into a time.Duration
// with room to spare.
const maxSeconds = 100 * 365 * 24 * 3600

// parser holds what is collected while a description is read.
type parser struct {
	file string
	data []byte
	d    *Description
	// legacy entries are added last, in this order.
	op, presenter, other []legacyUser
	// places are the offsets of the values, by key; nil if nobody wants them.
	places map[string]int
	// defects collects all errors; nil if the first one is enough.
	defects *defects
}

// legacyUser is an entry of the arrays op, presenter and other.
type legacyUser struct {
	username    string
	password    Password
	hasPassword bool
	offset      int
}

// parseDescription reads the content of a description file.  problemOf says where
// the error is.
func parseDescription(file string, data []byte) (*Description, error) {
	p := &parser{file: file, data: data, d: &Description{Path: file}}
	if err := p.parse(); err != nil {
		return nil, err
	}
	p.d.sub = p.d.subgroup()
	return p.d, nil
}

// parse reads the description.  If defects are collected, only those that end the
// reading are returned.
func (p *parser) parse() error {
	document, err := parseDocument(p.data)
	if err != nil {
		return err
	}
	document.defects = p.defects
	if err := document.members(p.member); err != nil {
		return err
	}
	p.upgrade()
	p.finish()
	return nil
}

// warn notes something that may not be meant so.
func (p *parser) warn(offset int, format string, args ...any) {
	p.d.warnings = append(p.d.warnings, problem.At(p.file, p.data, offset, problem.Warning, format, args...))
}

// fault notes something that cannot work, but leaves the rest of the file usable.
func (p *parser) fault(offset int, format string, args ...any) {
	p.d.warnings = append(p.d.warnings, problem.At(p.file, p.data, offset, problem.Error, format, args...))
}

// member reads one member of the description.
func (p *parser) member(key string, keyOffset int, value jsonValue) (err error) {
	d := p.d
	if p.places != nil {
		p.places[key] = value.offset
	}
	switch key {
	case "displayName":
		return value.decode(&d.DisplayName)
	case "description":
		return value.decode(&d.Text)
	case "contact":
		return value.decode(&d.Contact)
	case "comment":
		return value.decode(&d.Comment)
	case "public":
		return value.decode(&d.Public)
	case "redirect":
		return value.decode(&d.Redirect)
	case "max-clients":
		return value.decode(&d.MaxClients)
	case "max-history-age":
		var seconds int
		err = value.decode(&seconds)
		d.MaxHistoryAge = time.Duration(min(seconds, maxSeconds)) * time.Second
	case "not-before":
		d.NotBefore, err = parseTime(value)
	case "expires":
		d.Expires, err = parseTime(value)
	case "allow-recording":
		return value.decode(&d.AllowRecording)
	case "unrestricted-tokens":
		return value.decode(&d.UnrestrictedTokens)
	case "auto-subgroups":
		return p.setTrue(value, &d.AutoSubgroups)
	case "autolock":
		return value.decode(&d.Autolock)
	case "autokick":
		return value.decode(&d.Autokick)
	case "users":
		d.Users, err = parseUsers(value)
	case "wildcard-user":
		if !value.null() {
			d.WildcardUser, err = parseUserEntry(value)
		}
	case "authKeys":
		err = p.authKeys(value)
	case "authServer":
		return value.decode(&d.AuthServer)
	case "authPortal":
		return value.decode(&d.AuthPortal)
	case "codecs":
		err = p.codecs(value)
	case "op":
		p.op, err = p.legacyUsers(value)
	case "presenter":
		p.presenter, err = p.legacyUsers(value)
	case "other":
		p.other, err = p.legacyUsers(value)
	case "allow-subgroups":
		return p.setTrue(value, &d.AutoSubgroups)
	case "allow-anonymous":
		p.warn(keyOffset, "allow-anonymous is obsolete and ignored")
	default:
		return errorAt(keyOffset, "unknown key %q", key)
	}
	return err
}

// setTrue sets the option if the value is true, but never resets it, as two keys
// may set it.
func (p *parser) setTrue(v jsonValue, option *bool) error {
	var b bool
	err := v.decode(&b)
	*option = *option || b
	return err
}

// parseTime reads an RFC 3339 time; null is none.
func parseTime(v jsonValue) (time.Time, error) {
	var s string
	if err := v.decode(&s); err != nil || v.null() {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, errorAt(v.offset, "%q is not an RFC 3339 time", s)
	}
	return t, nil
}

// authKeys reads the keys of cryptographic tokens, which must be objects; unusable
// ones are skipped when they are needed (W-9).
func (p *parser) authKeys(v jsonValue) error {
	if v.null() {
		return nil
	}
	p.d.AuthKeys = nil
	return v.elements(func(key jsonValue) error {
		if key.raw[0] != '{' {
			return errorAt(key.offset, "authKeys: not an object")
		}
		if err := token.CheckKey(key.raw); err != nil {
			p.fault(key.offset, "authKeys: %v", err)
		} else if token.HasPrivateHalf(key.raw) {
			p.warn(key.offset, "authKeys: the key has its private half, which is of no use here")
		}
		p.d.AuthKeys = append(p.d.AuthKeys, key.raw)
		return nil
	})
}

// codecs reads the list of codecs; unknown ones are skipped.
func (p *parser) codecs(v jsonValue) error {
	if v.null() {
		return nil
	}
	p.d.Codecs = nil
	return v.elements(func(value jsonValue) error {
		var name string
		if err := value.decode(&name); err != nil {
			return err
		}
		switch {
		case !slices.Contains(codecNames, name):
			p.fault(value.offset, "unknown codec %q", name)
		case !slices.Contains(p.d.Codecs, name):
			p.d.Codecs = append(p.d.Codecs, name)
		}
		return nil
	})
}

// finish fills in the defaults, and looks for unusable entries.
func (p *parser) finish() {
	d := p.d
	if d.MaxHistoryAge <= 0 {
		d.MaxHistoryAge = DefaultHistoryAge
	}
	d.MaxClients = max(d.MaxClients, 0)
	if len(d.Codecs) == 0 {
		d.Codecs = slices.Clone(defaultCodecs)
	}
	for name, user := range d.Users {
		if err := user.Password.check(); err != nil {
			p.fault(user.offset, "user %q: %v", name, err)
		} else if user.Password.expensive() && !d.decoy.expensive() {
			d.decoy = user.Password
		}
	}
	if d.WildcardUser != nil {
		if err := d.WildcardUser.Password.check(); err != nil {
			p.fault(d.WildcardUser.offset, "wildcard user: %v", err)
		}
	}
	problem.SortByPlace(d.warnings)
}
