package problem

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPosition(t *testing.T) {
	for _, c := range []struct {
		data         string
		offset       int
		line, column int
	}{
		{"", 0, 1, 1},
		{"ab", -1, 1, 1},
		{"ab", 9, 1, 3},
		{"ab\ncd", 2, 1, 3},
		{"ab\ncd", 3, 2, 1},
		{"ab\r\n\ncd", 6, 3, 2},
		{"é\"", 2, 1, 3}, // in bytes
	} {
		if line, column := Position([]byte(c.data), c.offset); line != c.line || column != c.column {
			t.Errorf("%q, %d: %d:%d, want %d:%d", c.data, c.offset, line, column, c.line, c.column)
		}
	}
}

func TestReport(t *testing.T) {
	for _, c := range []struct {
		list   []Problem
		errors int
		want   string
	}{
		{nil, 0, "No problems found.\n"},
		{[]Problem{Of("-http", Error, "bad %d", 1)}, 1, "-http: error: bad 1\n1 error, 0 warnings.\n"},
		{
			[]Problem{
				At("f", []byte("a\nb"), 2, Warning, "odd"),
				{File: "f", Line: 7, Text: "no column"},
				{File: "g", Line: 1, Column: 2, Text: "wrong"},
			}, 2,
			"f:2:1: warning: odd\nf:7: error: no column\ng:1:2: error: wrong\n2 errors, 1 warning.\n",
		},
	} {
		var b strings.Builder
		if n := Report(&b, c.list); n != c.errors || b.String() != c.want {
			t.Errorf("%d errors:\n%s\nwant %d:\n%s", n, b.String(), c.errors, c.want)
		}
	}
}

func TestWritable(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		".":        "",
		"no/such":  "",
		"file":     "not a directory",
		"file/sub": "not a directory",
	} {
		got := Writable(filepath.Join(dir, name), Warning)
		if want == "" {
			if got != nil {
				t.Errorf("%s: %v", name, got)
			}
		} else if len(got) != 1 || got[0].Severity != Warning || !strings.Contains(got[0].Text, want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if list, _ := os.ReadDir(dir); len(list) != 1 {
		t.Errorf("something was written: %v", list)
	}
}
