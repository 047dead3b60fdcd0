package static

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The statistics page asks for the document of the administrative interface, and makes
// rows with layers, rates, losses, round-trip times and jitter of it (S-73): what it makes
// of the numbers is tested where scripts are.
func TestStatisticsPage_S73(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	out, err := exec.Command(node, "--test", "../test/unit/statistics.test.mjs", "../test/unit/management.test.mjs").CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
	page, err := fs.ReadFile(Files, "stats.html")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), `src="js/stats.js"`) {
		t.Error("the page has no script")
	}
}

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
