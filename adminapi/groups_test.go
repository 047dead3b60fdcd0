package adminapi

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"galene/group"
)

func TestReadOnly_A50_A53_W4(t *testing.T) {
	h := newHouse(t)
	h.write("data/config.json", strings.Replace(testConfig, `"writableGroups": true,`, "", 1))
	before := h.read("groups/tea.json")
	for _, test := range []struct{ method, path, mediaType, body string }{
		{"PUT", "/.groups/tea", jsonType, `{}`},
		{"PUT", "/.groups/new", jsonType, `{}`},
		{"PATCH", "/.groups/tea", mediaPatch, `{}`},
		{"DELETE", "/.groups/tea", "", ""},
		{"PUT", "/.groups/tea/.users/bob", jsonType, `{}`},
		{"PUT", "/.groups/tea/.users/bob/.password", jsonType, `"x"`},
		{"DELETE", "/.groups/tea/.keys", "", ""},
	} {
		a := h.want(403, test.method, test.path, test.body, "Content-Type", test.mediaType)
		if a.header.Get("WWW-Authenticate") != "" || !strings.Contains(a.body, "writableGroups") {
			t.Errorf("%v: %v %q", test, a.header, a.body)
		}
	}
	h.put(400, "/.groups/tea", `{`) // comes first
	h.want(412, "PUT", "/.groups/tea", `{}`, "If-Match", `"x"`)
	if h.read("groups/tea.json") != before {
		t.Error("the file has changed")
	}
	for _, path := range []string{"/.groups/", "/.groups/tea", "/.groups/tea/.users/bob"} {
		h.want(200, "GET", path, "")
	}
	h.want(201, "POST", "/.groups/tea/.tokens/", `{}`, "Content-Type", jsonType)
	h.want(204, "DELETE", "/.groups/tea/.tokens/teatoken", "")
}

