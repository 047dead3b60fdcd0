package main

import (
	"io"
	"slices"
	"strings"
	"testing"

	"galene/internal/manual"
)

// TestFlagsAreDocumented checks that the manual and the manual page have exactly the flags
// of the program.
func TestFlagsAreDocumented(t *testing.T) {
	const page = "packaging/man/galene.1"
	for _, test := range []struct {
		command string
		read    func() ([]string, error)
	}{
		{"", func() ([]string, error) { return manual.Names("docs/manual.md", "Flags") }},
		{"", func() ([]string, error) { return manual.Items(page, "OPTIONS") }},
		{"combine", func() ([]string, error) {
			names, err := manual.Names("docs/recording.md", "One film of a meeting")
			return slices.DeleteFunc(names, func(s string) bool { return s[0] != '-' }), err
		}},
		{"combine", func() ([]string, error) { return manual.Items(page, "COMBINE") }},
	} {
		documented, err := test.read()
		if err != nil {
			t.Error(err)
			continue
		}
		var usage strings.Builder
		args := append([]string{"galene"}, strings.Fields(test.command)...)
		if status := run(append(args, "-help"), io.Discard, &usage); status != 0 {
			t.Errorf("%q ends with %d", args, status)
		}
		for _, difference := range manual.Differences(documented, manual.Flags(usage.String())) {
			t.Errorf("%q: %s", args, difference)
		}
	}
}
