package adminapi

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galene/group"
)

func TestTokenNeedsGroup_A80(t *testing.T) {
	h := newHouse(t)
	for _, test := range []struct{ method, path string }{
		{"GET", "/.tokens/"}, {"POST", "/.tokens/"}, {"GET", "/.tokens/x"}, {"PUT", "/.tokens/x"}, {"DELETE", "/.tokens/x"},
	} {
		h.want(404, test.method, "/.groups/none"+test.path, `{}`, "Content-Type", jsonType)
	}
	h.put(201, "/.groups/tea/sub/.tokens/x", `{}`) // automatic
	h.put(201, "/.groups/.tokens/y", `{}`)         // the root
}

func TestTokenList_A81(t *testing.T) {
	h := newHouse(t)
	for path, want := range map[string]string{
		"/.groups/tea/.tokens/":     `["noexpiry","expired","later","teatoken","adminnameless","adminnamed"]`,
		"/.groups/tea/sub/.tokens/": `[]`,
		"/.groups/.tokens/":         `["rootflat","rootop","roottoken"]`,
	} {
		a := h.want(200, "GET", path, "")
		if a.body != want+"\n" || a.tag() == "" {
			t.Errorf("%s: %s %s", path, a.body, a.tag())
		}
		h.want(304, "GET", path, "", "If-None-Match", a.tag())
	}
}

func TestPostToken_A82(t *testing.T) {
	h := newHouse(t, func(o *group.Options) { o.Limits.Tokens = 7 })
	a := h.want(201, "POST", "/.groups/tea/.tokens/",
		`{"username": "u", "permissions": ["present"], "expires": "2026-07-02T00:00:00Z"}`, "Content-Type", jsonType)
	name := a.header.Get("Location")
	if len(name) != 11 || strings.Contains(name, "/") || a.body != "" {
		t.Errorf("Location is %q, body %q", name, a.body)
	}
	got := h.want(200, "GET", "/.groups/tea/.tokens/"+name, "")
	if got.tag() != a.tag() || got.body !=
		`{"token":"","group":"","username":"u","permissions":["present"],"expires":"2026-07-02T00:00:00Z"}`+"\n" {
		t.Errorf("token is %s, tag %s, was %s", got.body, got.tag(), a.tag())
	}
	for _, body := range []string{`{"token": "x"}`, `{"group": "x"}`} {
		if a := h.want(400, "POST", "/.groups/tea/.tokens/", body, "Content-Type", jsonType); a.body != "overspecified token\n" {
			t.Errorf("body is %q", a.body)
		}
	}
	h.want(409, "POST", "/.groups/tea/.tokens/", `{}`, "Content-Type", jsonType) // too many
	root := h.want(201, "POST", "/.groups/.tokens/", `{"token": "", "group": "", "includeSubgroups": true}`, "Content-Type", jsonType)
	h.want(200, "GET", "/.groups/.tokens/"+root.header.Get("Location"), "")
}

func TestToken_A83_A84_A86(t *testing.T) {
	h := newHouse(t)
	a := h.want(200, "GET", "/.groups/tea/.tokens/teatoken", "")
	if a.body != `{"token":"","group":"","permissions":["present"],"expires":"2026-08-01T00:00:00Z"}`+"\n" {
		t.Errorf("token is %s", a.body)
	}
	for _, path := range []string{"/.groups/tea/.tokens/none", "/.groups/other/.tokens/teatoken", "/.groups/.tokens/teatoken", "/.groups/tea/.tokens/roottoken"} {
		h.want(404, "GET", path, "")
		h.want(404, "DELETE", path, "")
	}
	h.put(204, "/.groups/tea/.tokens/teatoken", `{"permissions": null, "issuedBy": "me"}`)
	a = h.want(200, "GET", "/.groups/tea/.tokens/teatoken", "")
	if a.body != `{"token":"","group":"","permissions":null,"issuedBy":"me"}`+"\n" {
		t.Errorf("token is %s", a.body)
	}
	a = h.put(409, "/.groups/other/.tokens/teatoken", `{}`, "If-Match", `"x"`)
	if a.body != "token exists in different group\n" {
		t.Errorf("body is %q", a.body)
	}
	h.want(204, "DELETE", "/.groups/tea/.tokens/teatoken", "")
	h.want(404, "DELETE", "/.groups/tea/.tokens/teatoken", "")
}