func TestFiles_A54_A55(t *testing.T) {
	h := newHouse(t)
	h.write("groups/old.json", `{"comment": "kept", "op": [{"username": "olaf", "password": "x"}], "allow-subgroups": true}`)
	h.put(201, "/.groups/old/.users/new", `{"permissions": ["a", "b"]}`)
	want := `{"comment":"kept","auto-subgroups":true,"users":{"new":{"permissions":["a","b"]},"olaf":{"password":"x","permissions":"op"}}}`
	if got := strings.Join(strings.Fields(h.read("groups/old.json")), ""); got != want {
		t.Errorf("file is %s", got)
	}
	h.put(201, "/.groups/a/b/c", `{}`)
	path := filepath.Join(h.dir, "groups", "a", "b", "c.json")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 && os.PathSeparator == '/' {
		t.Errorf("file: %v, %v", info, err)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 && os.PathSeparator == '/' {
		t.Errorf("directory: %v, %v", info, err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("files are left: %v, %v", entries, err)
	}
}

// client is a member that remembers that it was kicked, and its last status.
type client struct {
	mu     sync.Mutex
	kicked string
	name   string
}

func (*client) ID() string             { return "client1" }
func (*client) Address() string        { return "" }
func (*client) Kind() group.ClientKind { return group.Web }

func (c *client) Deliver(_ *group.Membership, ev group.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch ev := ev.(type) {
	case group.Kicked:
		c.kicked = ev.Message
	case group.Joined:
		c.name = ev.Status.DisplayName
	}
}

func (c *client) told() (kicked, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kicked, c.name
}

// join makes bob a member of a group.
func (h *house) join(name string) *client {
	h.t.Helper()
	c := &client{}
	username := "bob"
	_, err := h.registry.Join(h.t.Context(), name, c,
		group.Credentials{Username: &username, Password: "bobpw"}, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

func TestMembersLearnOfChanges_A56(t *testing.T) {
	h := newHouse(t)
	c := h.join("tea")
	h.put(204, "/.groups/tea", `{"displayName": "Coffee"}`)
	if kicked, name := c.told(); kicked != "" || name != "Coffee" {
		t.Errorf("told %q, %q", kicked, name)
	}
}

func TestGroupList(t *testing.T) {
	h := newHouse(t)
	h.write("groups/sub/x.json", `{`)
	h.write("groups/.hidden.json", `{}`)
	h.write("groups/.hid/x.json", `{}`)
	h.write("groups/x.txt", ``)
	for _, path := range []string{"/.groups", "/.groups/"} {
		if a := h.want(200, "GET", path, ""); a.body != `["other","sub/x","tea"]`+"\n" {
			t.Errorf("groups are %s", a.body)
		}
	}
	if err := os.RemoveAll(filepath.Join(h.dir, "groups")); err != nil {
		t.Fatal(err)
	}
	if a := h.want(200, "GET", "/.groups/", ""); a.body != "[]\n" {
		t.Errorf("groups are %s", a.body)
	}
}

func TestPutGroup_A60_A61_A62_W5(t *testing.T) {
	h := newHouse(t)
	h.put(201, "/.groups/t", `{"displayName": "T", "comment": "c"}`, "If-None-Match", "*")
	h.put(412, "/.groups/t", `{}`, "If-None-Match", "*")
	h.put(201, "/.groups/t/.users/u", `{"permissions": "op"}`)
	h.want(204, "PUT", "/.groups/t/.keys", testKeys, "Content-Type", mediaKeys)
	before := h.read("groups/t.json")
	for _, body := range []string{
		`{"users": {}}`, `{"wildcard-user": {}}`, `{"authKeys": []}`,
		`{"op": [{"username": "x"}]}`, `{"presenter": []}`, `{"other": [{}]}`,
		`{"allow-subgroups": true}`, `{"allow-anonymous": false}`,
		`{"users": null, "users": {"x": {"permissions": "admin"}}}`,
	} {
		h.put(400, "/.groups/t", body)
	}
	if h.read("groups/t.json") != before {
		t.Error("the file has changed")
	}
	h.put(204, "/.groups/t", `{"users": null, "authKeys": null, "op": null, "public": true, "Users": {"x": {}}}`)
	if got := h.want(200, "GET", "/.groups/t", "").body; got != `{"public":true}`+"\n" {
		t.Errorf("group is %s", got)
	}
	if got := h.want(200, "GET", "/.groups/t/.users/", "").body; got != `["u"]`+"\n" {
		t.Errorf("users are %s", got)
	}
	if !strings.Contains(h.read("groups/t.json"), "authKeys") {
		t.Error("keys are lost")
	}
}

// TestSettings checks that everything that can be set can be read.
func TestSettings_A62(t *testing.T) {
	h := newHouse(t)
	body := `{"displayName":"d","description":"e","contact":"c","comment":"f","public":true,` +
		`"redirect":"https://x.example/","max-clients":3,"max-history-age":5,` +
		`"not-before":"2026-01-01T00:00:00Z","expires":"2027-01-01T00:00:00.5+02:00","allow-recording":true,` +
		`"unrestricted-tokens":true,"auto-subgroups":true,"autolock":true,"autokick":true,` +
		`"authServer":"https://a.example/","authPortal":"http://b.example/x","codecs":["av1","opus"]}`
	h.put(204, "/.groups/tea", body)
	if got := h.want(200, "GET", "/.groups/tea", "").body; got != body+"\n" {
		t.Errorf("group is %s", got)
	}
	properties := at(h.document, "components", "schemas", "Group", "properties")
	for _, key := range group.SettingKeys() {
		if !strings.Contains(body, `"`+key+`":`) || properties[key] == nil {
			t.Errorf("%s is not tested or not documented", key)
		}
	}
	if len(properties) != len(group.SettingKeys()) {
		t.Errorf("%d members are documented", len(properties))
	}
}

func TestPatchGroup_W17(t *testing.T) {
	h := newHouse(t)
	h.put(204, "/.groups/tea", `{"displayName": "Tea", "max-clients": 5, "comment": "x"}`)
	patch := func(status int, body string) answer {
		t.Helper()
		return h.want(status, "PATCH", "/.groups/tea", body, "Content-Type", mediaPatch)
	}
	patch(204, `{"max-clients": 6, "comment": null, "public": true, "nothing": null}`)
	if got := h.want(200, "GET", "/.groups/tea", "").body; got != `{"displayName":"Tea","public":true,"max-clients":6}`+"\n" {
		t.Errorf("group is %s", got)
	}
	for _, body := range []string{`{"users": {}}`, `{"max-clients": -1}`, `[]`, `1`, `{`, ``} {
		patch(400, body)
	}
	h.want(404, "PATCH", "/.groups/none", `{}`, "Content-Type", mediaPatch)
	if len(h.want(200, "GET", "/.groups/tea/.users/", "").body) < 10 {
		t.Error("users are lost")
	}
}

// TestEscape checks that nothing outside the groups directory can be reached.
func TestEscape_A63(t *testing.T) {
	h := newHouse(t)
	h.write("secret.json", `{"users": {"x": {"password": "x", "permissions": "admin"}}}`)
	for _, path := range []string{"%2e%2e%2fsecret", "..%2Fsecret", "tea/..%2f..%2fsecret", "..%5csecret", "%2fsecret"} {
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			a := h.do(method, "/.groups/"+path, `{}`, "Content-Type", jsonType)
			if a.status < 400 || a.status >= 500 {
				t.Errorf("%s %s: %d", method, path, a.status)
			}
		}
		if a := h.do("GET", "/.groups/"+path, "", "Authorization", basic("x", "x")); a.status != 401 && a.status != 404 {
			t.Errorf("GET %s as a user in that file: %d", path, a.status)
		}
	}
	if !strings.Contains(h.read("secret.json"), "admin") {
		t.Error("the file has changed")
	}
}

func TestMalformedFile_A64(t *testing.T) {
	h := newHouse(t)
	h.write("groups/bad.json", `{"x": 1}`)
	h.want(500, "GET", "/.groups/bad", "")
	h.put(500, "/.groups/bad", `{}`)
	h.put(500, "/.groups/bad/.users/x", `{}`)
	if h.read("groups/bad.json") != `{"x": 1}` {
		t.Error("the file has changed")
	}
	h.want(412, "DELETE", "/.groups/bad", "", "If-None-Match", "*")
	h.want(204, "DELETE", "/.groups/bad", "")
	h.want(404, "GET", "/.groups/bad", "")
}

func TestAutomaticSubgroupHasNoDefinition(t *testing.T) {
	h := newHouse(t)
	h.want(404, "GET", "/.groups/tea/sub", "")
	h.want(404, "DELETE", "/.groups/tea/sub", "")
	h.put(404, "/.groups/tea/sub/.users/x", `{}`)
	h.put(201, "/.groups/tea/sub", `{}`)
	h.want(204, "DELETE", "/.groups/tea/sub", "")
	h.want(200, "GET", "/.groups/tea/sub/.users/", "")
}

// TestDeleteGroup covers weak spot 21: what is of no use without it goes, too.
func TestDeleteGroup_W21(t *testing.T) {
	h := newHouse(t)
	member, below := h.join("tea"), h.join("tea/sub")
	h.want(204, "DELETE", "/.groups/tea", "")
	for _, c := range []*client{member, below} {
		if kicked, _ := c.told(); kicked != goodbye {
			t.Errorf("kicked with %q", kicked)
		}
	}
	if tokens := h.read("data/var/tokens.jsonl"); strings.Contains(tokens, `"tea"`) || !strings.Contains(tokens, "othertoken") {
		t.Errorf("tokens are %s", tokens)
	}
	if _, err := h.registry.Describe("tea"); !errors.Is(err, group.ErrNoGroup) || len(h.registry.Loaded()) != 0 {
		t.Errorf("the group remains: %v", err)
	}
	h.want(404, "GET", "/.groups/tea", "")
	h.want(404, "DELETE", "/.groups/tea", "")

	h.put(201, "/.groups/tea", `{"auto-subgroups": true}`)
	h.put(201, "/.groups/tea/sub", `{}`)
	h.put(201, "/.groups/tea/sub/.tokens/kept", `{}`)
	h.want(204, "DELETE", "/.groups/tea/sub", "") // goes on as an automatic subgroup
	h.want(200, "GET", "/.groups/tea/sub/.tokens/kept", "")
}

const testKeys = `{"keys": [{"kty": "oct", "alg": "HS256", "kid": "1", "k": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"}]}`

func TestKeys(t *testing.T) {
	h := newHouse(t)
	const path = "/.groups/other/.keys"
	put := func(status int, body string) {
		t.Helper()
		h.want(status, "PUT", path, body, "Content-Type", "application/jwk-set+json")
	}
	put(204, testKeys)
	stored := h.read("groups/other.json")
	if !strings.Contains(stored, `"kid": "1"`) {
		t.Errorf("file is %s", stored)
	}
	h.want(405, "GET", path, "")
	if strings.Contains(h.want(200, "GET", "/.groups/other", "").body, "Keys") {
		t.Error("keys are shown")
	}
	for _, body := range []string{
		``, `[]`, `{"keys": 1}`, `{"keys": [1]}`, `{"keys": [{}]}`, `{"keys": [{"kty": "oct", "k": "eA"}]}`,
		`{"keys": [{"kty": "oct", "alg": "HS256", "k": "eA"}]}`,
		`{"keys": [{"kty": "oct", "alg": "none", "k": "eA"}]}`,
		`{"keys": [{"kty": "EC", "alg": "ES256", "crv": "P-256", "x": "eA", "y": "eA"}]}`,
		`{"keys": [{"kty": "RSA", "alg": "RS256", "n": "eA", "e": "AQAB"}]}`,
	} {
		put(400, body)
	}
	if h.read("groups/other.json") != stored {
		t.Error("the file has changed")
	}
	for _, body := range []string{`{}`, `{"keys": []}`, `null`, `{"keys": null}`} {
		put(204, testKeys)
		put(204, body)
		if strings.Contains(h.read("groups/other.json"), "authKeys") {
			t.Errorf("%s: keys remain", body)
		}
	}
	put(204, testKeys)
	h.want(204, "DELETE", path, "")
	h.want(204, "DELETE", path, "")
	h.want(404, "DELETE", "/.groups/none/.keys", "")
	h.want(404, "PUT", "/.groups/tea/sub/.keys", testKeys, "Content-Type", mediaKeys)
}
