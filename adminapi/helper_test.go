package adminapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"galene/group"
)

// start is what the clock of a house shows at first.
var start = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// house is an API of a registry in a temporary directory.
type house struct {
	*API
	t        testing.TB
	dir      string
	now      time.Time
	log      bytes.Buffer
	document object // OpenAPI
}

const testConfig = `{
	"writableGroups": true,
	"allowAdminOrigin": ["https://admin.example"],
	"users": {
		"root": {"password": "rootpw", "permissions": "admin"},
		"list": {"password": "listpw", "permissions": ["admin"]},
		"any": {"password": {"type": "wildcard"}, "permissions": "admin"},
		"none": {"permissions": "admin"},
		"op": {"password": "oppw", "permissions": "op"}
	}
}`

// spoiled returns what is wrong with the files, but for passwords of a type or hash that
// the server does not know: those may be stored, accept nothing, and are rightly pointed
// out to whoever checks the files.
func (h *house) spoiled() []string {
	var texts []string
	for _, found := range h.registry.Check() {
		text := fmt.Sprint(found)
		if !strings.Contains(text, group.ErrPassword.Error()+": unknown type ") &&
			!strings.Contains(text, group.ErrPassword.Error()+": unknown hash ") {
			texts = append(texts, text)
		}
	}
	return texts
}

const testTea = `{
	"displayName": "Tea",
	"auto-subgroups": true,
	"users": {
		"ada": {"password": "adapw", "permissions": "admin"},
		"bob": {"password": "bobpw", "permissions": "present"},
		"carl": {"password": {"type": "wildcard"}, "permissions": "present"},
		"dora": {"password": "", "permissions": ["present", "x"]},
		"eve": {"permissions": "op"},
		"": {"password": "emptypw"}
	},
	"wildcard-user": {"password": "wildpw", "permissions": "admin"},
	"authKeys": [{"kty": "oct", "alg": "HS256", "k": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"}]
}`

const testOther = `{"users": {"olga": {"password": "olgapw", "permissions": "admin"}}}`

const testTokens = `{"token":"teatoken","group":"tea","permissions":["present"],"expires":"2026-08-01T00:00:00Z"}
{"token":"adminnameless","group":"tea","permissions":["admin"],"expires":"2026-08-02T00:00:00Z"}
{"token":"adminnamed","group":"tea","includeSubgroups":true,"username":"x","permissions":["admin"],"expires":"2026-08-03T00:00:00Z"}
{"token":"noexpiry","group":"tea","permissions":["admin"]}
{"token":"expired","group":"tea","permissions":["admin"],"expires":"2026-06-30T00:00:00Z"}
{"token":"later","group":"tea","permissions":["admin"],"not-before":"2026-07-02T00:00:00Z","expires":"2026-08-01T00:00:00Z"}
{"token":"othertoken","group":"other","permissions":["admin"],"expires":"2026-08-01T00:00:00Z"}
{"token":"roottoken","group":"","includeSubgroups":true,"permissions":["admin"],"expires":"2026-08-01T00:00:00Z"}
{"token":"rootflat","group":"","permissions":["admin"],"expires":"2026-08-01T00:00:00Z"}
{"token":"rootop","group":"","includeSubgroups":true,"permissions":["op","token"],"expires":"2026-08-01T00:00:00Z"}
`

