package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const labels = `# a comment
document one.md done 3
scope Q here
QS-1  the first
QS-2  the second
Q-1   ambiguous elsewhere
CHECK-900  an item

document two.md later 7
H-1   not yet
`

// project makes a project in which package here has the given test file.
func project(t *testing.T, tests string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range map[string]string{
		"docs/labels.txt":   labels,
		"here/here_test.go": "package here\n" + tests,
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const everythingIsTested = `
// TestBoth cites QS-1 to
// QS-2 and checklist 899 to 901.
func TestBoth(t *testing.T) {}

func TestSpot_Q1(t *testing.T) {}
`

func command(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var stderr bytes.Buffer
	status := run(args, &stderr)
	return status, stderr.String()
}

func TestCheckFailsWithoutTable(t *testing.T) {
	root := project(t, everythingIsTested)
	if status, out := command(t, "-root", root, "-check"); status != 1 || !strings.Contains(out, "out of date for QS-1") {
		t.Errorf("%d %s", status, out)
	}
}

func TestCheckPassesAndNoticesChanges(t *testing.T) {
	root := project(t, everythingIsTested)
	if status, out := command(t, "-root", root); status != 0 {
		t.Fatal(out)
	}
	if status, out := command(t, "-root", root, "-check"); status != 0 {
		t.Fatal(out)
	}
	path := filepath.Join(root, "here", "here_test.go")
	if err := os.WriteFile(path, []byte("package here\nfunc TestSpot_Q1() {}\nfunc Test_QS1() {}"), 0o600); err != nil {
		t.Fatal(err)
	}
	status, out := command(t, "-root", root, "-check")
	for _, want := range []string{"QS-2 of one.md has no test", "CHECK-900 of one.md has no test", "out of date for QS-1"} {
		if status != 1 || !strings.Contains(out, want) {
			t.Errorf("%d, want %s in %s", status, want, out)
		}
	}
	if strings.Contains(out, "H-1") {
		t.Errorf("a later document is checked: %s", out)
	}
}

func TestResults(t *testing.T) {
	root := project(t, everythingIsTested)
	file := filepath.Join(t.TempDir(), "results")
	content := `{"Action":"run","Package":"galene/here","Test":"TestBoth"}
{"Action":"fail","Package":"galene/here","Test":"TestBoth/sub"}
{"Action":"fail","Package":"galene/here","Test":"TestBoth"}
some noise
{"Action":"pass","Package":"galene/here","Test":"TestSpot_Q1"}
{"Action":"pass","Package":"galene/here"}
`
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, out := command(t, "-root", root, "-results", file); status != 0 {
		t.Fatal(out)
	}
	for range 2 { // results are kept when there are no new ones
		made, err := os.ReadFile(tableFile(root))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			"| QS-1 | the first | `here TestBoth` | fail |",
			"| Q-1 | ambiguous elsewhere | `here TestSpot_Q1` | pass |",
			"Later, with issue 7.", "| H-1 | not yet |  | no test |",
		} {
			if !strings.Contains(string(made), want) {
				t.Errorf("no %q in\n%s", want, made)
			}
		}
		if status, out := command(t, "-root", root); status != 0 {
			t.Fatal(out)
		}
	}
}

func TestCitations(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"TestKick_QA8_Q13", "", "Q-13 QA-8"},
		{"TestShutdownQRP14", "", "QRP-14"},
		{"TestFilesX3Q15", "", "Q-15 X-3"},
		{"", "see QS-9 (Q-29,\ntoo)", "Q-29 QS-9"},
		{"", "Q-1 to Q-3", "Q-1 Q-2 Q-3"},
		{"", "checklist 901, 903 and 905 to 906", "CHECK-901 CHECK-903 CHECK-905 CHECK-906"},
		{"", "SHA256x UTF-8 and Q-", "UTF-8"},
	} {
		got := make(map[string]bool)
		citeName(test.name, got)
		citeText(test.text, got)
		if s := strings.Join(slices.Sorted(maps.Keys(got)), " "); s != test.want {
			t.Errorf("%q %q: %s, want %s", test.name, test.text, s, test.want)
		}
	}
}

func TestMalformedLabels(t *testing.T) {
	for _, text := range []string{
		"QS-1 no document", "document x", "document x soon 3", "document x done 3\nQS-1",
		"document x done 3\nQS-1 a\nQS-1 b", "document x done 3\nWS1 a",
	} {
		if _, err := parseLabels(strings.NewReader(text)); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}
