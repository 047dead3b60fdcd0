package adminapi

import (
	"net/http"
	"slices"
	"strings"
)

// The paths of the resources, as templates of OpenAPI.
const (
	pathOpenAPI          = "/galene-api/v0/openapi.json"
	pathStats            = "/galene-api/v0/.stats"
	pathRelays           = "/galene-api/v0/.relays"
	pathGroups           = "/galene-api/v0/.groups/"
	pathGroup            = "/galene-api/v0/.groups/{group}"
	pathKeys             = pathGroup + "/.keys"
	pathUsers            = pathGroup + "/.users/"
	pathUser             = pathGroup + "/.users/{user}"
	pathPassword         = pathGroup + "/.users/{user}/.password"
	pathEmptyUser        = pathGroup + "/.empty-user"
	pathEmptyPassword    = pathGroup + "/.empty-user/.password"
	pathWildcardUser     = pathGroup + "/.wildcard-user"
	pathWildcardPassword = pathGroup + "/.wildcard-user/.password"
	pathTokens           = pathGroup + "/.tokens/"
	pathToken            = pathGroup + "/.tokens/{token}"
	pathRootTokens       = pathGroups + ".tokens/"
	pathRootToken        = pathGroups + ".tokens/{token}"
)

// A resource is what one path, or one form of paths, stands for.
type resource struct {
	path       string
	level      level
	summary    string
	operations []operation
	// others are methods announced to OPTIONS besides those allowed.
	others []string
}

// An operation is what a method does with a resource.
type operation struct {
	method  string
	summary string
	serve   func(*request) error
	// body is the media type of the request, and input its schema; empty
	// is no body.
	body, input string
	// output is the schema of the response to a request to read.
	output string
	// paged says that parts of the list can be asked for.
	paged bool
	// statuses are those of the responses, besides 401 and 429.
	statuses []int
}

// status says whether the operation may be answered with a status.
func (o operation) status(status int) bool { return slices.Contains(o.statuses, status) }

// operation returns the operation for a method; HEAD is GET without a body.
func (r *resource) operation(method string) (operation, bool) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for _, op := range r.operations {
		if op.method == method {
			return op, true
		}
	}
	return operation{}, false
}

// methods returns the methods of the resource, in the order in which they are
// announced.
func (r *resource) methods(others ...string) []string {
	var list []string
	for _, method := range []string{
		http.MethodHead, http.MethodGet, http.MethodPost,
		http.MethodPut, http.MethodDelete, http.MethodPatch,
	} {
		_, ok := r.operation(method)
		if ok || slices.Contains(others, method) {
			list = append(list, method)
		}
	}
	return list
}

// allowed returns the methods for the Allow header.
func (r *resource) allowed() string { return strings.Join(r.methods(), ", ") }

// announced returns the methods for the answer to OPTIONS.
func (r *resource) announced() string { return strings.Join(r.methods(r.others...), ", ") }

// resources is the table of everything that this interface has.
func resources() []*resource {
	table := []*resource{
		{
			path: pathOpenAPI, level: levelPublic, summary: "this description",
			operations: []operation{{
				method: http.MethodGet, summary: "Describe the interface",
				serve: (*request).getOpenAPI, output: "Document", statuses: []int{200, 304, 412},
			}},
		},
		{
			path: pathStats, level: levelServer, summary: "statistics",
			operations: []operation{{
				method: http.MethodGet, summary: "Read what members send and receive",
				serve: (*request).getStats, output: "Statistics", statuses: []int{200},
			}},
		},
		{
			path: pathRelays, level: levelServer, summary: "the TURN servers, as last tested",
			operations: []operation{{
				method: http.MethodGet, summary: "Read whether the TURN servers work",
				serve: (*request).getRelays, output: "Relays", statuses: []int{200},
			}},
		},
		{
			path: pathGroups, level: levelServer, summary: "the groups",
			operations: []operation{{
				method: http.MethodGet, summary: "List the groups that have a definition",
				serve: (*request).getGroups, output: "Names", paged: true,
				statuses: []int{200, 304, 400, 412},
			}},
		},
		{
			path: pathGroup, level: levelGroup, summary: "the definition of a group, without users and keys",
			operations: []operation{
				{
					method: http.MethodGet, summary: "Read the definition",
					serve: (*request).getGroup, output: "Group",
					statuses: []int{200, 304, 404, 412, 500},
				},
				{
					method: http.MethodPut, summary: "Create or replace the definition",
					serve: (*request).putGroup, body: mediaJSON, input: "Group",
					statuses: []int{201, 204, 400, 403, 412, 413, 415, 500},
				},
				{
					method: http.MethodPatch, summary: "Change some members of the definition",
					serve: (*request).patchGroup, body: mediaPatch, input: "Group",
					statuses: []int{204, 400, 403, 404, 412, 413, 415, 500},
				},
				{
					method: http.MethodDelete, summary: "Delete the group, its tokens, and send its members away",
					serve: (*request).deleteGroup, statuses: []int{204, 403, 404, 412},
				},
			},
		},
		{
			path: pathKeys, level: levelGroup, summary: "the keys that sign tokens of a group",
			operations: []operation{
				{
					method: http.MethodPut, summary: "Replace the keys",
					serve: (*request).putKeys, body: mediaKeys, input: "Keys",
					statuses: []int{204, 400, 403, 404, 412, 413, 415, 500},
				},
				{
					method: http.MethodDelete, summary: "Remove all keys",
					serve: (*request).deleteKeys, statuses: []int{204, 403, 404, 412, 500},
				},
			},
		},
		{
			path: pathUsers, level: levelGroup, summary: "the users of a group",
			operations: []operation{{
				method: http.MethodGet, summary: "List the users",
				serve: (*request).getUsers, output: "Names", paged: true,
				statuses: []int{200, 304, 400, 404, 412, 500},
			}},
		},
	}
	for _, entry := range []struct {
		path, summary string
	}{
		{pathUser, "a user"},
		{pathEmptyUser, "the user whose name is empty"},
		{pathWildcardUser, "everybody who is not named"},
	} {
		table = append(table, userResource(entry.path, entry.summary))
	}
	for _, entry := range []struct {
		path, summary string
		level         level
	}{
		{pathPassword, "the password of a user", levelSelf},
		{pathEmptyPassword, "the password of the user whose name is empty", levelGroup},
		{pathWildcardPassword, "the password of everybody who is not named", levelGroup},
	} {
		table = append(table, passwordResource(entry.path, entry.summary, entry.level))
	}
	return append(table,
		tokensResource(pathTokens, "the tokens of a group", levelGroup),
		tokenResource(pathToken, "a token of a group", levelGroup),
		tokensResource(pathRootTokens, "the tokens of the whole server", levelServer),
		tokenResource(pathRootToken, "a token of the whole server", levelServer),
	)
}

