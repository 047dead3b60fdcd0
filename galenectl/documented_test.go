package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"galene/internal/manual"
)

const (
	guide = "../docs/galenectl.md"
	page  = "../packaging/man/galenectl.1"
)

// groupsOfOptions are options that several commands share, by their section in the guide,
// which is also the word for them in the manual page.
var groupsOfOptions = []string{"users", "definitions", "passwords", "tokens"}

// TestOptionsAreDocumented checks that the guide and the manual page have exactly the
// commands there are, and each exactly the options that it has.
func TestOptionsAreDocumented(t *testing.T) {
	for what, read := range map[string]func() (global []string, commands map[string][]string, err error){
		"guide": readGuide, "page": readPage,
	} {
		global, documented, err := read()
		if err != nil {
			t.Error(err)
			continue
		}
		for _, difference := range manual.Differences(global, dashed(globalOptions())) {
			t.Errorf("%s: %s", what, difference)
		}
		var names, actual []string
		for name := range documented {
			names = append(names, name)
		}
		p := &program{}
		for _, c := range commands() {
			actual = append(actual, c.name)
			for _, difference := range manual.Differences(documented[c.name], dashed(optionsOf(p, c))) {
				t.Errorf("%s, %s: %s", what, c.name, difference)
			}
		}
		for _, difference := range manual.Differences(names, actual) {
			t.Errorf("%s: %s", what, difference)
		}
	}
}

// dashed returns names with a dash before each.
func dashed(names []string) []string {
	var options []string
	for _, name := range names {
		options = append(options, "-"+name)
	}
	return options
}

// readGuide returns the global options, and the options of each command, in
// docs/galenectl.md.
func readGuide() (global []string, commands map[string][]string, err error) {
	if global, err = manual.Names(guide, "Global options"); err != nil {
		return nil, nil, err
	}
	rows, err := manual.Rows(guide, "Commands")
	if err != nil {
		return nil, nil, err
	}
	option, link := regexp.MustCompile("`(-[^` ]+)"), regexp.MustCompile(`\]\(#(\w+)\)`)
	commands = make(map[string][]string)
	for _, row := range rows {
		options := submatches(option, row.Cells[1])
		for _, group := range submatches(link, row.Cells[1]) {
			shared, err := manual.Names(guide, strings.ToUpper(group[:1])+group[1:])
			if err != nil {
				return nil, nil, err
			}
			options = append(options, shared...)
		}
		for _, name := range row.Names {
			commands[name] = options
		}
	}
	return global, commands, nil
}

// readPage returns the same of the manual page.
func readPage() (global []string, commands map[string][]string, err error) {
	if global, err = manual.Items(page, "GLOBAL OPTIONS"); err != nil {
		return nil, nil, err
	}
	heads, err := manual.Heads(page, "COMMANDS")
	if err != nil {
		return nil, nil, err
	}
	commands = make(map[string][]string)
	for _, head := range heads {
		options := []string{}
		for i, word := range head.Words[1:] {
			switch {
			case head.Words[i] == "Fl":
				options = append(options, "-"+word)
			case head.Words[i] == "Ar" && slices.Contains(groupsOfOptions, word):
				shared, err := manual.Items(page, "Options of "+word)
				if err != nil {
					return nil, nil, err
				}
				options = append(options, shared...)
			}
		}
		commands[head.Name] = options
	}
	return global, commands, nil
}

func submatches(pattern *regexp.Regexp, s string) []string {
	var found []string
	for _, match := range pattern.FindAllStringSubmatch(s, -1) {
		found = append(found, match[1])
	}
	return found
}

// The members of the configuration file are in the guide.
func TestConfigurationIsDocumented_C21(t *testing.T) {
	b, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(b), "The configuration file is")
	text, _, _ = strings.Cut(text, "The environment variables")
	full, err := encodeFile(configuration{"s", "u", "p", "t", "c", "f", []string{"x"}})
	if err != nil {
		t.Fatal(err)
	}
	members := submatches(regexp.MustCompile(`"([\w-]+)":`), string(full))
	documented := slices.DeleteFunc(submatches(regexp.MustCompile("`([\\w-]+)`"), text), func(s string) bool { return s == "galene" })
	for _, difference := range manual.Differences(documented, members) {
		t.Error(difference)
	}
}
