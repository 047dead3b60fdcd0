package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"slices"
)

// matching returns the names that match one of the patterns, or all if there is
// none, sorted (spec 4.3).
func matching(names, patterns []string) ([]string, error) {
	for _, pattern := range patterns {
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, failed("Match", err)
		}
	}
	var list []string
	for _, name := range names {
		wanted := len(patterns) == 0
		for _, pattern := range patterns {
			ok, err := path.Match(pattern, name)
			if err != nil {
				return nil, failed("Match", err)
			}
			wanted = wanted || ok
		}
		if wanted {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list, nil
}

// printJSON prints a value, indented, its members sorted.
func (p *program) printJSON(v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "    ")
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := b.WriteTo(p.stdout)
	return err
}

// printNames prints names, one per line, or as JSON.
func (p *program) printNames(names []string, asJSON bool) error {
	if asJSON {
		return p.printJSON(append([]string{}, names...))
	}
	for _, name := range names {
		fmt.Fprintln(p.stdout, name)
	}
	return nil
}

// printEntries prints entries as one object in JSON; one that could not be read is the
// failure of the operation.
func (p *program) printEntries(operation string, entries []listed) error {
	objects := make(map[string]any)
	for _, entry := range entries {
		if entry.err != nil {
			return failed(operation, entry.err)
		}
		objects[entry.name] = entry.object
	}
	return p.printJSON(objects)
}
