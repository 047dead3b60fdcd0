package group

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

	warnings []Problem
}

// parseConfig reads the content of config.json.
func parseConfig(file string, data []byte) (*Config, error) {
	c := &Config{}
	document, err := parseDocument(data)
	if err != nil {
		return nil, err
	}
	err = document.members(func(key string, keyOffset int, value jsonValue) (err error) {
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
			line, column := position(data, keyOffset)
			c.warnings = append(c.warnings, Problem{
				File: file, Line: line, Column: column, Reason: "admin is obsolete and ignored",
			})
			return nil
		}
		return errorAt(keyOffset, "unknown key %q", key)
	})
	if err != nil {
		return nil, err
	}
	for name, user := range c.Users {
		if err := user.Password.check(); err != nil {
			line, column := position(data, user.offset)
			c.warnings = append(c.warnings, Problem{
				File: file, Line: line, Column: column, Reason: "user " + name + ": " + err.Error(),
			})
		}
	}
	return c, nil
}
