package ice

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	const none = "-" // no file
	for _, c := range []struct {
		name, content string
		options       Options
		want          []string // each a prefix
	}{
		{"no file", none, Options{}, nil},
		{"good", "[\n {\"urls\": [\"stun:a:1\"]}, {\"URLS\": [\"turn:b\"], \"username\": \"u\", \"credential\": \"c\"}]", Options{}, nil},
		{"empty", "", Options{}, []string{"f:1:1: error: unexpected end"}},
		{"truncated", "[\n{", Options{}, []string{"f:2:2: error: unexpected end"}},
		{"syntax", "[\n{\"urls\": [],}]", Options{}, []string{"f:2:13: error: invalid character '}'"}},
		{"rest", "[]\n x", Options{}, []string{"f:2:2: error: invalid character 'x'"}},
		{"no array", "\n{}", Options{}, []string{"f:1:1: error: json: cannot unmarshal object"}},
		{"null", "null", Options{}, nil},
		{"every entry", `[5,
 {"urls": "stun:a:1"},
 {"urls": ["http://a"]}, {"urls": ["turn:a"]},
 {"urls": ["stun:a"], "credential": 5}, null,
 {"urls": ["stun:a"], "credentialType": "oauth"},
 {"urls": ["stun:a"], "url": "stun:b", "x": 1}]`, Options{}, []string{
			"f:1:2: error: entry 1 is ignored: parse ICE server: not an object",
			"f:2:2: error: entry 2 is ignored: parse ICE server: wrong type: urls is a string",
			`f:3:2: error: entry 3 is ignored: parse ICE server: "http://a"`,
			"f:3:26: error: entry 4 is ignored: parse ICE server: a TURN server needs",
			"f:4:2: error: entry 5 is ignored: parse ICE server: credential is not a string",
			"f:4:41: error: entry 6 is ignored: parse ICE server: no urls",
			"f:5:2: error: entry 7 is ignored: parse ICE server: unsupported credential type",
			`f:6:2: warning: entry 8: unknown key "url"`,
			`f:6:2: warning: entry 8: unknown key "x"`,
		}},
		{"address", none, Options{TURN: TURNOptions{Address: "1.2.3.4"}}, []string{"-turn: error: TURN: bad address"}},
		{"port", none, Options{TURN: TURNOptions{Address: ":0"}}, []string{"-turn: error: TURN: bad address"}},
		{"a name is not looked up", none, Options{TURN: TURNOptions{Address: "no.such.name.invalid:3478"}}, nil},
		{"relays only, none", none, Options{RelayOnly: true}, []string{"-relay-only: error: nobody"}},
		{"relays only, auto", none, Options{RelayOnly: true, TURN: TURNOptions{Address: "auto"}}, nil},
		{"relays only, auto with a file", `[{"urls": ["stun:a"]}]`, Options{RelayOnly: true, TURN: TURNOptions{Address: "auto"}},
			[]string{"-relay-only: error: nobody"}},
		{"relays only, in the file", `[{"urls": ["TURNS:a"], "username": "u", "credential": "c"}]`, Options{RelayOnly: true}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.options.DataDir = t.TempDir()
			file := filepath.Join(c.options.DataDir, FileName)
			if c.content != none {
				if err := os.WriteFile(file, []byte(c.content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var got []string
			for _, p := range Check(c.options) {
				got = append(got, strings.Replace(p.Place(), file, "f", 1)+": "+p.Severity.String()+": "+p.Text)
			}
			if !slices.EqualFunc(got, c.want, strings.HasPrefix) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}
