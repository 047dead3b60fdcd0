package adminapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"
)

// generator makes requests from the OpenAPI document: of each operation, with values that
// its schemas describe and values that they do not.
type generator struct {
	*rand.Rand
	document object
	ops      []documented
}

// documented is an operation of the document.
type documented struct {
	method, path string
	op           object
}

// newGenerator returns a generator; the same seed makes the same requests.
func newGenerator(document object, seed uint64) *generator {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0)), document: document}
	paths := at(document, "paths")
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		item := at(paths, path)
		for _, method := range slices.Sorted(maps.Keys(item)) {
			if op, ok := item[method].(object); ok && op["responses"] != nil {
				g.ops = append(g.ops, documented{strings.ToUpper(method), path, op})
			}
		}
	}
	return g
}

// pick returns one of the values.
func pick[T any](g *generator, values ...T) T { return values[g.IntN(len(values))] }

// chance is true once in n times.
func (g *generator) chance(n int) bool { return g.IntN(n) == 0 }

// odd returns a string that something may stumble over.
func (g *generator) odd() string {
	return pick(g, "", ".", "..", "/", "\\", "\x00", "a\nb", "a\x7fb", "é", "e\u0301", "\u202e", "\ufffd", "\xff", "\U0001F600",
		"../../data/config", "%2e%2e%2f", "<script>", "{}", "null", "0", "-1", "true", strings.Repeat("x", 300), strings.Repeat("\u00e9/", 200),
		"con", "x.json", ".hidden", "a/.b", "a//b", " ", "a b", "tea", "op", "__proto__", "*", `"`, "2026-01-01T00:00:00Z")
}

// value makes a value of a schema; with the given depth left, and now and then one that
// is not.
func (g *generator) value(schema object, depth int) any {
	if ref, ok := schema["$ref"].(string); ok {
		schema = at(g.document, "components", "schemas", strings.TrimPrefix(ref, "#/components/schemas/"))
	}
	if g.chance(12) {
		return g.anything(depth)
	}
	if choices, ok := schema["oneOf"].([]any); ok {
		return g.value(pick(g, choices...).(object), depth)
	}
	if values, ok := schema["enum"].([]any); ok {
		return pick(g, values...)
	}
	if value, ok := schema["const"]; ok {
		return value
	}
	kind := schema["type"]
	if kinds, ok := kind.([]any); ok {
		kind = pick(g, kinds...)
	}
	switch kind {
	case "string":
		if schema["format"] == "date-time" {
			return pick(g, "2026-07-02T00:00:00Z", "2020-01-01T00:00:00.123456789+01:00", "9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z", g.odd())
		}
		return pick(g, "present", "op", "pbkdf2", "bcrypt", "plain", "wildcard", "sha-256", "00ff", "https://x.example/", g.odd())
	case "boolean":
		return g.chance(2)
	case "integer":
		return pick[any](g, 0, 1, 4096, 1<<31, -1, 1<<53, json.Number("1e400"), 1.5)
	case "number":
		return pick[any](g, 0.0, 1.5, -1.0, 1e300)
	case "array":
		list := []any{}
		for range g.IntN(4) {
			list = append(list, g.value(at(schema, "items"), depth-1))
		}
		return list
	case "object":
		o := object{}
		properties := at(schema, "properties")
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			if g.chance(3) {
				o[name] = g.value(at(properties, name), depth-1)
			}
		}
		for _, name := range asList(schema["required"]) {
			if !g.chance(10) {
				o[name.(string)] = g.value(at(properties, name.(string)), depth-1)
			}
		}
		if g.chance(8) {
			o[g.odd()] = g.anything(depth - 1)
		}
		return o
	}
	return nil
}

func asList(v any) []any {
	list, _ := v.([]any)
	return list
}

