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
}