// TestRevokeEarly checks that a token can be revoked before it becomes valid.
func TestRevokeEarly(t *testing.T) {
	h := newHouse(t)
	h.put(204, "/.groups/tea/.tokens/later", `{"not-before": "2026-07-02T00:00:00Z", "expires": "2026-07-01T11:59:00Z"}`)
}

func TestPutNewToken_A85_W6(t *testing.T) {
	h := newHouse(t)
	a := h.put(201, "/.groups/tea/.tokens/fresh-1.x~y", `{"permissions": ["present"]}`)
	if a.header.Get("Location") != "/galene-api/v0/.groups/tea/.tokens/fresh-1.x~y" || a.tag() == "" {
		t.Errorf("created: %v", a.header)
	}
	for _, name := range []string{
		"e30.e30.", "eyJhbGciOiJIUzI1NiJ9.e30.AAAA", ".x", "a%20b", "a,b", "a/b", "%C3%A9", "a%00", strings.Repeat("x", 300),
	} {
		h.put(400, "/.groups/tea/.tokens/"+name, `{}`)
	}
}

func TestPatchToken_W17(t *testing.T) {
	h := newHouse(t)
	patch := func(status int, path, body string) {
		t.Helper()
		h.want(status, "PATCH", path, body, "Content-Type", mediaPatch)
	}
	patch(204, "/.groups/tea/.tokens/teatoken", `{"username": "u", "expires": null}`)
	if got := h.want(200, "GET", "/.groups/tea/.tokens/teatoken", "").body; got != `{"token":"","group":"","username":"u","permissions":["present"]}`+"\n" {
		t.Errorf("token is %s", got)
	}
	patch(400, "/.groups/tea/.tokens/teatoken", `{"group": "other"}`)
	patch(400, "/.groups/tea/.tokens/teatoken", `{"permissions": "op"}`)
	patch(404, "/.groups/tea/.tokens/none", `{}`)
	patch(404, "/.groups/other/.tokens/teatoken", `{}`)
}

func TestTokenFile_A88_A89(t *testing.T) {
	h := newHouse(t)
	h.now = start.Add(8 * 24 * time.Hour)
	if err := h.registry.Tokens().Expire(); err != nil {
		t.Fatal(err)
	}
	const kept = `["noexpiry","later","teatoken","adminnameless","adminnamed"]` // not "expired"
	if got := h.want(200, "GET", "/.groups/tea/.tokens/", "").body; got != kept+"\n" {
		t.Errorf("tokens are %s", got)
	}

	path := filepath.Join(h.dir, "data", "var", "tokens.jsonl")
	if err := os.RemoveAll(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	h.want(200, "GET", "/.groups/tea/.tokens/", "")
	h.put(201, "/.groups/tea/.tokens/one", `{}`)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 && os.PathSeparator == '/' {
		t.Errorf("file: %v, %v", info, err)
	}
	h.put(201, "/.groups/tea/.tokens/two", `{}`)
	if got := h.read("data/var/tokens.jsonl"); got !=
		`{"token":"one","group":"tea","permissions":null}`+"\n"+`{"token":"two","group":"tea","permissions":null}`+"\n" {
		t.Errorf("file is %s", got)
	}
	h.write("data/var/tokens.jsonl", h.read("data/var/tokens.jsonl")+`{"token":"three","group":"tea"}`)
	h.want(200, "GET", "/.groups/tea/.tokens/three", "")
	for _, name := range []string{"one", "two", "three"} {
		h.want(204, "DELETE", "/.groups/tea/.tokens/"+name, "")
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("file remains: %v", err)
	}
}
