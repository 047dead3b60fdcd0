package adminapi

import "strings"

// target is what the path of a request names.
type target struct {
	group string // empty is the root
	user  string
	token string
}

// split cuts a path at its first component that starts with a dot: rest is
// what follows that component, with its slash.
func split(path string) (before, kind, rest string) {
	i := strings.Index(path, "/.")
	if i < 0 {
		return path, "", ""
	}
	kind = path[i+1:]
	if j := strings.IndexByte(kind, '/'); j >= 0 {
		kind, rest = kind[:j], kind[j:]
	}
	return path[:i], kind, rest
}

// parsePath finds the resource that a decoded path names.  If it is of an unknown
// kind below a group, the resource is empty.
func parsePath(path string) (resource string, t target, ok bool) {
	path, ok = strings.CutPrefix(path, strings.TrimSuffix(Prefix, "/"))
	if !ok {
		return "", t, false
	}
	if path == "/v0/openapi.json" {
		return pathOpenAPI, t, true
	}
	version, kind, rest := split(path)
	switch {
	case version != "/v0":
		return "", t, false
	case kind == ".stats" && rest == "":
		return pathStats, t, true
	case kind == ".relays" && rest == "":
		return pathRelays, t, true
	case kind == ".groups" && (rest == "" || rest == "/"):
		return pathGroups, t, true
	case kind == ".groups":
		return parseGroupPath(rest)
	}
	return "", t, false
}

// parseGroupPath parses what follows .groups.
func parseGroupPath(path string) (resource string, t target, ok bool) {
	name, kind, rest := split(path)
	t.group = strings.TrimPrefix(name, "/")
	if kind == "" {
		t.group = strings.TrimSuffix(t.group, "/")
		return pathGroup, t, t.group != ""
	}
	if kind == ".tokens" {
		return parseTokenPath(rest, t)
	}
	if t.group == "" {
		return "", t, false
	}
	switch kind {
	case ".keys":
		return pathKeys, t, rest == ""
	case ".users":
		return parseUserPath(rest, t)
	case ".empty-user":
		return parseEntryPath(pathEmptyUser, pathEmptyPassword, rest, t)
	case ".wildcard-user":
		return parseEntryPath(pathWildcardUser, pathWildcardPassword, rest, t)
	}
	return "", t, true
}

// parseTokenPath parses what follows .tokens.
func parseTokenPath(rest string, t target) (string, target, bool) {
	collection, member := pathTokens, pathToken
	if t.group == "" {
		collection, member = pathRootTokens, pathRootToken
	}
	if rest == "" {
		return "", t, false
	}
	t.token = rest[1:]
	if t.token == "" {
		return collection, t, true
	}
	return member, t, true
}

// parseUserPath parses what follows .users.
func parseUserPath(rest string, t target) (string, target, bool) {
	switch rest {
	case "":
		return "", t, false
	case "/":
		return pathUsers, t, true
	}
	name, kind, rest := split(rest)
	if name == "" {
		return "", t, false
	}
	t.user = name[1:]
	switch kind {
	case "":
		return pathUser, t, true
	case ".password":
		return pathPassword, t, rest == ""
	}
	return "", t, true
}

// parseEntryPath parses what follows .empty-user and .wildcard-user.
func parseEntryPath(entry, password, rest string, t target) (string, target, bool) {
	switch rest {
	case "":
		return entry, t, true
	case "/.password":
		return password, t, true
	}
	return "", t, false
}