// newHouse makes a house with the groups tea and other.
func newHouse(t testing.TB, change ...func(*group.Options)) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir(), now: start}
	logger := slog.New(slog.NewTextHandler(&h.log, nil))
	o := group.Options{
		Directory:     filepath.Join(h.dir, "groups"),
		DataDirectory: filepath.Join(h.dir, "data"),
		Logger:        slog.New(slog.NewTextHandler(io.Discard, nil)),
		Now:           func() time.Time { return h.now },
		PasswordCost:  4,
	}
	for _, f := range change {
		f(&o)
	}
	h.write("data/config.json", testConfig)
	h.write("data/var/tokens.jsonl", testTokens)
	h.write("groups/tea.json", testTea)
	h.write("groups/other.json", testOther)
	var err error
	h.API, err = New(Options{Registry: group.NewRegistry(o), Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(h.API.document, &h.document); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) write(name, content string) {
	h.t.Helper()
	path := filepath.Join(h.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// read returns the content of a file, "" if there is none.
func (h *house) read(name string) string {
	h.t.Helper()
	b, err := os.ReadFile(filepath.Join(h.dir, filepath.FromSlash(name)))
	if err != nil && !os.IsNotExist(err) {
		h.t.Fatal(err)
	}
	return string(b)
}

// answer is a response.
type answer struct {
	status int
	header http.Header
	body   string
}

// tag is the entity tag.
func (a answer) tag() string { return a.header.Get("ETag") }

// do makes a request.  The path follows /galene-api/v0, encoded.  Headers are
// alternately names and values; as administrator of the server, unless there is
// an Authorization header, which may be empty.
func (h *house) do(method, path, body string, headers ...string) answer {
	h.t.Helper()
	return h.send(h.request(method, path, body, headers...))
}

func (h *house) request(method, path, body string, headers ...string) *http.Request {
	h.t.Helper()
	u, err := url.Parse("https://v.example/galene-api/v0" + path)
	if err != nil {
		h.t.Fatal(err)
	}
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	r.URL, r.Host = u, u.Host
	r.RemoteAddr = "127.0.0.1:1000"
	r.SetBasicAuth("root", "rootpw")
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Authorization" && headers[i+1] == "" {
			r.Header.Del("Authorization")
		} else {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	return r
}

// send makes the handler answer, and checks the answer against the document.
func (h *house) send(r *http.Request) answer {
	h.t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	a := answer{w.Code, w.Header(), w.Body.String()}
	h.checkDocumented(r, a)
	return a
}

// want fails the test unless the request is answered with this status.
func (h *house) want(status int, method, path, body string, headers ...string) answer {
	h.t.Helper()
	a := h.do(method, path, body, headers...)
	if a.status != status {
		h.t.Errorf("%s %s %s: got %d %q, want %d", method, path, body, a.status, a.body, status)
	}
	return a
}

// The headers for common bodies and users.
const jsonType = "application/json"

func basic(username, password string) string {
	r := httptest.NewRequest("GET", "/", nil)
	r.SetBasicAuth(username, password)
	return r.Header.Get("Authorization")
}

// put is a PUT of JSON.
func (h *house) put(status int, path, body string, headers ...string) answer {
	h.t.Helper()
	return h.want(status, "PUT", path, body, append([]string{"Content-Type", jsonType}, headers...)...)
}

// checkDocumented fails the test unless the OpenAPI document has this answer to
// this request.
func (h *house) checkDocumented(r *http.Request, a answer) {
	h.t.Helper()
	path, _, ok := parsePath(r.URL.Path)
	if !ok || path == "" || a.status == http.StatusMethodNotAllowed {
		return
	}
	op := at(h.document, "paths", path, strings.ToLower(r.Method))
	if op == nil {
		if a.status != http.StatusUnauthorized && a.status != http.StatusTooManyRequests {
			h.t.Errorf("%s %s is not documented: %d", r.Method, path, a.status)
		}
		return
	}
	response := at(op, "responses", strconv.Itoa(a.status))
	if response == nil {
		h.t.Errorf("%s %s: status %d is not documented: %s", r.Method, path, a.status, a.body)
		return
	}
	for name := range at(response, "headers") {
		if a.header.Get(name) == "" {
			h.t.Errorf("%s %s: %d without %s", r.Method, path, a.status, name)
		}
	}
	if a.body == "" {
		return
	}
	mediaType, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	content := at(response, "content", mediaType)
	if content == nil {
		h.t.Errorf("%s %s: %d with undocumented body of type %q", r.Method, path, a.status, mediaType)
		return
	}
	if strings.HasSuffix(mediaType, "json") {
		var v any
		if err := json.Unmarshal([]byte(a.body), &v); err != nil {
			h.t.Errorf("%s %s: %v", r.Method, path, err)
		} else if err := h.valid(at(content, "schema"), v); err != nil {
			h.t.Errorf("%s %s: %s: %v", r.Method, path, a.body, err)
		}
	}
}

// at follows members of objects; nil means that there is no such object.
func at(o object, names ...string) object {
	for _, name := range names {
		o, _ = o[name].(object)
	}
	return o
}

// valid checks a value against those parts of JSON Schema that the document uses.
func (h *house) valid(schema object, v any) error {
	if ref, ok := schema["$ref"].(string); ok {
		schema = at(h.document, "components", "schemas", strings.TrimPrefix(ref, "#/components/schemas/"))
	}
	if choices, ok := schema["oneOf"].([]any); ok {
		matching := 0
		for _, choice := range choices {
			if h.valid(choice.(object), v) == nil {
				matching++
			}
		}
		if matching != 1 {
			return fmt.Errorf("%v matches %d choices", v, matching)
		}
	}
	if values, ok := schema["enum"].([]any); ok {
		for _, value := range values {
			if value == v {
				return nil
			}
		}
		return fmt.Errorf("%v is not one of %v", v, values)
	}
	if value, ok := schema["const"]; ok && value != v {
		return fmt.Errorf("%v is not %v", v, value)
	}
	if types, ok := schema["type"]; ok && !strings.Contains(fmt.Sprint(types), typeOf(v)) &&
		!(types == "number" && typeOf(v) == "integer") {
		return fmt.Errorf("%v is not of type %v", v, types)
	}
	switch v := v.(type) {
	case float64:
		if low, ok := schema["minimum"].(float64); ok && v < low {
			return fmt.Errorf("%v is less than %v", v, low)
		}
		if high, ok := schema["maximum"].(float64); ok && v > high {
			return fmt.Errorf("%v is more than %v", v, high)
		}
	case []any:
		for _, element := range v {
			if err := h.valid(at(schema, "items"), element); err != nil {
				return err
			}
		}
	case object:
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, ok := v[name.(string)]; !ok {
				return fmt.Errorf("%v lacks %v", v, name)
			}
		}
		properties := at(schema, "properties")
		for name, member := range v {
			if properties == nil {
				continue
			}
			if properties[name] == nil {
				return fmt.Errorf("undocumented member %s", name)
			}
			if err := h.valid(at(properties, name), member); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// typeOf names the type of a decoded JSON value.
func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
		return "number"
	}
	return "object"
}