// anything makes a value of any type.
func (g *generator) anything(depth int) any {
	switch n := g.IntN(8); {
	case n == 0:
		return nil
	case n == 1:
		return g.chance(2)
	case n == 2:
		return pick[any](g, 0, -1, 1<<40, 0.5, json.Number("-1e999"))
	case n == 3 && depth > 0:
		return []any{g.anything(depth - 1), g.anything(depth - 1)}
	case n == 4 && depth > 0:
		return object{g.odd(): g.anything(depth - 1), "key": g.anything(depth - 1)}
	}
	return g.odd()
}

// body makes the body of a request of an operation, and says of which type it is.
func (g *generator) body(op object) (mediaType, body string) {
	content := at(op, "requestBody", "content")
	if content == nil {
		if g.chance(10) {
			return jsonType, `{"unexpected": true}`
		}
		return "", ""
	}
	for mediaType = range content { // there is one
	}
	if mediaType == mediaText {
		body = pick(g, "a password", g.odd())
	} else {
		b, err := json.Marshal(g.value(at(content, mediaType, "schema"), 6))
		if err != nil {
			b = []byte(`{`) // of numbers that are none
		}
		body = string(b)
	}
	switch g.IntN(20) { // spoil it
	case 0:
		body = body[:g.IntN(len(body)+1)]
	case 1:
		body += g.odd()
	case 2:
		if body != "" {
			b := []byte(body)
			b[g.IntN(len(b))] ^= 1 << g.IntN(8)
			body = string(b)
		}
	case 3:
		mediaType = pick(g, "", "text/html", jsonType, mediaPatch, mediaText, mediaKeys, "a/b; c=\"", jsonType+"; charset=latin1")
	case 4:
		body = ""
	}
	return mediaType, body
}

// authorization returns the credentials of somebody: the administrator of the server, that of
// the group, a user, who has a token, who has wrong ones, nobody.
func (g *generator) authorization() string {
	if !g.chance(3) {
		return basic("root", "rootpw")
	}
	return pick(g, basic("ada", "adapw"), basic("ada", "adapw"), basic("ada", "adapw"), basic("ada", "adapw"),
		basic("olga", "olgapw"), basic("bob", "bobpw"), "Bearer roottoken", "Bearer adminnameless", "Bearer teatoken", "Bearer expired",
		basic("op", "oppw"), basic("root", "wrong"), "Bearer nonsense", "", "Basic !", "Bearer")
}

