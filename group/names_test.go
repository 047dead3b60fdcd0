package group

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNames_GRP1_GRP3_W19(t *testing.T) {
	tests := []struct {
		name            string
		group, username bool
	}{
		{"", false, true},
		{"a", true, true},
		{"a/b/c", true, true},
		{"Ada c/o Bob", true, true},
		{"a..b", true, true},
		{"a./b", true, true},
		{"été/日本", true, true},
		{"...", false, true}, // W-19: starts with a period
		{".a", false, true},
		{"a/.b", false, true},
		{"/ada", false, false},
		{"a/", false, false},
		{"a//b", false, false},
		{".", false, false},
		{"..", false, false},
		{"a/../b", false, false},
		{"a/./b", false, false},
		{`a\b`, false, false},
		{"a\x00b", false, false},
		{"a\nb", false, false},
		{"a\x7fb", false, false},
		{"a\u0085b", false, false},
		{"a\xffb", false, false},
		{"a\u202eb", true, false},
		{"a\u2066b", true, false},
		{strings.Repeat("x", 250), true, true},
		{strings.Repeat("x", 251), false, true},
		{strings.Repeat("x", 256), false, true},
		{strings.Repeat("x", 257), false, false},
		{strings.Repeat(strings.Repeat("x", 250)+"/", 4) + strings.Repeat("y", 20), true, false},
		{strings.Repeat(strings.Repeat("x", 250)+"/", 4) + strings.Repeat("y", 21), false, false},
	}
	for _, test := range tests {
		if got := ValidName(test.name); got != test.group {
			t.Errorf("ValidName(%.40q, %d bytes) is %v", test.name, len(test.name), got)
		}
		if got := ValidUsername(test.name); got != test.username {
			t.Errorf("ValidUsername(%.40q, %d bytes) is %v", test.name, len(test.name), got)
		}
	}
}

func TestTruncate_W13(t *testing.T) {
	for _, test := range []struct {
		s     string
		limit int
		want  string
	}{
		{"abc", 3, "abc"}, {"abcd", 3, "abc"}, {"aé", 2, "a"}, {"aé", 3, "aé"}, {"日本", 5, "日"}, {"日", 1, ""},
	} {
		if got := truncate(test.s, test.limit); got != test.want {
			t.Errorf("truncate(%q, %d) is %q", test.s, test.limit, got)
		}
	}
}

func FuzzGroupName(f *testing.F) {
	for _, name := range []string{"a/b", "", "..", "a\\b", "é", "a/./b", strings.Repeat("x", 300)} {
		f.Add(name)
	}
	h := NewRegistry(Options{Directory: f.TempDir(), DataDirectory: f.TempDir()})
	f.Fuzz(func(t *testing.T, name string) {
		ValidUsername(name)
		if ValidName(name) {
			if name == "" || !utf8.ValidString(name) || strings.ContainsAny(name, "\\\x00\n") ||
				strings.Contains("/"+name+"/", "//") || strings.Contains("/"+name, "/.") {
				t.Errorf("%q is valid", name)
			}
		}
		if _, err := h.Describe(name); err == nil {
			t.Errorf("there is a group %q", name)
		}
	})
}
