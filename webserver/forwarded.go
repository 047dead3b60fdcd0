package webserver

import "strings"

// parseForwarded parses an element of Forwarded (RFC 7239, 4), what one proxy says:
// for=192.0.2.1;proto=https.  Of a malformed one nothing is known.
func parseForwarded(element string) hop {
	var h hop
	seen := make(map[string]bool)
	for _, pair := range splitQuoted(element, ';') {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		name = strings.ToLower(name)
		value, ok := unquote(value)
		if !ok || seen[name] {
			return hop{}
		}
		seen[name] = true
		switch name {
		case "for":
			h.addr = parseNode(value)
		case "proto":
			h.scheme = parseScheme(value)
		}
	}
	return h
}

// splitQuoted splits s at a separator, but not within quoted strings.
func splitQuoted(s string, separator byte) []string {
	var parts []string
	start, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == separator && !quoted:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// unquote returns the value of a token or of a quoted string (RFC 9110, 5.6), and false
// if it is neither.
func unquote(s string) (string, bool) {
	inner, ok := strings.CutPrefix(s, `"`)
	if !ok {
		return s, s != "" && !strings.ContainsAny(s, "\" \t\\")
	}
	var b strings.Builder
	for i := 0; i < len(inner); i++ {
		switch c := inner[i]; c {
		case '"':
			return b.String(), i == len(inner)-1
		case '\\':
			if i++; i == len(inner) {
				return "", false
			}
			b.WriteByte(inner[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}
