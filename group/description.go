package group

import (
	"encoding/json"
	"time"
)

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
	// Codecs are the names of the codecs to offer, in lower case.
	Codecs []string
}

// UserEntry is the entry of a user in a description or in the global
// configuration (spec 16.1).  It is immutable.
type UserEntry struct {
	Password    Password
	permissions permissionSet
}

// Password is the password of a user entry (spec 16.2).  The zero value accepts
// nothing.
type Password struct{}

// Problem is a defect of a file.
type Problem struct {
	File   string
	Line   int // from 1; 0 is unknown
	Column int // from 1, in bytes; 0 is unknown
	Reason string
}
