package group

import "galene/internal/problem"

// Config is config.json, the global configuration (spec 17.1).  It is
// immutable.
type Config struct {
	CanonicalHost    string
	AllowOrigin      []string
	AllowAdminOrigin []string
	ProxyURL         string
	WritableGroups   bool
	// Users are the administrators.
	Users map[string]*UserEntry

	warnings []problem.Problem
}

// configParser holds what is collected while the configuration is read.  Its
// members are like those of parser.
type configParser struct {
	file    string
	data    []byte
	c       *Config
	places  map[string]int
	defects *defects
}

// parseConfig reads the content of config.json.
func parseConfig(file string, data []byte) (*Config, error) {
	p := &configParser{file: file, data: data, c: &Config{}}
	if err := p.parse(); err != nil {
		return nil, err
	}
	return p.c, nil
}

// parse reads the configuration.  If defects are collected, only those that end the
// reading are returned.
func (p *configParser) parse() error {
	document, err := parseDocument(p.data)
	if err != nil {
		return err
	}
	document.defects = p.defects
	if err := document.members(p.member); err != nil {
		return err
	}
	for name, user := range p.c.Users {
		if err := user.Password.check(); err != nil {
			p.note(user.offset, problem.Error, "user %q: %v", name, err)
		}
	}
	problem.SortByPlace(p.c.warnings)
	return nil
}

// note notes something that does not make the file unusable.
func (p *configParser) note(offset int, severity problem.Severity, format string, args ...any) {
	p.c.warnings = append(p.c.warnings, problem.At(p.file, p.data, offset, severity, format, args...))
}

// member reads one member of the configuration.
func (p *configParser) member(key string, keyOffset int, value jsonValue) (err error) {
	c := p.c
	if p.places != nil {
		p.places[key] = value.offset
	}
	switch key {
	case "canonicalHost":
		return value.decode(&c.CanonicalHost)
	case "allowOrigin":
		return value.decode(&c.AllowOrigin)
	case "allowAdminOrigin":
		return value.decode(&c.AllowAdminOrigin)
	case "proxyURL":
		return value.decode(&c.ProxyURL)
	case "writableGroups":
		return value.decode(&c.WritableGroups)
	case "users":
		c.Users, err = parseUsers(value)
		return err
	case "admin":
		p.note(keyOffset, problem.Warning, "admin is obsolete and ignored")
		return nil
	}
	return errorAt(keyOffset, "unknown key %q", key)
}