// request makes a request.
func (g *generator) request() *http.Request {
	d := g.ops[g.IntN(len(g.ops))]
	path := d.path
	for name, usual := range map[string][]string{
		"{group}": {"tea", "tea", "tea", "tea", "other", "fresh", "tea/sub", "none"},
		"{user}":  {"bob", "bob", "ada", "carl", "fresh", "none"},
		"{token}": {"teatoken", "teatoken", "roottoken", "othertoken", "fresh"},
	} {
		word := pick(g, usual...)
		if g.chance(8) {
			word = g.odd()
		}
		path = strings.ReplaceAll(path, name, word)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Method, r.URL, r.Host = d.method, &url.URL{Path: path}, "v.example"
	if g.chance(40) {
		r.Method = pick(g, "POST", "PUT", "DELETE", "PATCH", "TRACE", "get", "X")
	}
	// Everybody has an address of their own, lest all wait for one who guesses.
	r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:1000", g.IntN(256), g.IntN(256), g.IntN(256))
	mediaType, body := g.body(d.op)
	if body != "" || mediaType != "" {
		b := httptest.NewRequest(http.MethodPut, "/", strings.NewReader(body))
		r.Body, r.ContentLength = b.Body, b.ContentLength
		r.Header.Set("Content-Type", mediaType)
	}
	if a := g.authorization(); a != "" {
		r.Header.Set("Authorization", a)
	}
	if g.chance(3) {
		for _, p := range asList(d.op["parameters"]) {
			parameter := p.(object)
			name := fmt.Sprint(parameter["name"])
			text := pick(g, "*", `"x"`, `W/"x", "y"`, "1", "0", "-1", "tea", g.odd())
			if parameter["in"] == "header" {
				if g.chance(4) {
					r.Header.Set(name, strings.Map(printable, text))
				}
				continue
			}
			q := r.URL.Query()
			q.Set(name, text)
			r.URL.RawQuery = q.Encode()
		}
	}
	if g.chance(6) {
		r.Header.Set("Accept", pick(g, "application/json", "application/problem+json", "text/html", "*/*", ";;;"))
	}
	if g.chance(10) {
		r.Header.Set("Origin", pick(g, "https://admin.example", "https://evil.example", "null", "x"))
	}
	return r
}

// printable keeps what a header may have in it.
func printable(c rune) rune {
	if c < ' ' || c == 0x7f {
		return -1
	}
	return c
}

// run makes requests until enough says so, and returns how many there were of each status.
// That the document has each status and body is checked by house.send.
func (g *generator) run(t *testing.T, h *house, enough func(n int) bool) map[int]int {
	statuses := make(map[int]int)
	for n := 0; !enough(n); n++ {
		r := g.request()
		what := fmt.Sprintf("%s %q as %.40q", r.Method, r.URL, r.Header.Get("Authorization"))
		var a answer
		func() {
			defer func() {
				if p := recover(); p != nil {
					t.Fatalf("%s: panic: %v\n%s", what, p, debug.Stack())
				}
			}()
			a = h.send(r)
		}()
		statuses[a.status]++
		if a.status < 200 || a.status >= 500 {
			t.Errorf("%s: %d %s", what, a.status, a.body)
		}
		if a.status == http.StatusUnauthorized && a.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: no challenge", what)
		}
		for _, secret := range []string{"adapw", "bobpw", "listpw", "MDEyMzQ1Njc4"} {
			if strings.Contains(a.body, secret) {
				t.Errorf("%s: %d gives away %q in %s", what, a.status, secret, a.body)
			}
		}
		if n%50 == 49 { // and begin anew, so that there is something to work on
			for _, text := range h.spoiled() {
				t.Errorf("after %s: %s", what, text)
			}
			h.tidy()
		}
		h.now = h.now.Add(time.Minute) // who has guessed is forgiven
		if t.Failed() {
			t.Fatalf("request %d", n)
		}
	}
	return statuses
}

// tidy makes the files those of a new house, and makes sure that there are no others.
func (h *house) tidy() {
	h.t.Helper()
	entries, err := os.ReadDir(h.dir)
	if err != nil || len(entries) != 2 {
		h.t.Errorf("files %v, %v", entries, err)
	}
	for _, dir := range []string{"groups", "data/var"} {
		if err := os.RemoveAll(filepath.Join(h.dir, filepath.FromSlash(dir))); err != nil {
			h.t.Fatal(err)
		}
	}
	h.write("groups/tea.json", testTea)
	h.write("groups/other.json", testOther)
	h.write("data/var/tokens.jsonl", testTokens)
	h.now = start
	h.log.Reset()
}

// Requests made from the OpenAPI document, valid ones and others, as whoever there is: no
// answer is 5xx, and each is in the document with its status and body.
// GALENE_TEST_FUZZ_API=10m goes on for that long, from another seed each time.
func TestRequestsFromSchema_A33_W18(t *testing.T) {
	h := newHouse(t)
	seed, enough := uint64(1), func(n int) bool { return n == 1500 }
	if text := os.Getenv("GALENE_TEST_FUZZ_API"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		seed = rand.Uint64()
		end := time.Now().Add(d)
		enough = func(int) bool { return time.Now().After(end) }
	}
	t.Logf("seed %d", seed)
	g := newGenerator(h.document, seed)
	statuses := g.run(t, h, enough)
	total := 0
	for _, n := range statuses {
		total += n
	}
	t.Logf("%d requests, by status %v", total, statuses)
	// It is of no use if it does not get far.
	for _, status := range []int{200, 201, 204, 304, 400, 401, 404, 405, 412, 415} {
		if statuses[status] == 0 {
			t.Errorf("status %d has not occurred", status)
		}
	}
}
