package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

// document is a part of the specification.
type document struct {
	name  string
	issue string // that builds it
	done  bool   // every label must have a test
	// scopes are the directories in which a prefix means this document, for
	// prefixes that other documents use as well.
	scopes map[string][]string
	labels []label
}

// label is one requirement.
type label struct {
	name  string // "WS-1"
	title string
}

// prefix is what is before the number.
func (l label) prefix() string {
	prefix, _, _ := strings.Cut(l.name, "-")
	return prefix
}

// parseLabels reads a list of labels:
//
//	document NAME done|later ISSUE
//	scope PREFIX DIRECTORY...
//	LABEL TITLE
//
// Empty lines and those that begin with # are passed over.
func parseLabels(r io.Reader) ([]document, error) {
	var documents []document
	seen := make(map[string]bool)
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		fields := strings.Fields(line)
		if len(fields) == 0 || line[0] == '#' {
			continue
		}
		if fields[0] == "document" {
			if len(fields) != 4 || fields[2] != "done" && fields[2] != "later" {
				return nil, fmt.Errorf("line %d: want document NAME done|later ISSUE", n)
			}
			documents = append(documents, document{
				name: fields[1], done: fields[2] == "done", issue: fields[3],
				scopes: make(map[string][]string),
			})
			continue
		}
		if len(documents) == 0 || len(fields) < 2 {
			return nil, fmt.Errorf("line %d: %q is no label of a document", n, line)
		}
		d := &documents[len(documents)-1]
		if fields[0] == "scope" {
			d.scopes[fields[1]] = fields[2:]
			continue
		}
		l := label{name: fields[0], title: strings.TrimSpace(strings.TrimPrefix(line, fields[0]))}
		if !strings.Contains(l.name, "-") || seen[d.key(l)] {
			return nil, fmt.Errorf("line %d: %q is malformed or defined twice", n, l.name)
		}
		seen[d.key(l)] = true
		d.labels = append(d.labels, l)
	}
	return documents, lines.Err()
}

// key names a label among those of all documents, some of which use the same names.
func (d document) key(l label) string { return d.name + " " + l.name }

// covers says whether a citation of l in a directory means this document.
func (d document) covers(l label, directory string) bool {
	scope, scoped := d.scopes[l.prefix()]
	return !scoped || slices.Contains(scope, directory)
}
