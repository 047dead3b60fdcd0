package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// test is one test function.
type test struct {
	directory string // "group/token"
	name      string // "TestClaims_JWT4"
}

func (t test) String() string { return t.directory + " " + t.name }

// findCitations returns the tests that cite each label, by its key, sorted.
func findCitations(root string, documents []document) (map[string][]test, error) {
	cited := make(map[test]map[string]bool)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && path != root && (name[0] == '.' || name == "node_modules" || name == "testdata"):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, "_test.go"):
			return nil
		}
		directory, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		return parseTests(path, filepath.ToSlash(directory), cited)
	})
	if err != nil {
		return nil, err
	}
	citations := make(map[string][]test)
	for t, labels := range cited {
		for _, d := range documents {
			for _, l := range d.labels {
				if labels[l.name] && d.covers(l, t.directory) {
					citations[d.key(l)] = append(citations[d.key(l)], t)
				}
			}
		}
	}
	for _, tests := range citations {
		slices.SortFunc(tests, func(a, b test) int { return cmp.Compare(a.String(), b.String()) })
	}
	return citations, nil
}

// parseTests collects what the tests of a file cite.
func parseTests(path, directory string, cited map[test]map[string]bool) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		return fmt.Errorf("read tests: %w", err)
	}
	for _, declaration := range file.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok || function.Recv != nil || !isTest(function.Name.Name) {
			continue
		}
		labels := make(map[string]bool)
		citeName(function.Name.Name, labels)
		if function.Doc != nil {
			citeText(function.Doc.Text(), labels)
		}
		for _, comment := range file.Comments {
			if comment.Pos() > function.Pos() && comment.End() < function.End() {
				citeText(comment.Text(), labels)
			}
		}
		ast.Inspect(function, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				citeText(literal.Value, labels)
			}
			return true
		})
		cited[test{directory, function.Name.Name}] = labels
	}
	return nil
}

func isTest(name string) bool {
	return strings.HasPrefix(name, "Test") || strings.HasPrefix(name, "Fuzz")
}

var (
	inName    = regexp.MustCompile(`([A-Z]+)([0-9]+)`)
	inText    = regexp.MustCompile(`\b([A-Z]+)-([0-9]+(?:\.[0-9]+)?)\b(?:\s+(?:to|–)\s+([A-Z]+)-([0-9]+(?:\.[0-9]+)?)\b)?`)
	checklist = regexp.MustCompile(`checklist\s+([0-9]+(?:(?:,\s+|\s+and\s+|\s+to\s+)[0-9]+)*)`)
	items     = regexp.MustCompile(`([0-9]+)(?:\s+to\s+([0-9]+))?`)
)

// citeName finds labels in the name of a function.
func citeName(name string, labels map[string]bool) {
	for _, match := range inName.FindAllStringSubmatch(name, -1) {
		labels[match[1]+"-"+match[2]] = true
	}
}

// citeText finds labels in a comment or string.
func citeText(text string, labels map[string]bool) {
	for _, match := range inText.FindAllStringSubmatch(text, -1) {
		labels[match[1]+"-"+match[2]] = true
		if match[3] == match[1] {
			citeRange(match[1], match[2], match[4], labels)
		} else if match[3] != "" {
			labels[match[3]+"-"+match[4]] = true
		}
	}
	for _, match := range checklist.FindAllStringSubmatch(text, -1) {
		for _, item := range items.FindAllStringSubmatch(match[1], -1) {
			citeRange("CHECK", item[1], cmp.Or(item[2], item[1]), labels)
		}
	}
}

// citeRange cites all labels of a range; those of sections, R-4.2 for one, have no
// ranges but within a section.
func citeRange(prefix, first, last string, labels map[string]bool) {
	section, n1, dotted := strings.Cut(first, ".")
	if section2, n2, _ := strings.Cut(last, "."); dotted && section == section2 {
		first, last, prefix = n1, n2, prefix+"-"+section+"."
	} else {
		prefix += "-"
	}
	from, err1 := strconv.Atoi(first)
	to, err2 := strconv.Atoi(last)
	if err1 != nil || err2 != nil || to-from > 1000 {
		return
	}
	for n := from; n <= to; n++ {
		labels[prefix+strconv.Itoa(n)] = true
	}
}
