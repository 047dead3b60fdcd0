package manual

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	linkTarget = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	codeBlock  = regexp.MustCompile("(?ms)^```.*?^```|`[^`\n]*`|^    .*?$")
	headLine   = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	unanchored = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors returns the names that links may have for the headings of a text, made as
// GitHub makes them.
func anchors(text string) []string {
	var names []string
	for _, match := range headLine.FindAllStringSubmatch(text, -1) {
		name := strings.ToLower(unanchored.ReplaceAllString(match[1], ""))
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}

// Every link of the documents to a file, or to a section, leads somewhere.
func TestLinksLeadSomewhere(t *testing.T) {
	files := []string{"../../README.md", "../../CONTRIBUTING.md", "../../data/README.md"}
	documents, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(documents) < 10 {
		t.Fatalf("documents are %q, %v", documents, err)
	}
	links := 0
	for _, file := range append(files, documents...) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := codeBlock.ReplaceAllString(string(b), "")
		for _, match := range linkTarget.FindAllStringSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(match[1], "#")
			if strings.Contains(target, ":") {
				continue // elsewhere
			}
			links++
			path := file
			if target != "" {
				path = filepath.Join(filepath.Dir(file), filepath.FromSlash(target))
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s: %s does not exist", file, match[1])
				continue
			}
			if anchor == "" {
				continue
			}
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(anchors(string(content)), anchor) {
				t.Errorf("%s: %s has no such section", file, match[1])
			}
		}
	}
	if links < 50 {
		t.Errorf("only %d links are found", links)
	}
}
