package static

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whoever adds a directory of pages must add it to the patterns too.
func TestEverythingServedIsEmbedded(t *testing.T) {
	notServed := map[string]bool{"embed.go": true, "embed_test.go": true, "tsconfig.json": true}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == "node_modules" || path != "." && strings.HasPrefix(name, ".")):
			return fs.SkipDir
		case entry.IsDir() || notServed[name] || strings.HasSuffix(name, ".tsbuildinfo"):
			return nil
		}
		if _, err := fs.Stat(Files, filepath.ToSlash(path)); errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is not embedded", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
