package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// row is what the table says about one label.
type row struct{ tests, result string }

// table is docs/conformance.md, by the keys of the labels.
type table map[string]row

// readTable reads the table; if there is none, it is empty.
func readTable(root string) (table, error) {
	content, err := os.ReadFile(tableFile(root))
	if errors.Is(err, fs.ErrNotExist) {
		return table{}, nil
	}
	if err != nil {
		return nil, err
	}
	t := make(table)
	document := ""
	for line := range strings.Lines(string(content)) {
		if name, ok := strings.CutPrefix(line, "## "); ok {
			document = strings.TrimSpace(name)
		}
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 6 {
			continue
		}
		t[document+" "+strings.TrimSpace(cells[1])] = row{
			tests: strings.TrimSpace(cells[3]), result: strings.TrimSpace(cells[4]),
		}
	}
	return t, nil
}

// result returns the result that is known for a label with the same tests.
func (t table) result(label string, tests []test) string {
	old, ok := t[label]
	if !ok || old.tests != testNames(tests) || len(tests) == 0 {
		return notRun
	}
	return old.result
}

// testNames is the cell of the tests.
func testNames(tests []test) string {
	names := make([]string, len(tests))
	for i, t := range tests {
		names[i] = "`" + t.String() + "`"
	}
	return strings.Join(names, ", ")
}

const introduction = `# Conformance

Which requirement of the specification is shown by which tests, and how these went when
they were last run.  This file is made by ` + "`go run ./internal/conformance`" + ` from
[labels.txt](labels.txt) and the tests, which cite the labels; see that command's
documentation.  Do not edit it.
`

// render makes the document.
func render(documents []document, citations map[string][]test, result func(string, []test) string) []byte {
	var b bytes.Buffer
	b.WriteString(introduction)
	for _, d := range documents {
		fmt.Fprintf(&b, "\n## %s\n\n", d.name)
		if !d.done {
			fmt.Fprintf(&b, "Later, with issue %s.\n", d.issue)
		}
		if len(d.labels) == 0 {
			continue
		}
		b.WriteString("| Label | Requirement | Tests | Result |\n|---|---|---|---|\n")
		for _, l := range d.labels {
			tests := citations[d.key(l)]
			outcome := "no test"
			if len(tests) > 0 {
				outcome = result(d.key(l), tests)
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n",
				l.name, strings.ReplaceAll(l.title, "|", "or"), testNames(tests), outcome)
		}
	}
	return b.Bytes()
}
