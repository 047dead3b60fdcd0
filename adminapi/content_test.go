package adminapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestMediaTypes_A30(t *testing.T) {
	h := newHouse(t)
	for _, test := range []struct{ method, path, want, body string }{
		{"PUT", "/.groups/tea", "application/json", `{}`},
		{"PATCH", "/.groups/tea", "application/merge-patch+json", `{}`},
		{"PUT", "/.groups/tea/.users/bob", "application/json", `{}`},
		{"PUT", "/.groups/tea/.keys", "application/jwk-set+json", `{}`},
		{"POST", "/.groups/tea/.users/bob/.password", "text/plain", "x"},
		{"PUT", "/.groups/tea/.users/bob/.password", "application/json", `"x"`},
		{"PUT", "/.groups/tea/.tokens/teatoken", "application/json", `{}`},
	} {
		for _, wrong := range []string{"", "application/xml", "text/json", "application/json+x", ";", "/"} {
			a := h.want(415, test.method, test.path, test.body, "Content-Type", wrong)
			if a.header.Get("Accept") != test.want || a.body != "unsupported content type\n" {
				t.Errorf("%s %s: %v, %q", test.method, test.path, a.header, a.body)
			}
		}
		for _, right := range []string{test.want, strings.ToUpper(test.want), test.want + ";charset=UTF-8"} {
			h.want(204, test.method, test.path, test.body, "Content-Type", right)
		}
	}
}

