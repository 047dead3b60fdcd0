package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// results are the outcomes of tests: pass, fail or skip.
type results map[test]string

// module is the path of the module, with which the packages begin.
const module = "galene"

// parseResults reads the output of go test -json.
func parseResults(r io.Reader) (results, error) {
	outcomes := make(results)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var event struct{ Action, Package, Test string }
		if len(lines.Bytes()) == 0 || lines.Bytes()[0] != '{' {
			continue
		}
		if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
			return nil, fmt.Errorf("read results: %w", err)
		}
		if event.Test == "" || strings.Contains(event.Test, "/") {
			continue
		}
		switch event.Action {
		case "pass", "fail", "skip":
			directory := strings.TrimPrefix(strings.TrimPrefix(event.Package, module), "/")
			if directory == "" {
				directory = "."
			}
			outcomes[test{directory, event.Test}] = event.Action
		}
	}
	return outcomes, lines.Err()
}

// of returns the worst outcome of the tests of a label.  Tests that were skipped count
// only if there are no others.
func (r results) of(_ string, tests []test) string {
	seen := make(map[string]bool)
	for _, t := range tests {
		outcome := r[t]
		if outcome == "" {
			outcome = notRun
		}
		seen[outcome] = true
	}
	for _, outcome := range []string{"fail", notRun, "pass"} {
		if seen[outcome] {
			return outcome
		}
	}
	return "skip"
}

// notRun is the result of tests of which nothing is known.
const notRun = "not run"
