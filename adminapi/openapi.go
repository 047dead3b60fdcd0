package adminapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// object is a JSON object of the OpenAPI document.
type object = map[string]any

// getOpenAPI serves the description of the interface.
func (q *request) getOpenAPI() error {
	q.w.Header().Set("Cache-Control", "no-cache")
	return q.reply(json.RawMessage(q.api.document))
}

// openAPI makes the OpenAPI 3.1 document from the table of resources.
func openAPI(table []*resource) ([]byte, error) {
	paths := object{}
	for _, res := range table {
		item := object{"summary": res.summary}
		if parameters := pathParameters(res); len(parameters) > 0 {
			item["parameters"] = parameters
		}
		for _, method := range res.methods() {
			op, _ := res.operation(method)
			item[strings.ToLower(method)] = describe(res, op, method)
		}
		item["options"] = object{
			"operationId": operationID(res, http.MethodOptions),
			"summary":     "Ask for the methods, and whether another origin may use them",
			"security":    []any{},
			"responses":   object{"200": object{"description": "The methods are in the headers"}},
		}
		paths[res.path] = item
	}
	document, err := json.Marshal(object{
		"openapi": "3.1.0",
		"info": object{
			"title":   "Administration of groups",
			"version": "0",
			"description": "Reads and changes groups, their users, passwords, keys and tokens. " +
				"Names of groups and users may contain slashes, which stand as they are in paths.",
		},
		"servers":  []any{object{"url": "/"}},
		"security": []any{object{"basic": []any{}}, object{"bearer": []any{}}},
		"paths":    paths,
		"components": object{
			"securitySchemes": object{
				"basic":  object{"type": "http", "scheme": "basic"},
				"bearer": object{"type": "http", "scheme": "bearer"},
			},
			"schemas": schemas(),
		},
	})
	if err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	return document, nil
}

// pathParameters describes the variable parts of a path.
func pathParameters(res *resource) []any {
	var list []any
	for _, p := range []struct{ name, description string }{
		{"group", "name of a group"},
		{"user", "name of a user of the group"},
		{"token", "a token"},
	} {
		if strings.Contains(res.path, "{"+p.name+"}") {
			list = append(list, object{
				"name": p.name, "in": "path", "required": true,
				"description": p.description, "schema": object{"type": "string", "minLength": 1},
			})
		}
	}
	return list
}

// operationID names an operation, for instance putGroupsUsersPassword.
func operationID(res *resource, method string) string {
	id := strings.ToLower(method)
	for part := range strings.FieldsFuncSeq(strings.TrimPrefix(res.path, "/galene-api/v0"), func(r rune) bool {
		return strings.ContainsRune("/.-", r)
	}) {
		part = strings.Trim(part, "{}")
		id += strings.ToUpper(part[:1]) + part[1:]
	}
	return id
}

// describe describes one operation.
func describe(res *resource, op operation, method string) object {
	statuses := slices.Clone(op.statuses)
	if res.level != levelPublic {
		statuses = append(statuses, http.StatusUnauthorized, http.StatusTooManyRequests)
	}
	responses := object{}
	for _, status := range statuses {
		responses[strconv.Itoa(status)] = response(op, method, status)
	}
	d := object{
		"operationId": operationID(res, method),
		"summary":     op.summary,
		"description": "For " + res.level.String() + ".",
		"responses":   responses,
	}
	if res.level == levelPublic {
		d["security"] = []any{}
	}
	if parameters := parameters(op); len(parameters) > 0 {
		d["parameters"] = parameters
	}
	if op.body != "" {
		d["requestBody"] = object{
			"required": true,
			"content":  object{op.body: object{"schema": reference(op.input)}},
		}
	}
	return d
}

// parameters describes the query and the preconditions of an operation.
func parameters(op operation) []any {
	var list []any
	if op.paged {
		list = append(list,
			object{
				"name": "limit", "in": "query", "description": "greatest number of names",
				"schema": object{"type": "integer", "minimum": 1},
			},
			object{
				"name": "after", "in": "query", "description": "list the names that follow this one",
				"schema": object{"type": "string"},
			})
	}
	if op.status(http.StatusPreconditionFailed) {
		for _, name := range []string{"If-Match", "If-None-Match"} {
			list = append(list, object{
				"name": name, "in": "header", "description": "entity tags, or *",
				"schema": object{"type": "string"},
			})
		}
	}
	return list
}

// responseTexts says what the statuses mean.
var responseTexts = map[int]string{
	http.StatusOK:                    "Here it is",
	http.StatusCreated:               "Created",
	http.StatusNoContent:             "Done",
	http.StatusNotModified:           "If-None-Match matches",
	http.StatusBadRequest:            "The request, or a value in its body, makes no sense",
	http.StatusUnauthorized:          "Missing or wrong credentials",
	http.StatusForbidden:             "The configuration forbids changes, or the page is of another origin",
	http.StatusNotFound:              "There is no such thing",
	http.StatusConflict:              "The token is of another group, or there are too many",
	http.StatusPreconditionFailed:    "It has changed, or exists, or does not, against If-Match or If-None-Match",
	http.StatusRequestEntityTooLarge: "The body has more than 1048576 bytes",
	http.StatusUnsupportedMediaType:  "The body is of another type than in the Accept header of the response",
	http.StatusTooManyRequests:       "Too many failed attempts: try again after Retry-After",
	http.StatusInternalServerError:   "A file of the server is malformed or cannot be written",
}

// response describes one response.
func response(op operation, method string, status int) object {
	d := object{"description": responseTexts[status]}
	headers := object{}
	header := func(name, text string) {
		headers[name] = object{"description": text, "schema": object{"type": "string"}}
	}
	switch status {
	case http.StatusOK:
		if method != http.MethodHead {
			d["content"] = object{mediaJSON: object{"schema": reference(op.output)}}
		}
		if op.status(http.StatusPreconditionFailed) {
			header("ETag", "entity tag of this very object")
		}
	case http.StatusNotModified:
		header("ETag", "entity tag of this very object")
	case http.StatusCreated:
		header("ETag", "entity tag of the new object")
		header("Location", "where it is")
	case http.StatusUnauthorized:
		header("WWW-Authenticate", "a challenge")
	case http.StatusUnsupportedMediaType:
		header("Accept", "the type that is expected")
	case http.StatusTooManyRequests:
		header("Retry-After", "seconds to wait")
	}
	if len(headers) > 0 {
		d["headers"] = headers
	}
	if status >= http.StatusBadRequest && status != http.StatusPreconditionFailed && method != http.MethodHead {
		d["content"] = object{
			mediaProblem: object{"schema": reference("Problem")},
			mediaText:    object{"schema": reference("Text")},
		}
	}
	return d
}

func reference(schema string) object { return object{"$ref": "#/components/schemas/" + schema} }
