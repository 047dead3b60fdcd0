package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	tests := []struct {
		name   string
		files  map[string]string
		status int
		says   []string
	}{
		{"fine", map[string]string{
			"a.go":         "package a\n\nimport \"os\"\n\nvar Name, _ = os.Hostname()\n",
			"a_windows.go": "package a\n\nimport \"syscall\"\n\nvar Handle syscall.Handle\n",
			"a_test.go":    "package a_test\n\nimport (\n\t\"testing\"\n\n\t\"example.org/a\"\n)\n\nfunc TestA(t *testing.T) { t.Log(a.Name) }\n",
		}, 0, []string{"windows/amd64: 2 packages"}},
		{"mistakes", map[string]string{
			// A name that the system does not have.
			"name/a.go": "package name\n\nimport \"syscall\"\n\nfunc F() error { return syscall.Setrlimit(0, nil) }\n",
			// A file that the system does not have.
			"file/a_linux.go": "package file\n\nfunc f() {}\n",
			"file/a.go":       "package file\n\nfunc F() { f() }\n",
			// A type that is another one on this system.
			"type/a_windows.go": "package type_\n\nimport \"syscall\"\n\nvar Handle int = syscall.Stdin\n",
			// Tests, within the package and beside it.
			"test/a.go":              "package test\n",
			"test/a_windows_test.go": "package test\n\nimport \"testing\"\n\nfunc TestA(t *testing.T) { unused := 1 }\n",
			"both/a.go":              "package both\n\nfunc a() {}\n",
			"both/in_test.go":        "package both\n\nvar A = a\n",
			"both/out_test.go":       "package both_test\n\nimport \"example.org/a/both\"\n\nvar _ = both.A\nvar _ = both.B\n",
			"missing/a.go":           "package missing\n\nimport _ \"example.org/a/nowhere\"\n",
			"syntax/a.go":            "package syntax\n\nfunc {\n",
		}, 1, []string{
			"name/a.go:5:33: undefined: syscall.Setrlimit",
			"file/a.go:3:12: undefined: f",
			"cannot use syscall.Stdin",
			"declared and not used: unused",
			"both/out_test.go:6:14: undefined: both.B",
			"example.org/a/nowhere",
			"syntax/a.go:3:6",
		}},
		{"a mistake in what is imported", map[string]string{
			"go.mod":         "module example.org/a\n\ngo 1.24\n\nrequire example.org/b v0.0.0\n\nreplace example.org/b => ./b\n",
			"a.go":           "package a\n\nimport _ \"example.org/b\"\n",
			"b/go.mod":       "module example.org/b\n\ngo 1.24\n",
			"b/b.go":         "package b\n\nimport \"example.org/b/c\"\n\nvar B c.C\n",
			"b/c/c_linux.go": "package c\n\ntype C int\n",
		}, 1, []string{"example.org/b/c"}},
		{"nothing", nil, 1, []string{"no packages"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			directory := t.TempDir()
			write(t, filepath.Join(directory, "go.mod"), "module example.org/a\n\ngo 1.24\n")
			for name, content := range test.files {
				write(t, filepath.Join(directory, filepath.FromSlash(name)), content)
			}
			var output strings.Builder
			if status := run(directory, []string{"windows/amd64"}, &output, &output); status != test.status {
				t.Errorf("status %d, not %d", status, test.status)
			}
			said := filepath.ToSlash(output.String())
			for _, part := range test.says {
				if !strings.Contains(said, part) {
					t.Errorf("does not say %q:\n%s", part, said)
				}
			}
			if strings.Contains(said, "both.A") {
				t.Errorf("does not see what a test adds to its package:\n%s", said)
			}
		})
	}
}

func TestUsage(t *testing.T) {
	var output strings.Builder
	if status := run(".", nil, &output, &output); status != 2 || !strings.HasPrefix(output.String(), "usage") {
		t.Errorf("%d: %s", status, output.String())
	}
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
