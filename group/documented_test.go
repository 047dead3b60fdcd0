package group

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	grouptoken "galene/group/token"
)

// Every field that the files may have is in the manual.
func TestFieldsAreDocumented(t *testing.T) {
	manual, err := os.ReadFile("../docs/groups.md")
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	for function, want := range map[[2]string]int{
		{"description.go", "member"}:       26,
		{"config.go", "parseConfig"}:       7,
		{"userentry.go", "parseUserEntry"}: 2,
		{"password.go", "parsePassword"}:   5,
		{"legacy.go", "legacyUsers"}:       2,
	} {
		cases := casesOf(t, function[0], function[1])
		if len(cases) < want {
			t.Errorf("%v reads only %v", function, cases)
		}
		fields = append(fields, cases...)
	}
	tokens := reflect.TypeFor[grouptoken.Token]()
	for i := range tokens.NumField() {
		name, _, _ := strings.Cut(tokens.Field(i).Tag.Get("json"), ",")
		fields = append(fields, name)
	}
	for _, field := range fields {
		if !strings.Contains(string(manual), "`"+field+"`") {
			t.Errorf("%s is not in docs/groups.md", field)
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
