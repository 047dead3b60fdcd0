//go:build unix

package problem

import (
	"os"
	"path/filepath"
	"testing"
)

// The modes of a file and of all directories above it decide who can read it.
func TestSecret(t *testing.T) {
	for _, c := range []struct {
		directory, file os.FileMode
		exposed         bool
	}{
		{0o755, 0o600, false},
		{0o755, 0o640, false},
		{0o755, 0o644, true},
		{0o711, 0o604, true},
		{0o750, 0o644, false},
	} {
		// Not t.TempDir, whose parent may be closed to others.
		base, err := os.MkdirTemp("", "secret")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(base) })
		file := filepath.Join(base, "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		for name, mode := range map[string]os.FileMode{file: c.file, base: c.directory} {
			if err := os.Chmod(name, mode); err != nil {
				t.Fatal(err)
			}
		}
		if !openTo(filepath.Dir(base)) {
			t.Skip("the directory for temporary files is closed to others")
		}
		if got := Secret(file); (len(got) == 1) != c.exposed {
			t.Errorf("%v in %v: %v", c.file, c.directory, got)
		}
	}
	if got := Secret(filepath.Join(t.TempDir(), "nothing")); got != nil {
		t.Errorf("a file that does not exist: %v", got)
	}
}

// openTo says whether everybody can reach what is in a directory.
func openTo(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.Mode()&0o001 != 0 && (dir == filepath.Dir(dir) || openTo(filepath.Dir(dir)))
}

func TestUnwritable(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".", "sub/sub"} {
		if got := Writable(filepath.Join(dir, name), Error); len(got) != 1 {
			t.Errorf("%s: %v", name, got)
		}
	}
}
