package group

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds on names, in bytes (W-19).
const (
	maxNameComponent = 250
	maxName          = 1024
	maxUsername      = 256
	maxID            = 256 // of a client or stream
)

// ValidName says whether name may be the name of a group (GRP-1, W-19).
func ValidName(name string) bool {
	if len(name) > maxName || !validPath(name) || hasControl(name) {
		return false
	}
	for component := range strings.SplitSeq(name, "/") {
		if component[0] == '.' || len(component) > maxNameComponent {
			return false
		}
	}
	return true
}

// ValidUsername says whether name may be the name of a member (GRP-3, W-19).
func ValidUsername(name string) bool {
	if name == "" {
		return true
	}
	return len(name) <= maxUsername && validPath(name) &&
		!hasControl(name) && !strings.ContainsFunc(name, bidirectional)
}

// validPath says whether name is a sequence of proper components.
func validPath(name string) bool {
	if !utf8.ValidString(name) || strings.Contains(name, `\`) {
		return false
	}
	for component := range strings.SplitSeq(name, "/") {
		if component == "" || component == "." || component == ".." {
			return false
		}
	}
	return true
}

// hasControl says whether s contains control characters, NUL included.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, unicode.IsControl)
}

// bidirectional says whether r overrides or embeds a direction of writing, with
// which one name can be made to look like another.
func bidirectional(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}
