package adminapi

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"galene/group"
)

// TestDocumentIsServed checks the address of the OpenAPI document.
func TestDocumentIsServed_W18(t *testing.T) {
	h := newHouse(t)
	a := h.want(200, "GET", "/openapi.json", "", "Authorization", "")
	if a.body != string(h.API.document)+"\n" || h.document["openapi"] != "3.1.0" {
		t.Errorf("got %.100s", a.body)
	}
	h.want(304, "GET", "/openapi.json", "", "If-None-Match", a.tag())
}

// TestEveryRouteIsDocumented checks that the document has exactly the resources
// that paths lead to.
func TestEveryRouteIsDocumented_W18(t *testing.T) {
	h := newHouse(t)
	documented := at(h.document, "paths")
	for path := range documented {
		concrete := strings.NewReplacer("{group}", "g", "{user}", "u", "{token}", "t").Replace(path)
		if got, _, ok := parsePath(concrete); !ok || got != path {
			t.Errorf("%s leads to %s", concrete, got)
		}
	}
	if len(documented) != len(h.resources) {
		t.Errorf("%d paths are documented, %d exist", len(documented), len(h.resources))
	}
	ids := make(map[string]bool)
	for path, res := range h.resources {
		item := at(documented, path)
		for _, method := range append(res.methods(), "OPTIONS") {
			op := at(item, strings.ToLower(method))
			if id := fmt.Sprint(op["operationId"]); op == nil || ids[id] {
				t.Errorf("%s %s: operationId %s", method, path, id)
			} else {
				ids[id] = true
			}
		}
		if extra := len(item) - len(res.methods()) - 1; extra > 2 { // summary and parameters
			t.Errorf("%s: methods that do not exist", path)
		}
	}
}

// TestReferencesResolve checks that every schema that is named is there.
func TestReferencesResolve_W18(t *testing.T) {
	h := newHouse(t)
	used := make(map[string]bool)
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, element := range v {
				walk(element)
			}
		case object:
			if ref, ok := v["$ref"].(string); ok {
				used[strings.TrimPrefix(ref, "#/components/schemas/")] = true
			}
			for _, member := range v {
				walk(member)
			}
		}
	}
	walk(h.document)
	all := at(h.document, "components", "schemas")
	for name := range used {
		if all[name] == nil {
			t.Errorf("schema %s does not exist", name)
		}
	}
	if len(used) != len(all) {
		t.Errorf("%d schemas, %d of them used", len(all), len(used))
	}
}

// TestEveryStatusIsReal provokes every status that the document has, for every
// operation; that there are no others is checked by every test, in
// house.checkDocumented.
func TestEveryStatusIsReal_W18(t *testing.T) {
	for path, item := range at(newHouse(t).document, "paths") {
		for method := range item.(object) {
			for status := range at(item.(object), method, "responses") {
				code, err := strconv.Atoi(status)
				if err != nil {
					t.Fatal(err)
				}
				t.Run(fmt.Sprintf("%s %s %s", method, path, status), func(t *testing.T) {
					t.Parallel()
					provoke(t, path, strings.ToUpper(method), code)
				})
			}
		}
	}
}

// provoke makes a request that is to be answered with the given status.
func provoke(t *testing.T, path, method string, status int) {
	h := newHouse(t, func(o *group.Options) {
		if status == http.StatusConflict {
			o.Limits.Tokens = 1
		}
	})
	res := h.resources[path]
	op, _ := res.operation(method)
	names := map[string]string{"{group}": "tea", "{user}": "bob", "{token}": "teatoken"}
	if path == pathRootToken {
		names["{token}"] = "roottoken"
	}
	headers := map[string]string{"Content-Type": op.body}
	body := map[string]string{
		mediaJSON: `{}`, mediaPatch: `{}`, mediaKeys: `{}`, mediaText: "secret", "": "",
	}[op.body]

	switch status {
	case http.StatusCreated:
		switch path {
		case pathGroup:
			names["{group}"] = "fresh"
		case pathUser:
			names["{user}"] = "fresh"
		case pathEmptyUser, pathWildcardUser:
			names["{group}"] = "other"
		case pathToken, pathRootToken:
			names["{token}"] = "fresh"
		}
	case http.StatusNotModified:
		headers["If-None-Match"] = "*"
	case http.StatusBadRequest:
		switch {
		case op.paged:
			path += "?limit=0"
		case op.body == mediaText:
			body = ""
		default:
			body = "{"
		}
	case http.StatusUnauthorized:
		headers["Authorization"] = "Bearer nonsense"
	case http.StatusForbidden:
		h.write("data/config.json", strings.Replace(testConfig, `"writableGroups": true,`, "", 1))
	case http.StatusNotFound:
		names["{group}"] = "none"
		if path == pathRootToken {
			names["{token}"] = "none"
		}
	case http.StatusConflict:
		if method == "PUT" {
			names["{token}"] = "othertoken"
		}
	case http.StatusPreconditionFailed:
		headers["If-Match"] = `"outdated"`
	case http.StatusRequestEntityTooLarge:
		body = strings.Repeat(" ", maxBody+1)
	case http.StatusUnsupportedMediaType:
		headers["Content-Type"] = "image/png"
	case http.StatusTooManyRequests:
		headers["Authorization"] = basic("guesser", "x")
		for range 11 {
			h.do("GET", "/.stats", "", "Authorization", headers["Authorization"])
		}
	case http.StatusInternalServerError:
		h.write("groups/bad.json", `{`)
		names["{group}"] = "bad"
		if path == pathRootToken {
			h.write("data/var/tokens.jsonl", testTokens+"{\n")
		}
	}
	for name, value := range names {
		path = strings.ReplaceAll(path, name, value)
	}
	var list []string
	for name, value := range headers {
		list = append(list, name, value)
	}
	h.want(status, method, strings.TrimPrefix(path, "/galene-api/v0"), body, list...)
}

// TestOperationsAreComplete checks that the table has what every operation of a
// kind has to have.
func TestOperationsAreComplete(t *testing.T) {
	for _, res := range resources() {
		for _, op := range res.operations {
			if (op.body != "") != (op.input != "") || (op.body != "") != op.status(413) || op.status(413) != op.status(415) {
				t.Errorf("%s %s: body %q, schema %q", op.method, res.path, op.body, op.input)
			}
			if (op.method == "GET") != (op.output != "") || !slices.IsSorted(op.statuses) || op.summary == "" {
				t.Errorf("%s %s: incomplete", op.method, res.path)
			}
		}
	}
}
