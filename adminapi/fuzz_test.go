package adminapi

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzAdminRequest sends arbitrary requests of an administrator: none may be
// answered with 5xx, make the handler panic, reach a file outside the directories
// or spoil one within.
func FuzzAdminRequest(f *testing.F) {
	for _, seed := range []struct{ method, path, mediaType, body, match string }{
		{"GET", "/.groups/", "", "", ""},
		{"GET", "/.groups/?limit=1&after=other", "", "", ""},
		{"PUT", "/.groups/tea", jsonType, `{"displayName": "x", "max-clients": 3}`, "*"},
		{"PUT", "/.groups/a/b.json/c", jsonType, `{}`, ""},
		{"PUT", "/.groups/%2e%2e%2fx", jsonType, `{}`, ""},
		{"PUT", "/.groups/tea", jsonType, `{"expires": "2026-01-01T00:00:00+24:00"}`, ""},
		{"PATCH", "/.groups/tea", mediaPatch, `{"codecs": ["vp8"], "expires": null}`, ""},
		{"DELETE", "/.groups/tea", "", "", `"x"`},
		{"PUT", "/.groups/tea/.keys", mediaKeys, testKeys, ""},
		{"DELETE", "/.groups/tea/.keys", "", "", ""},
		{"PUT", "/.groups/tea/.users/bob", jsonType, `{"permissions": ["op"]}`, ""},
		{"PUT", "/.groups/tea/.users/a%00b", jsonType, `{"permissions": "op"}`, ""},
		{"PATCH", "/.groups/tea/.wildcard-user", mediaPatch, `{"permissions": null}`, ""},
		{"PUT", "/.groups/tea/.empty-user", jsonType, `{}`, ""},
		{"PUT", "/.groups/tea/.users/bob/.password", jsonType, `{"type": "pbkdf2", "hash": "sha-256"}`, ""},
		{"PUT", "/.groups/tea/.users/bob/.password", jsonType, `{"type": "new", "key": "x"}`, ""},
		{"PUT", "/.groups/tea/.users/bob/.password", jsonType, `{"type": "pbkdf2", "hash": "new"}`, ""},
		{"POST", "/.groups/tea/.users/bob/.password", mediaText, "secret", ""},
		{"DELETE", "/.groups/tea/.wildcard-user/.password", "", "", ""},
		{"POST", "/.groups/.tokens/", jsonType, `{"permissions": ["admin"], "includeSubgroups": true}`, ""},
		{"PUT", "/.groups/tea/.tokens/teatoken", jsonType, `{"username": "x"}`, ""},
		{"PATCH", "/.groups/tea/.tokens/teatoken", mediaPatch, `{"expires": "2026-01-01T00:00:00Z"}`, ""},
		{"DELETE", "/.groups/tea/.tokens/teatoken", "", "", ""},
		{"OPTIONS", "/.stats", "", "", ""},
		{"GET", "/openapi.json", "", "", ""},
		{"GET", "/.groups/tea/.unknown/x", "", "", ""},
	} {
		f.Add(seed.method, seed.path, seed.mediaType, seed.body, seed.match)
	}
	h := newHouse(f)
	f.Fuzz(func(t *testing.T, method, path, mediaType, body, match string) {
		u, err := url.Parse("https://v.example/galene-api/v0" + path)
		if err != nil {
			return
		}
		r := httptest.NewRequest("GET", "/", strings.NewReader(body))
		r.Method, r.URL = method, u
		r.Header = http.Header{"Content-Type": {mediaType}}
		if match != "" {
			r.Header.Set("If-Match", match)
		}
		r.SetBasicAuth("root", "rootpw")
		h.t = t
		if a := h.send(r); a.status < 200 || a.status >= 500 {
			t.Errorf("%s %q %s: %d %s", method, path, body, a.status, a.body)
		}
		entries, err := os.ReadDir(h.dir)
		if err != nil || len(entries) != 2 {
			t.Errorf("%s %q: files %v, %v", method, path, entries, err)
		}
		for _, text := range h.spoiled() {
			t.Errorf("%s %q %s: %s", method, path, body, text)
		}
		// Lest it grow for ever.
		if os.RemoveAll(filepath.Join(h.dir, "groups")) != nil || os.RemoveAll(filepath.Join(h.dir, "data", "var")) != nil {
			t.Fatal("cannot clean up")
		}
		h.write("groups/tea.json", testTea)
		h.write("data/var/tokens.jsonl", testTokens)
	})
}
