package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stderr))
}

// run runs the command and returns its exit status.
func run(args []string, stderr io.Writer) int {
	flags := flag.NewFlagSet("conformance", flag.ContinueOnError)
	flags.SetOutput(stderr)
	root := flags.String("root", ".", "`directory` of the project")
	results := flags.String("results", "", "`file` with the output of go test -json ./...")
	check := flags.Bool("check", false, "change nothing, but fail if something is missing")
	if flags.Parse(args) != nil || flags.NArg() > 0 {
		return 2
	}
	var err error
	if *check {
		err = verify(*root)
	} else {
		err = generate(*root, *results)
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// The files that the command reads and writes.
func labelsFile(root string) string { return filepath.Join(root, "docs", "labels.txt") }
func tableFile(root string) string  { return filepath.Join(root, "docs", "conformance.md") }

// generate writes the table.  Without new results it keeps the old ones of labels
// whose tests are the same.
func generate(root, resultsFile string) error {
	documents, citations, err := survey(root)
	if err != nil {
		return err
	}
	var result func(label string, tests []test) string
	if resultsFile != "" {
		file, err := os.Open(resultsFile)
		if err != nil {
			return err
		}
		defer file.Close()
		results, err := parseResults(file)
		if err != nil {
			return fmt.Errorf("%s: %w", resultsFile, err)
		}
		result = results.of
	} else {
		old, err := readTable(root)
		if err != nil {
			return err
		}
		result = old.result
	}
	return os.WriteFile(tableFile(root), render(documents, citations, result), 0o644)
}

// verify returns all that is missing.
func verify(root string) error {
	documents, citations, err := survey(root)
	if err != nil {
		return err
	}
	table, err := readTable(root)
	if err != nil {
		return err
	}
	var missing []error
	for _, d := range documents {
		for _, l := range d.labels {
			tests := citations[d.key(l)]
			if d.done && len(tests) == 0 {
				missing = append(missing, fmt.Errorf("%s of %s has no test: %s", l.name, d.name, l.title))
			}
			if row, ok := table[d.key(l)]; d.done && (!ok || row.tests != testNames(tests)) {
				missing = append(missing, fmt.Errorf(
					"docs/conformance.md is out of date for %s: run go run ./internal/conformance", l.name))
			}
		}
	}
	return errors.Join(missing...)
}

// survey reads the labels, and finds the tests that cite them.
func survey(root string) ([]document, map[string][]test, error) {
	file, err := os.Open(labelsFile(root))
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	documents, err := parseLabels(file)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", labelsFile(root), err)
	}
	citations, err := findCitations(root, documents)
	return documents, citations, err
}
