// Package packaging has no code: its tests check what the package for Debian is made of.
package packaging

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sources returns what packaging/deb/nfpm.yaml takes, by where it goes.
func sources(t *testing.T) map[string]string {
	t.Helper()
	recipe, err := os.ReadFile("deb/nfpm.yaml")
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]string)
	for _, match := range regexp.MustCompile(`\{src: ([^,]+), dst: ([^,}]+)`).FindAllStringSubmatch(string(recipe), -1) {
		found[match[2]] = match[1]
	}
	for _, match := range regexp.MustCompile(`(?m)^  (\w+): (packaging/deb/.+)$`).FindAllStringSubmatch(string(recipe), -1) {
		found[match[1]] = match[2]
	}
	if len(found) < 19 {
		t.Fatalf("the recipe has only %v", found)
	}
	return found
}

// Everything that the package takes exists, or is what "make deb" makes.
func TestSourcesExist(t *testing.T) {
	var made []string
	for _, name := range []string{"galene", "galenectl"} {
		made = append(made, name, name+".1.gz")
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		made = append(made, "galenectl."+shell)
	}
	for destination, source := range sources(t) {
		if name, ok := strings.CutPrefix(source, "packaging/out/"); ok {
			if !slices.Contains(made, name) {
				t.Errorf("%s: nothing makes %s", destination, source)
			}
			continue
		}
		matches, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(source)))
		if err != nil || len(matches) == 0 {
			t.Errorf("%s: %s does not exist", destination, source)
		}
	}
}

// Every manual page is in the package, and the files that belong together are.
func TestPackageIsComplete(t *testing.T) {
	all := sources(t)
	pages, err := filepath.Glob("man/*.1")
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}
	for _, page := range pages {
		b, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		seen := make(map[string]bool)
		for _, heading := range regexp.MustCompile(`(?m)^\.Sh .*$`).FindAllString(string(b), -1) {
			if seen[heading] {
				t.Errorf("%s has %q twice", page, heading)
			}
			seen[heading] = true
		}
		if all["/usr/share/man/man1/"+filepath.Base(page)+".gz"] == "" {
			t.Errorf("%s is not in the package", page)
		}
	}
	unit, err := os.ReadFile("galene.service")
	if err != nil {
		t.Fatal(err)
	}
	users, err := os.ReadFile("galene.sysusers")
	if err != nil {
		t.Fatal(err)
	}
	user := regexp.MustCompile(`(?m)^User=(\w+)$`).FindSubmatch(unit)
	if user == nil || !strings.Contains(string(users), "\nu "+string(user[1])+" ") {
		t.Errorf("the service runs as %q, which %s does not make", user, users)
	}
	settings := regexp.MustCompile(`(?m)^EnvironmentFile=-(.+)$`).FindSubmatch(unit)
	if settings == nil || all[string(settings[1])] != "packaging/galene.default" {
		t.Errorf("the service reads %q, which is not in the package", settings)
	}
	// Without its file, the service has the same flags as with the one of the package.
	flags, err := os.ReadFile("galene.default")
	if err != nil {
		t.Fatal(err)
	}
	builtIn := regexp.MustCompile(`(?m)^Environment="GALENE_FLAGS=(.*)"$`).FindSubmatch(unit)
	inFile := regexp.MustCompile(`(?m)^GALENE_FLAGS="(.*)"$`).FindSubmatch(flags)
	if builtIn == nil || inFile == nil || string(builtIn[1]) != string(inFile[1]) {
		t.Errorf("flags are %q and %q", builtIn, inFile)
	}
}
