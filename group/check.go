package group

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"galene/group/token"
	"galene/internal/problem"
)

// Findings are what Check finds.
type Findings struct {
	// Problems are what is wrong: with config.json, with the groups in the order
	// of their names, with the tokens.
	Problems []problem.Problem
	// Config is the configuration, nil if it cannot be used.
	Config *Config
	// Recording says that some group lets somebody record.
	Recording bool
}

// checker is what is known while files are checked.
type checker struct {
	directory, data string
	now             time.Time
	findings        Findings
	config          *Config // never nil
	groups          map[string]*Description
	tokens          []token.Located
}

// CheckFiles reads the configuration, all groups and all tokens, as a Registry with
// these directories would, and returns everything that is wrong with them, where a
// Registry is content with the first error of each file.  It changes nothing.
func CheckFiles(directory, dataDirectory string, now time.Time) Findings {
	c := &checker{
		directory: directory, data: dataDirectory, now: now,
		config: &Config{}, groups: make(map[string]*Description),
	}
	c.checkConfig()
	path := filepath.Join(c.data, "var", "tokens.jsonl")
	tokens, tokenProblems := token.CheckFile(path, now)
	c.tokens = tokens
	c.checkGroups()
	tokenProblems = append(tokenProblems, c.reviewTokens(path)...)
	problem.SortByPlace(tokenProblems)
	c.add(tokenProblems...)
	if c.config.WritableGroups {
		c.add(problem.Writable(directory, problem.Error)...)
	}
	return c.findings
}

func (c *checker) add(list ...problem.Problem) {
	c.findings.Problems = append(c.findings.Problems, list...)
}

// checkConfig checks config.json.
func (c *checker) checkConfig() {
	path := filepath.Join(c.data, "config.json")
	data, err := readFile(path)
	if missing(err) {
		c.findings.Config = c.config
		return
	}
	if err != nil {
		c.add(problem.Of(path, problem.Error, "%v", err))
		return
	}
	p := &configParser{
		file: path, data: data, c: c.config, places: make(map[string]int), defects: &defects{},
	}
	if err = p.parse(); err == nil {
		p.review()
	}
	c.add(allProblems(path, data, err, p.defects, p.c.warnings)...)
	if err == nil && len(p.defects.errors) == 0 {
		c.findings.Config = c.config
	}
	if hasSecrets(c.config.Users) {
		c.add(problem.Secret(path)...)
	}
}

// all returns what was found in one file, in the order of the file.
func allProblems(path string, data []byte, err error, d *defects, warnings []problem.Problem) []problem.Problem {
	list := slices.Clone(warnings)
	for _, err := range d.errors {
		list = append(list, problemOf(path, data, err))
	}
	for _, err := range d.repeated {
		p := problemOf(path, data, err)
		p.Severity = problem.Warning
		list = append(list, p)
	}
	if err != nil {
		list = append(list, problemOf(path, data, err))
	} else if rest := trailing(data); rest >= 0 {
		list = append(list, problem.At(path, data, rest, problem.Warning, "what follows the object is ignored"))
	}
	problem.SortByPlace(list)
	return list
}

// trailing returns the offset of what follows the JSON value in a file that has been
// parsed, or -1 if there is nothing.
func trailing(data []byte) int {
	document, err := parseDocument(data)
	if err != nil {
		return -1
	}
	rest := skip(data, document.offset+len(document.raw), " \t\r\n")
	if rest == len(data) {
		return -1
	}
	return rest
}

// checkGroups checks the group files.
func (c *checker) checkGroups() {
	var names []string
	err := walkGroups(c.directory, func(path, name string, isGroup bool) {
		switch {
		case !isGroup:
			c.add(problem.Of(path, problem.Warning, "not a group, and ignored: the name does not end in .json"))
		case !validFileName(name):
			c.add(problem.Of(path, problem.Error, "%v", ErrIllegalName))
		default:
			names = append(names, name)
		}
	}, func(path string, err error) {
		c.add(problem.Of(path, problem.Error, "%v", err))
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.add(problem.Of(c.directory, problem.Warning, "there is no groups directory, and so no group"))
	case err != nil:
		c.add(problem.Of(c.directory, problem.Error, "%v", err))
	case len(names) == 0:
		c.add(problem.Of(c.directory, problem.Warning, "there is no group"))
	}
	slices.Sort(names)
	for _, name := range names {
		path := filepath.Join(c.directory, filepath.FromSlash(name)+".json")
		data, err := readFile(path)
		if err != nil {
			c.add(problem.Of(path, problem.Error, "%v", err))
			c.groups[name] = nil
			continue
		}
		p := &parser{
			file: path, data: data, d: &Description{Path: path},
			places: make(map[string]int), defects: &defects{},
		}
		if err = p.parse(); err == nil {
			p.review(c.now)
		}
		if err == nil && len(p.defects.errors) == 0 {
			c.groups[name] = p.d
			c.reviewAccess(name, p)
		} else {
			c.groups[name] = nil
		}
		c.add(allProblems(path, data, err, p.defects, p.d.warnings)...)
		if hasSecrets(p.d.Users) || p.d.WildcardUser.hasSecret() || secretKeys(p.d.AuthKeys) {
			c.add(problem.Secret(path)...)
		}
	}
}

// reviewTokens looks at what the tokens that are valid are for.
func (c *checker) reviewTokens(path string) (problems []problem.Problem) {
	warn := func(line int, format string, args ...any) {
		problems = append(problems, problem.Problem{File: path, Line: line, Column: 1,
			Severity: problem.Warning, Text: fmt.Sprintf(format, args...)})
	}
	for _, t := range c.tokens {
		if t.Expires == nil || !c.now.Before(*t.Expires) {
			continue
		}
		if t.Group != "" && !c.exists(t.Group) {
			warn(t.Line, "the token is for a group that does not exist: %q", t.Group)
		}
		if unknown := unknownPermissions(NewPermissions(t.Permissions...)); unknown != "" {
			warn(t.Line, "there are no such permissions: %q", unknown)
		}
	}
	return problems
}

// exists says whether there is a group of this name, as a file or automatic.
func (c *checker) exists(name string) bool {
	_, ok := c.groups[name]
	for candidate := name; !ok; {
		i := strings.LastIndexByte(candidate, '/')
		if i < 0 {
			return false
		}
		candidate = candidate[:i]
		if d, found := c.groups[candidate]; found {
			return d == nil || d.AutoSubgroups
		}
	}
	return true
}