func TestBodyLimit_A31(t *testing.T) {
	h := newHouse(t)
	server := httptest.NewServer(h)
	defer server.Close()
	for size, status := range map[int]int{maxBody: 204, maxBody + 1: 413} {
		body := `{"comment": "` + strings.Repeat("x", size-15) + `"}`
		r, err := http.NewRequest("PUT", server.URL+"/galene-api/v0/.groups/tea", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("root", "rootpw")
		r.Header.Set("Content-Type", "application/json")
		response, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != status || response.Close != (status == 413) {
			t.Errorf("%d bytes: %d, closed: %v", size, response.StatusCode, response.Close)
		}
	}
	a := h.put(413, "/.groups/tea", strings.Repeat(" ", maxBody+1))
	if a.body != "Request body too large\n" {
		t.Errorf("body is %q", a.body)
	}
	h.want(415, "PUT", "/.groups/tea", strings.Repeat(" ", maxBody+1)) // the type comes first
}

func TestInput_A32(t *testing.T) {
	h := newHouse(t)
	h.put(204, "/.groups/tea", `{"displayName": "x", "unknown": {"a": [1]}, "Public": true} and more`)
	h.put(204, "/.groups/tea", `null`)
	h.put(204, "/.groups/tea/.users/bob", `null trailing`)
	h.put(201, "/.groups/tea/.tokens/fresh", `null`)
	if got := h.want(200, "GET", "/.groups/tea", "").body; got != "{}\n" {
		t.Errorf("group is %s", got)
	}
}

// TestClientMistakes covers weak spots 8 and 15: they are 400, with a reason.
func TestClientMistakes_A33_W8_W15(t *testing.T) {
	h := newHouse(t)
	before := h.read("groups/tea.json") + h.read("data/var/tokens.jsonl")
	many := `["` + strings.Repeat(`x","`, 200000) + `"]`
	for path, bodies := range map[string][]string{
		"/.groups/tea": {
			`{"codecs": ` + many + `}`,
			``, `{`, `[]`, `1`, `"x"`, "\xff", `{"public": 1}`, `{"codecs": "vp8"}`, `{"codecs": ["vp7"]}`,
			`{"codecs": [1]}`, `{"expires": "tomorrow"}`, `{"max-clients": -1}`, `{"max-clients": 1.5}`,
			`{"max-clients": 99999999999999999999}`, `{"max-history-age": -1}`, `{"redirect": "javascript:x"}`,
			`{"redirect": "//evil.example"}`, `{"redirect": "x"}`, `{"authServer": "ftp://x/"}`, `{"authPortal": "x"}`,
			`{"not-before": "2026-01-02T00:00:00Z", "expires": "2026-01-01T00:00:00Z"}`,
			`{"expires": "2026-01-02T00:00:00+24:00"}`, strings.Repeat("[", 20000), strings.Repeat(`{"a":`, 20000),
		},
		"/.groups/tea/.users/bob": {
			``, `{"permissions": "nonsense"}`, `{"permissions": 1}`, `{"permissions": [1]}`, `{"permissions": {}}`, `[]`,
			`{"permissions": ` + many + `}`,
		},
		"/.groups/tea/.users/bob/.password": {
			``, `1`, `[]`, `{"type": 1}`, `{"type": "plain"}`, `{"type": "bcrypt", "key": "x"}`,
			`{"type": "bcrypt", "key": "$2a$31$0123456789012345678901uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu"}`,
			`{"type": "pbkdf2", "hash": "sha-256", "key": "x", "salt": "", "iterations": 1}`,
			`{"type": "pbkdf2", "hash": "sha-256", "key": "00112233445566778899aabbccddeeff", "salt": "00", "iterations": 2000000000}`,
			`{"type": "pbkdf2", "hash": "sha-256", "key": "` + strings.Repeat("00", 65) + `", "salt": "00", "iterations": 1}`,
		},
		"/.groups/tea/.tokens/teatoken": {
			``, `{`, `[]`, `1`, `{"permissions": "op"}`, `{"permissions": [1]}`, `{"permissions": ` + many + `}`, `{"expires": 1}`, `{"expires": "tomorrow"}`,
			`{"token": "x"}`, `{"group": "x"}`, `{"username": "a/../b"}`, `{"includeSubgroups": "yes"}`,
			`{"expires": "2026-01-02T00:00:00+24:00"}`,
		},
	} {
		for _, body := range bodies {
			if a := h.put(400, path, body); len(a.body) < 5 || strings.Contains(a.body, "Go ") {
				t.Errorf("%s %s: %q", path, body, a.body)
			}
		}
	}
	if a := h.put(400, "/.groups/tea/.users/bob", `{"permissions": "nonsense"}`); !strings.HasPrefix(a.body, "unknown permission") {
		t.Errorf("body is %q", a.body)
	}
	if after := h.read("groups/tea.json") + h.read("data/var/tokens.jsonl"); after != before {
		t.Error("something has been written")
	}
	a := h.put(400, "/.groups/tea", "{\n\"public\": 1}", "Accept", "text/html, application/json;q=0.5")
	if a.header.Get("Content-Type") != "application/problem+json" || !strings.Contains(a.body, "line 2, column 11") {
		t.Errorf("problem is %v %s", a.header, a.body)
	}
	a = h.put(400, "/.groups/tea", "{", "Accept", "*/*")
	if !strings.HasPrefix(a.header.Get("Content-Type"), "text/plain") {
		t.Errorf("problem is %v %s", a.header, a.body)
	}
	if a = h.put(400, "/.groups/tea/.tokens/x", `{"expires": "soon"}`); !strings.Contains(a.body, `"soon" is not an RFC 3339 time`) &&
		!strings.Contains(a.body, "soon is not an RFC 3339 time") {
		t.Errorf("problem is %s", a.body)
	}
	a = h.want(404, "GET", "/.groups/none", "", "Accept", "application/json")
	if a.body != `{"title":"Not Found","status":404,"detail":"no such group"}`+"\n" {
		t.Errorf("problem is %s", a.body)
	}
}

func TestOutput_A34(t *testing.T) {
	h := newHouse(t)
	h.put(204, "/.groups/tea", `{"displayName": "<a> & b", "public": true}`)
	a := h.want(200, "GET", "/.groups/tea", "")
	if a.header.Get("Content-Type") != "application/json" ||
		a.body != `{"displayName":"\u003ca\u003e \u0026 b","public":true}`+"\n" {
		t.Errorf("got %v %s", a.header, a.body)
	}
	server := httptest.NewServer(h)
	defer server.Close()
	r, err := http.NewRequest("HEAD", server.URL+"/galene-api/v0/.groups/tea", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("root", "rootpw")
	response, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != 200 || response.Header.Get("ETag") != a.tag() || response.Header.Get("Content-Length") != "" {
		t.Errorf("HEAD: %d %v", response.StatusCode, response.Header)
	}
}

func TestOutcomes_A35_W10(t *testing.T) {
	h := newHouse(t)
	a := h.put(201, "/.groups/a%20b/c", `{}`)
	if a.body != "" || a.header.Get("Location") != "/galene-api/v0/.groups/a%20b/c" {
		t.Errorf("created: %v %q", a.header, a.body)
	}
	if got := h.want(200, "GET", "/.groups/a%20b/c", "").tag(); got != a.tag() {
		t.Errorf("tag is %s, was %s", got, a.tag())
	}
	a = h.put(204, "/.groups/a%20b/c", `{"public": true}`)
	if got := h.want(200, "GET", "/.groups/a%20b/c", "").tag(); got != a.tag() || a.header.Get("Location") != "" {
		t.Errorf("tag is %s, replaced: %v", got, a.header)
	}
	if a = h.want(204, "DELETE", "/.groups/a%20b/c", ""); a.body != "" {
		t.Errorf("deleted: %q", a.body)
	}
}

func TestMethods_A36_A87(t *testing.T) {
	h := newHouse(t)
	for path, want := range map[string][2]string{
		"/.stats":                         {"HEAD, GET"},
		"/.relays":                        {"HEAD, GET"},
		"/.groups/":                       {"HEAD, GET"},
		"/.groups/tea":                    {"HEAD, GET, PUT, DELETE, PATCH"},
		"/.groups/tea/.keys":              {"PUT, DELETE"},
		"/.groups/tea/.users/":            {"HEAD, GET"},
		"/.groups/tea/.users/bob":         {"HEAD, GET, PUT, DELETE, PATCH"},
		"/.groups/tea/.empty-user":        {"HEAD, GET, PUT, DELETE, PATCH"},
		"/.groups/tea/.users/x/.password": {"POST, PUT, DELETE"},
		"/.groups/tea/.tokens/":           {"HEAD, GET, POST", "HEAD, GET, POST, PUT, DELETE, PATCH"},
		"/.groups/tea/.tokens/teatoken":   {"HEAD, GET, PUT, DELETE, PATCH", "HEAD, GET, POST, PUT, DELETE, PATCH"},
		"/.groups/.tokens/":               {"HEAD, GET, POST", "HEAD, GET, POST, PUT, DELETE, PATCH"},
		"/.groups/tea/.wildcard-user":     {"HEAD, GET, PUT, DELETE, PATCH"},
		"/openapi.json":                   {"HEAD, GET"},
	} {
		a := h.want(405, "TRACE", path, "")
		if a.header.Get("Allow") != "OPTIONS, "+want[0] || a.body != "method not allowed\n" {
			t.Errorf("%s: %v %q", path, a.header, a.body)
		}
		if want[1] == "" {
			want[1] = want[0]
		}
		a = h.want(200, "OPTIONS", path, "", "Authorization", "")
		if got := a.header.Get("Access-Control-Allow-Methods"); got != "OPTIONS, "+want[1] || a.body != "" {
			t.Errorf("%s: OPTIONS: %s %q", path, got, a.body)
		}
	}
}

func TestPaging_W9(t *testing.T) {
	h := newHouse(t)
	for query, want := range map[string]string{
		"":                     `["","ada","bob","carl","dora","eve"]`,
		"?limit=2":             `["","ada"]`,
		"?limit=2&after=ada":   `["bob","carl"]`,
		"?after=b":             `["bob","carl","dora","eve"]`,
		"?after=eve":           `[]`,
		"?limit=100&after=zoe": `[]`,
	} {
		a := h.want(200, "GET", "/.groups/tea/.users/"+query, "")
		if a.body != want+"\n" {
			t.Errorf("%s: %s", query, a.body)
		}
		h.want(304, "GET", "/.groups/tea/.users/"+query, "", "If-None-Match", a.tag())
	}
	for _, query := range []string{"?limit=0", "?limit=x", "?limit=-1"} {
		h.want(400, "GET", "/.groups/"+query, "")
	}
}
