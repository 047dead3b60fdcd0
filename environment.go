package main

import (
	"flag"
	"fmt"
	"slices"
	"strings"
)

// environmentPrefix begins the names of the variables that set flags.
const environmentPrefix = "GALENE_"

// notInEnvironment are flags that say what the program is to do rather than how: they are
// for one command only.
var notInEnvironment = []string{"check", "version"}

// variableOf returns the variable of the environment that sets a flag: GALENE_UDP_RANGE is
// that of -udp-range.
func variableOf(name string) string {
	return environmentPrefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// setFromEnvironment sets those flags that have not been given by the variables that
// lookup finds (server-cli.md, weak spot 14).  It must be called after the flags have been
// parsed, which win.
func setFromEnvironment(flags *flag.FlagSet, lookup func(string) (string, bool)) error {
	given := make(map[string]bool)
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	var err error
	flags.VisitAll(func(f *flag.Flag) {
		if err != nil || given[f.Name] || slices.Contains(notInEnvironment, f.Name) {
			return
		}
		value, ok := lookup(variableOf(f.Name))
		if !ok {
			return
		}
		if setErr := flags.Set(f.Name, value); setErr != nil {
			err = fmt.Errorf("invalid value %q of the variable %s: %w", value, variableOf(f.Name), setErr)
		}
	})
	return err
}
