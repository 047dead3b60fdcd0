package group

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	grouptoken "galene/group/token"
	"galene/internal/manual"
)

// The manuals have exactly the fields that the files may have.
func TestFieldsAreDocumented(t *testing.T) {
	group := casesOf(t, "description.go", "member")
	configuration := casesOf(t, "config.go", "member")
	user := casesOf(t, "userentry.go", "parseUserEntry")
	password := casesOf(t, "password.go", "parsePassword")
	legacy := casesOf(t, "legacy.go", "legacyUsers")
	var tokens []string
	fields := reflect.TypeFor[grouptoken.Token]()
	for i := range fields.NumField() {
		name, _, _ := strings.Cut(fields.Field(i).Tag.Get("json"), ",")
		tokens = append(tokens, name)
	}
	for what, read := range map[string]struct {
		fields []string
		least  int
	}{
		"group": {group, 26}, "configuration": {configuration, 7}, "user": {user, 2},
		"password": {password, 5}, "legacy": {legacy, 2}, "token": {tokens, 9},
	} {
		if len(read.fields) < read.least {
			t.Errorf("%s: only %v is found in the program", what, read.fields)
		}
	}
	// A legacy user has a username, which is named in the text beside the table.
	for _, field := range legacy {
		if field != "username" && !slices.Contains(user, field) {
			t.Errorf("%s is not documented", field)
		}
	}
	for _, section := range []struct {
		file, heading string
		fields        []string
	}{
		{"groups.md", "Group files", group},
		{"groups.md", "Who may enter: users", user},
		{"groups.md", "Passwords", password},
		{"groups.md", "Stateful tokens", tokens},
		{"groups.md", "The server's configuration", configuration},
		{"manual.md", "config.json", configuration},
		{"manual.md", "Group files", slices.Concat(group, user, password)},
		{"manual.md", "Tokens", tokens},
	} {
		documented, err := manual.Names("../docs/"+section.file, section.heading)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, difference := range manual.Differences(documented, section.fields) {
			t.Errorf("%s, %s: %s", section.file, section.heading, difference)
		}
	}
}

// What is written is a field that can be read.
func TestFieldsAreReadAndWritten(t *testing.T) {
	read := casesOf(t, "description.go", "member")
	written := reflect.TypeFor[descriptionFile]()
	for i := range written.NumField() {
		name, _, _ := strings.Cut(written.Field(i).Tag.Get("json"), ",")
		found := false
		for _, field := range read {
			found = found || field == name
		}
		if !found {
			t.Errorf("%s is written, but not read", name)
		}
	}
}

// casesOf returns the strings that a function of a file distinguishes.
func casesOf(t *testing.T, file, function string) []string {
	t.Helper()
	parsed, err := goparser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var cases []string
	for _, declaration := range parsed.Decls {
		f, ok := declaration.(*ast.FuncDecl)
		if !ok || f.Name.Name != function {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			clause, ok := n.(*ast.CaseClause)
			if !ok {
				return true
			}
			for _, expression := range clause.List {
				if literal, ok := expression.(*ast.BasicLit); ok {
					s, err := strconv.Unquote(literal.Value)
					if err != nil {
						t.Fatal(err)
					}
					cases = append(cases, s)
				}
			}
			return true
		})
	}
	return cases
}
