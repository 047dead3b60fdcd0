package manual

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const markdown = "# All\n\n| Name | Use |\n|---|---|\n| `other` | not here |\n\n" +
	"## Flags\n\n| Flag | Use |\n|---|---|\n| `-http ADDRESS`, `-a` | `web` |\nText with `code`.\n\n| `-b=C` | |\n\n" +
	"### Below\n\n| `-c` | x |\n"

const page = `.Sh OPTIONS
.Bl -tag
.It Fl http Ar address
Text with
.Fl other .
.El
.Ss Others
.It Cm combine Fl o
.Sh FILES
.It Pa file
`

func write(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestReading(t *testing.T) {
	md, man := write(t, markdown), write(t, page)
	for _, test := range []struct {
		what string
		read func() ([]string, error)
		want string // names, or an error in brackets
	}{
		{"one section", func() ([]string, error) { return Names(md, "Flags") }, "-http -a -b=C"},
		{"two sections", func() ([]string, error) { return Names(md, "Flags", "Below") }, "-http -a -b=C -c"},
		{"no section", func() ([]string, error) { return Names(md, "Flag") }, "[no section]"},
		{"no file", func() ([]string, error) { return Names(md+"x", "Flags") }, "[no such file]"},
		{"page", func() ([]string, error) { return Items(man, "OPTIONS") }, "-http"},
		{"page, two sections", func() ([]string, error) { return Items(man, "OPTIONS", "Others", "FILES") }, "-http combine"},
		{"page, no section", func() ([]string, error) { return Items(man, "Options") }, "[no section]"},
		{"usage", func() ([]string, error) {
			return Flags("Usage of x:\n  -a\tthe a\n  -b file\n    \t-c (default 1)\n"), nil
		}, "-a -b"},
	} {
		names, err := test.read()
		if reason, ok := strings.CutPrefix(test.want, "["); ok {
			if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "cannot find the file specified", "no such file"), strings.TrimSuffix(reason, "]")) {
				t.Errorf("%s: error is %v", test.what, err)
			}
		} else if err != nil || strings.Join(names, " ") != test.want {
			t.Errorf("%s: got %q, %v", test.what, names, err)
		}
	}
	rows, err := Rows(md, "Flags")
	if err != nil || len(rows) != 2 || !slices.Equal(rows[0].Cells, []string{"`-http ADDRESS`, `-a`", "`web`"}) {
		t.Errorf("rows are %q, %v", rows, err)
	}
}

func TestDifferences(t *testing.T) {
	for _, test := range []struct{ documented, actual, want string }{
		{"a b", "b a", ""},
		{"a", "a b", "b is not documented"},
		{"a b", "a", "b is documented, but does not exist"},
		{"a a", "a", "a is documented twice"},
		{"", "", ""},
	} {
		got := strings.Join(Differences(strings.Fields(test.documented), strings.Fields(test.actual)), "; ")
		if got != test.want {
			t.Errorf("%q, %q: got %q", test.documented, test.actual, got)
		}
	}
}
