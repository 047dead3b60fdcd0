package group

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"galene/internal/problem"
)

// checkNow is the time of the tests of CheckFiles.
var checkNow = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// goodHash is a bcrypt hash.
const goodHash = `{"type": "bcrypt", "key": "$2a$04$abcdefghijklmnopqrstuuPWAWKDJVv5oFIGO28oy4t/kTg21oMSW"}`

// checkOf writes files, names relative to a directory with groups/ and data/, and
// returns what CheckFiles says, in the form PLACE: SEVERITY: TEXT.
func checkOf(t *testing.T, files map[string]string) ([]string, Findings) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	findings := CheckFiles(filepath.Join(dir, "groups"), filepath.Join(dir, "data"), checkNow)
	var list []string
	for _, p := range findings.Problems {
		place := filepath.ToSlash(strings.TrimPrefix(p.Place(), dir+string(filepath.Separator)))
		list = append(list, place+": "+p.Severity.String()+": "+p.Text)
	}
	return list, findings
}

// good is a group with nothing wrong.
const good = `{"users": {"ada": {"password": "x", "permissions": "op"}}}`

func TestCheckFiles_SW14(t *testing.T) {
	const op = `"users": {"ada": {"password": "x", "permissions": "op"}}`
	for _, c := range []struct {
		name  string
		files map[string]string
		want  []string // each a prefix
	}{
		{"good", map[string]string{"groups/tea.json": good}, nil},
		{"good in many ways", map[string]string{
			"groups/a/b.json": `{` + op + `, "codecs": ["vp9", "opus"], "redirect": "/group/x/",
				"not-before": "2026-01-01T00:00:00Z", "expires": "2027-01-01T00:00:00Z"}`,
			"groups/.hidden.json": `{`,
			"groups/.dir/x.json":  `{`,
			"data/config.json": `{"canonicalHost": "[::1]:8443", "proxyURL": "https:/sub", "allowOrigin": ["null",
				"https://Example.org:444"], "users": {"root": {"password": ` + goodHash + `, "permissions": "admin"}}}`,
		}, nil},
		{"no groups", map[string]string{"data/config.json": `{}`},
			[]string{"groups: warning: there is no groups directory"}},
		{"no group", map[string]string{"groups/.x": ``}, []string{"groups: warning: there is no group"}},
		{"names", map[string]string{"groups/tea.json": good, "groups/tea.json~": ``, "groups/a\\b.json": good},
			[]string{`groups/a\b.json: error: illegal group name`, "groups/tea.json~: warning: not a group"}},
		{"syntax", map[string]string{"groups/tea.json": "{\n \"public\": true,\n}", "groups/x.json": good},
			[]string{"groups/tea.json:3:1: error: invalid character '}'"}},
		{"empty file", map[string]string{"groups/tea.json": ""},
			[]string{"groups/tea.json:1:1: error: unexpected end of file"}},
		{"every error", map[string]string{"groups/tea.json": "{\"public\": 1,\n\"publik\": true,\n\"users\": {\"ada\": {\n" +
			"\"pasword\": \"x\",\n\"permissions\": \"king\"},\n\"bob\": 5},\n\"expires\": \"soon\",\n\"codecs\": [\"vp8\", 5],\n" +
			"\"authKeys\": [1, {}]}"},
			[]string{
				"groups/tea.json:1:12: error: unexpected number, want a boolean",
				`groups/tea.json:2:1: error: unknown key "publik"`,
				`groups/tea.json:3:18: warning: user "ada" has no password`,
				`groups/tea.json:4:1: error: unknown key "pasword" in user entry`,
				`groups/tea.json:5:16: error: unknown permissions "king"`,
				"groups/tea.json:6:8: error: not an object",
				`groups/tea.json:7:12: error: "soon" is not an RFC 3339 time`,
				"groups/tea.json:8:11: warning: no codec for sound",
				"groups/tea.json:8:19: error: unexpected number, want a string",
				"groups/tea.json:9:14: error: authKeys: not an object",
				"groups/tea.json:9:17: error: authKeys: unknown key type",
			}},
		{"repeated", map[string]string{"groups/tea.json": "{" + op + ",\n\"public\": true, \"public\": false}\nrest"},
			[]string{`groups/tea.json:2:17: warning: key "public" occurs again`,
				"groups/tea.json:3:1: warning: what follows the object is ignored"}},
		{"passwords", map[string]string{"groups/tea.json": "{\"users\": {\n\"ada\": {\"password\": \"x\", \"permissions\": \"op\"},\n" +
			"\"a\": {\"password\": {\"type\": \"bcrypt\", \"key\": \"$2a$10$abc\"}},\n" +
			"\"b\": {\"password\": {\"type\": \"md5\", \"key\": \"x\"}},\n" +
			"\"c\": {\"password\": {\"type\": \"pbkdf2\", \"hash\": \"sha-256\", \"key\": \"xy\", \"salt\": \"00\", \"iterations\": 1}},\n" +
			"\"d\": {},\n\"e/\": {\"password\": \"y\"},\n\"f\": {\"password\": \"\"}},\n" +
			"\"wildcard-user\": {\"password\": {\"type\": \"wildcard\"}, \"permissions\": [\"admin\", \"fly\"]}}"},
			[]string{
				`groups/tea.json:3:19: error: user "a": unusable password entry`,
				`groups/tea.json:4:19: error: user "b": unusable password entry: unknown type "md5"`,
				`groups/tea.json:5:19: error: user "c": unusable password entry: key`,
				`groups/tea.json:6:6: warning: user "d" has no password`,
				`groups/tea.json:7:20: error: user "e/": nobody can have this name`,
				`groups/tea.json:8:19: warning: user "f": the password is empty`,
				"groups/tea.json:9:31: warning: the wildcard user: anybody may be an operator or administrator",
				`groups/tea.json:9:68: warning: the wildcard user: there are no such permissions: "fly"`,
			}},
		{"codecs", map[string]string{"groups/a.json": "{" + op + ", \"codecs\": [\"opus\", \"mp3\"]}"},
			[]string{`groups/a.json:1:70: warning: no codec for pictures`, `groups/a.json:1:79: error: unknown codec "mp3"`}},
		{"keys and servers", map[string]string{"groups/a.json": "{" + op + ",\n\"authServer\": \"s\",\n\"authPortal\": \"https://p/\",\n" +
			"\"redirect\": \"javascript:x\",\n\"authKeys\": [{\"kty\": \"oct\", \"alg\": \"HS256\", \"k\": \"AA\"}]}"},
			[]string{
				"groups/a.json:2:15: error: authServer is not an http or https URL",
				"groups/a.json:2:15: error: without a usable key in authKeys",
				"groups/a.json:3:15: error: without a usable key in authKeys",
				"groups/a.json:4:13: error: redirect is neither",
				"groups/a.json:5:14: error: authKeys: k has 1 bytes, HS256 needs 32",
			}},
		{"private key", map[string]string{"groups/a.json": `{` + op + `, "authKeys": [{"kty": "EC", "alg": "ES256", "crv": "P-256",
			"x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU", "d": "AA"}]}`},
			[]string{"groups/a.json:1:73: warning: authKeys: the key has its private half"}},
		{"times", map[string]string{
			"groups/a.json": `{` + op + `, "not-before": "2027-01-01T00:00:00Z", "expires": "2026-12-31T00:00:00Z"}`,
			"groups/b.json": `{` + op + `, "expires": "2026-06-30T00:00:00Z"}`},
			[]string{"groups/a.json:1:109: error: expires is not after not-before",
				"groups/b.json:1:71: warning: the group has expired"}},
		{"nobody", map[string]string{
			"groups/a.json": `{}`,
			"groups/b.json": `{"users": {"ada": {"password": {"type": "x"}}}}`,
			"groups/c.json": `{"wildcard-user": {"password": "x", "permissions": "present"}, "allow-recording": true}`,
			"groups/d.json": `{"wildcard-user": {"password": "x", "permissions": "present"}, "autolock": true}`,
			"groups/e.json": `{"wildcard-user": {"password": "x", "permissions": "present"}, "autokick": true}`,
			"groups/f.json": `{"autolock": true, "users": {"ada": {"password": "x", "permissions": ["op"]}}}`,
			"groups/g.json": `{"redirect": "https://x/"}`,
			"groups/h.json": `{}`,
			"data/var/tokens.jsonl": `{"token": "t", "group": "h", "permissions": ["op"], "expires": "2026-08-01T00:00:00Z"}
				{"token": "u", "group": "a", "permissions": ["op"], "expires": "2026-06-30T00:00:00Z"}`},
			[]string{
				"groups/a.json: warning: nobody can join",
				"groups/b.json: warning: nobody can join",
				`groups/b.json:1:32: error: user "ada"`,
				"groups/c.json: warning: nobody can be an operator",
				"groups/c.json:1:83: warning: operators may record",
				"groups/d.json:1:76: error: nobody can join",
				"groups/e.json:1:76: error: nobody can stay",
			}},
		{"old format", map[string]string{"groups/a.json": "{\"op\": [{\"username\": \"ada\", \"password\": \"x\"},\n" +
			"{\"username\": \"ada\"}], \"allow-anonymous\": true, \"other\": [{\"user\": 1}]}"},
			[]string{`groups/a.json:2:1: error: user "ada" is defined twice`,
				"groups/a.json:2:23: warning: allow-anonymous is obsolete",
				`groups/a.json:2:59: error: unknown key "user" in user entry`}},
		{"tokens", map[string]string{"groups/tea.json": good, "groups/sub.json": `{` + op + `, "auto-subgroups": true}`,
			"data/var/tokens.jsonl": `{"token": "a", "group": "tea", "permissions": ["fly"], "expires": "2026-08-01T00:00:00Z"}
{"token": "b", "group": "nowhere", "permissions": [], "expires": "2026-08-01T00:00:00Z"}
{"token": "c", "group": "sub/x", "permissions": [], "expires": "2026-08-01T00:00:00Z"}
{"token": "d", "group": "gone", "permissions": [], "expires": "2026-06-01T00:00:00Z"}
{"token": "e"`},
			[]string{
				`data/var/tokens.jsonl:1:1: warning: there are no such permissions: "fly"`,
				`data/var/tokens.jsonl:2:1: warning: the token is for a group that does not exist: "nowhere"`,
				"data/var/tokens.jsonl:5:1: error: unexpected end of file",
			}},
		{"configuration", map[string]string{"groups/tea.json": good, "data/config.json": "{\"canonicalHost\": \"https://x\",\n" +
			"\"allowOrigin\": [\"https://a/\", \"*\"],\n\"allowAdminOrigin\": [\"*\"],\n\"proxyURL\": \"x:8443\",\n\"nosuch\": 1,\n" +
			"\"admin\": [],\n\"writableGroups\": \"yes\",\n\"users\": {\"a\": {\"password\": \"x\", \"permissions\": \"op\"},\n" +
			"\"b\": {\"permissions\": \"admin\"},\n\"c\": {\"password\": {\"type\": \"wildcard\"}, \"permissions\": [\"admin\", \"fly\"]},\n" +
			"\"d\": {\"password\": {\"type\": \"bcrypt\", \"key\": \"x\"}, \"permissions\": \"admin\"}}}"},
			[]string{
				"data/config.json:1:19: error: canonicalHost is not",
				`data/config.json:2:16: error: allowOrigin: "https://a/" is no origin`,
				`data/config.json:2:16: warning: allowOrigin: "*" opens`,
				`data/config.json:3:21: error: allowAdminOrigin: "*" is no origin`,
				"data/config.json:4:13: error: proxyURL is neither",
				`data/config.json:5:1: error: unknown key "nosuch"`,
				"data/config.json:6:1: warning: admin is obsolete",
				"data/config.json:7:19: error: unexpected string, want a boolean",
				`data/config.json:8:49: warning: user "a" is of no use without the permission admin`,
				`data/config.json:9:6: warning: user "b" has no password`,
				`data/config.json:10:19: warning: user "c": anybody may administer the server`,
				`data/config.json:10:56: warning: user "c": there are no such permissions: "fly"`,
				`data/config.json:11:19: error: user "d": unusable password entry`,
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := checkOf(t, c.files)
			if !slices.EqualFunc(got, c.want, strings.HasPrefix) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func TestCheckFindsWhetherAnybodyRecords(t *testing.T) {
	for content, want := range map[string]bool{
		good: false,
		`{"allow-recording": true, "users": {"ada": {"password": "x", "permissions": "op"}}}`: true,
		`{"allow-recording": true, "wildcard-user": {"password": "x"}}`:                       false,
		`{"wildcard-user": {"password": "x", "permissions": ["record"]}}`:                     true,
	} {
		if _, f := checkOf(t, map[string]string{"groups/tea.json": content}); f.Recording != want {
			t.Errorf("%s: %v", content, f.Recording)
		}
	}
}

// What a server refuses is an error of CheckFiles, in the same words and at the same
// place, and the other way round: both read files with the same parser.
func TestCheckAndServerAgree(t *testing.T) {
	contents := []string{
		good, `{`, `[]`, `null`, ``, `{"users": {"a": {"x": 1}, "b": 2}}`, `{"op": [{"x": 1}], "public": 3}`,
		`{"users": {"ada": {"password": {"type": 5, "key": 6}, "permissions": {}}}}`, `{"expires": 5, "codecs": 1}`,
		"{\"displayName\": \"\xff\"}", `{"a": {"b": [1, 2,]}}`, `{"public": true} rest`,
		`{` + strings.Repeat(`"x": 1,`, 2*maxDefects) + `"y": 2}`,
	}
	for _, content := range contents {
		data := []byte(content)
		_, err := parseDescription("f", data)
		p := &parser{file: "f", data: data, d: &Description{}, places: make(map[string]int), defects: &defects{}}
		fatal := p.parse()
		var first problem.Problem
		for _, found := range allProblems("f", data, fatal, p.defects, p.d.warnings) {
			if found.Severity == problem.Error {
				first = found
				break
			}
		}
		if err == nil {
			if first.Text != "" {
				t.Errorf("%s: only the check finds %v", content, first)
			}
		} else if want := problemOf("f", data, err); first != want {
			t.Errorf("%s: the check finds %v, the server %v", content, first, want)
		}
	}
}
