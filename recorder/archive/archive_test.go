package archive

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestNames: what recordings are called, below which directories, with which modes
//
func TestNames(t *testing.T) {
	a := New(filepath.Join(t.TempDir(), "recordings"))
	dir, err := a.Create("maths/algebra")
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	at := time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.Local)
	start := "2026-01-02T03:04:05.006"
	if runtime.GOOS == "windows" {
		start = "2026-01-02T03-04-05-006"
	}
	for _, c := range []struct{ username, extension, want string }{
		{"bob", ".webm", "-bob.webm"},
		{"bob", ".webm", "-bob-01.webm"}, // the first is still being written
		{"bob", ".mkv", "-bob.mkv"},
		{`a/b\c`, ".webm", "-a-slash-b-backslash-c.webm"},
		{"../../x", ".webm", "-..-slash-..-slash-x.webm"},
		{"", ".webm", "-.webm"},
		{"a\x00\nb", ".webm", "-a__b.webm"},
		{"ends. .", ".webm", "-ends.webm"},
		{strings.Repeat("é", 200), ".webm", "-" + strings.Repeat("é", 60) + ".webm"},
	} {
		f, err := dir.Begin(at, c.username, c.extension)
		if err != nil {
			t.Fatal(err)
		}
		want := start + c.want
		if f.Name != want {
			t.Errorf("%q: %q, want %q", c.username, f.Name, want)
		}
		if err := errors.Join(f.Close(), f.Finish()); err != nil {
			t.Error(err)
		}
		fi, err := os.Lstat(filepath.Join(a.Path(), "maths", "algebra", f.Name))
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && fi.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", f.Name, fi.Mode())
		}
	}
	if runtime.GOOS != "windows" {
		for _, name := range []string{".", "maths", "maths/algebra"} {
			if fi, err := os.Stat(filepath.Join(a.Path(), name)); err != nil || fi.Mode().Perm() != 0o700 {
				t.Errorf("directory %s: %v, %v", name, fi.Mode(), err)
			}
		}
	}
	for _, name := range []string{"..", "../x", "/x", "a/../../x", ""} {
		if _, err := a.Create(name); !errors.Is(err, ErrName) {
			t.Errorf("group %q: %v", name, err)
		}
	}
	// After -99 there is no name left.
	for range 100 {
		f, err := dir.Begin(at, "eve", ".webm")
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	if _, err := dir.Begin(at, "eve", ".webm"); !errors.Is(err, ErrCollision) {
		t.Errorf("after a hundred: %v", err)
	}
}

// TestLinks: no symbolic link leads out of the directory.
func TestLinks(t *testing.T) {
	base := t.TempDir()
	outside := filepath.Join(base, "secret.webm")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := New(filepath.Join(base, "recordings"))
	dir, err := a.Create("tea")
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if err := os.Symlink(outside, filepath.Join(a.Path(), "tea", "link.webm")); err != nil {
		t.Skipf("no symbolic links: %v", err)
	}
	if _, err := dir.OpenFile("link.webm"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opens a link: %v", err)
	}
	if err := dir.Remove("link.webm"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removes a link: %v", err)
	}
	if err := os.Symlink(base, filepath.Join(a.Path(), "away")); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Open("away"); err == nil {
		t.Error("opens a directory elsewhere")
	}
}
