package token

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCheckFile(t *testing.T) {
	now := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, content string
		tokens        string
		want          []string // what lines of the file have, each a prefix
	}{
		{"empty", "", "", nil},
		{"good", `{"token": "a", "group": "g", "permissions": null, "expires": "2027-01-01T00:00:00Z"}`, "a@1", nil},
		{"spread over lines", "\n{\"token\": \"a\",\n\"group\": \"g\", \"expires\": \"2027-01-01T00:00:00Z\"}\n" +
			"{\"token\": \"b\"", "a@2", []string{"4 error: unexpected end of file"}},
		{"malformed", "x\n[]\n{\"token\": 5}\n{}\n", "", []string{
			"1 error: invalid character", "2 error: not an object", "3 error: json", "4 error: token is empty"}},
		{"useless", "{\"token\": \"a\", \"group\": \"g\"}\n{\"token\": \"b\", \"expires\": \"2027-01-01T00:00:00Z\"}\n" +
			"{\"token\": \"c\", \"includeSubgroups\": true, \"expires\": \"2027-01-01T00:00:00Z\", \"not-before\": \"2027-01-01T00:00:00Z\"}",
			"a@1 b@2 c@3", []string{"1 warning: without expires", "2 error: the token is for no group", "3 error: the token expires before"}},
		{"twice", "{\"token\": \"a\", \"group\": \"g\"}\n{\"token\": \"a\", \"group\": \"h\", \"expires\": \"2027-01-01T00:00:00Z\"}",
			"a@2", []string{"1 warning: the same token occurs again"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "tokens.jsonl")
			if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			tokens, problems := CheckFile(path, now)
			var got []string
			for _, x := range tokens {
				got = append(got, fmt.Sprintf("%s@%d", x.Token.Token, x.Line))
			}
			if s := strings.Join(got, " "); s != c.tokens {
				t.Errorf("tokens are %s", s)
			}
			var texts []string
			for _, p := range problems {
				texts = append(texts, fmt.Sprintf("%d %s: %s", p.Line, p.Severity, p.Text))
			}
			if !slices.EqualFunc(texts, c.want, strings.HasPrefix) {
				t.Errorf("got %q, want %q", texts, c.want)
			}
		})
	}
	if tokens, problems := CheckFile(filepath.Join(t.TempDir(), "none"), now); tokens != nil || problems != nil {
		t.Errorf("without a file: %v, %v", tokens, problems)
	}
	if _, problems := CheckFile(t.TempDir(), now); len(problems) != 1 {
		t.Errorf("a directory: %v", problems)
	}
}
