package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A group file is imported with all that is in it, and exported as far as the server
// shows it (weak spot 13).
func TestExchange_CW13(t *testing.T) {
	h := newHouse(t)
	h.input = `{
		"displayName": "Tea", "max-clients": 5,
		"users": {
			"ada": {"password": {"type": "bcrypt", "key": "$2a$04$abcdefghijklmnopqrstuu5uO4PFTzLhU/y.B5FRK4rCnzDbCm9iW"}, "permissions": "op"},
			"": {"permissions": ["message"]},
			"nobody": {"password": null}
		},
		"wildcard-user": {"password": {"type": "wildcard"}, "permissions": "observe"},
		"authKeys": [{"kty": "oct", "alg": "HS256", "k": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"}]
	}`
	h.ok("", "import-group", "-group", "tea")
	file := strings.Join(strings.Fields(h.read("groups/tea.json")), "")
	for _, want := range []string{
		`"displayName":"Tea"`, `"max-clients":5`, `"key":"$2a$04$abc`, `"authKeys":[{`, `"":{"permissions":["message"]}`,
		`"nobody":{}`, `"wildcard-user":{"password":{"type":"wildcard"},"permissions":"observe"}`,
	} {
		if !strings.Contains(file, want) {
			t.Errorf("%s is not in %s", want, file)
		}
	}
	h.fails(1, "Import group: HTTP error: 412", "import-group", "-group", "tea")
	const exported = `{
    "displayName": "Tea",
    "max-clients": 5,
    "users": {
        "": {
            "permissions": [
                "message"
            ]
        },
        "ada": {
            "permissions": "op"
        },
        "nobody": {}
    },
    "wildcard-user": {
        "permissions": "observe"
    }
}
`
	h.ok(exported, "export-group", "-group", "tea")
	h.input = exported
	h.ok("", "import-group", "-group", "coffee")
	h.ok(exported, "export-group", "-group", "coffee")
	h.input = "{}"
	h.ok("", "import-group", "-group", "empty")
	h.ok("{}\n", "export-group", "-group", "empty")
	h.fails(1, "Export group: HTTP error: 404", "export-group", "-group", "none")
}

// What cannot be imported leaves nothing behind.
func TestBadImport_CW13(t *testing.T) {
	h := newHouse(t)
	for _, test := range []struct{ input, pattern string }{
		{``, "Decode standard input: "},
		{`[]`, "Decode standard input: "},
		{`null`, "Decode standard input: not an object"},
		{`{"users": []}`, "Decode standard input: users: "},
		{`{"users": {"ada": null}}`, `Decode standard input: user "ada" is null`},
		{`{"max-clients": "x"}`, "Import group: HTTP error: 400"},
		{`{"users": {"ada": {"permissions": "nonsense"}}}`, `Import group: user "ada": HTTP error: 400`},
		{`{"users": {"ada": {}, ".x": {}}}`, `Import group: user ".x": Build URL`},
		{`{"users": {"ada": {"password": {"type": "bcrypt", "key": "x"}}}}`, `Import group: user "ada": HTTP error: 400`},
		{`{"wildcard-user": {"permissions": 1}}`, "Import group: wildcard user: HTTP error: 400"},
		{`{"authKeys": [{"kty": "x"}]}`, "Import group: keys: HTTP error: 400"},
	} {
		h.input = test.input
		h.fails(1, logged+test.pattern, "import-group", "-group", "tea")
		if _, err := os.Stat(filepath.Join(h.dir, "groups", "tea.json")); !os.IsNotExist(err) {
			t.Fatalf("%s: the group is left, %v", test.input, err)
		}
	}
}