func userResource(path, summary string) *resource {
	put := []int{201, 204, 400, 403, 404, 412, 413, 415, 500}
	return &resource{
		path: path, level: levelGroup, summary: summary + ", without password",
		operations: []operation{
			{
				method: http.MethodGet, summary: "Read the entry",
				serve: (*request).getUser, output: "User", statuses: []int{200, 304, 404, 412, 500},
			},
			{
				method: http.MethodPut, summary: "Create the entry, or replace the permissions",
				serve: (*request).putUser, body: mediaJSON, input: "User", statuses: put,
			},
			{
				method: http.MethodPatch, summary: "Change the permissions",
				serve: (*request).patchUser, body: mediaPatch, input: "User", statuses: put[1:],
			},
			{
				method: http.MethodDelete, summary: "Delete the entry",
				serve: (*request).deleteUser, statuses: []int{204, 403, 404, 412, 500},
			},
		},
	}
}

func passwordResource(path, summary string, l level) *resource {
	statuses := []int{204, 400, 403, 404, 412, 413, 415, 500}
	return &resource{
		path: path, level: l, summary: summary,
		operations: []operation{
			{
				method: http.MethodPut, summary: "Store a password that may be hashed",
				serve: (*request).putPassword, body: mediaJSON, input: "Password", statuses: statuses,
			},
			{
				method: http.MethodPost, summary: "Hash and store a password",
				serve: (*request).postPassword, body: mediaText, input: "Text", statuses: statuses,
			},
			{
				method: http.MethodDelete, summary: "Remove the password",
				serve: (*request).deletePassword, statuses: []int{204, 403, 404, 412, 500},
			},
		},
	}
}

// tokenMethods are announced to OPTIONS for both kinds of resources.
var tokenMethods = [...]string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch}

// withGroup adds the statuses of a group that is missing or malformed.
func withGroup(l level, statuses ...int) []int {
	if l == levelGroup {
		statuses = append(statuses, http.StatusNotFound, http.StatusInternalServerError)
	}
	slices.Sort(statuses)
	return slices.Compact(statuses)
}

func tokensResource(path, summary string, l level) *resource {
	return &resource{
		path: path, level: l, summary: summary, others: tokenMethods[:],
		operations: []operation{
			{
				method: http.MethodGet, summary: "List the tokens, by expiry",
				serve: (*request).getTokens, output: "Names", statuses: withGroup(l, 200, 304, 412),
			},
			{
				method: http.MethodPost, summary: "Create a token",
				serve: (*request).postToken, body: mediaJSON, input: "Token",
				statuses: withGroup(l, 201, 400, 409, 413, 415),
			},
		},
	}
}

func tokenResource(path, summary string, l level) *resource {
	return &resource{
		path: path, level: l, summary: summary, others: tokenMethods[:],
		operations: []operation{
			{
				method: http.MethodGet, summary: "Read the token",
				serve: (*request).getToken, output: "Token", statuses: withGroup(l, 200, 304, 404, 412),
			},
			{
				method: http.MethodPut, summary: "Create or replace the token",
				serve: (*request).putToken, body: mediaJSON, input: "Token",
				statuses: withGroup(l, 201, 204, 400, 409, 412, 413, 415, 500),
			},
			{
				method: http.MethodPatch, summary: "Change some members of the token",
				serve: (*request).patchToken, body: mediaPatch, input: "Token",
				statuses: withGroup(l, 204, 400, 404, 412, 413, 415, 500),
			},
			{
				method: http.MethodDelete, summary: "Delete the token",
				serve: (*request).deleteToken, statuses: withGroup(l, 204, 404, 412, 500),
			},
		},
	}
}
