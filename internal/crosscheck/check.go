package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
)

// check type-checks packages, which are in the order of their imports.  Of those that
// are only imported it looks at the declarations alone.
func check(packages []listed, goarch string) result {
	c := checker{fset: token.NewFileSet(), sizes: types.SizesFor("gc", goarch), checked: make(map[string]*types.Package)}
	var r result
	for i := range packages {
		p := &packages[i]
		if p.ImportPath == "unsafe" || p.generated() {
			continue
		}
		if !p.DepOnly {
			r.packages++
		}
		r.problems = append(r.problems, c.check(p)...)
	}
	if r.packages == 0 {
		r.err = errors.New("no packages")
	}
	return r
}

// A checker has what is known of the packages of one target.
type checker struct {
	fset    *token.FileSet
	sizes   types.Sizes
	checked map[string]*types.Package // by listed.ImportPath
}

func (c *checker) check(p *listed) []error {
	if p.Error != nil {
		return []error{fmt.Errorf("%s: %s: %s", p.ImportPath, p.Error.Pos, p.Error.Err)}
	}
	var problems []error
	report := func(err error) { problems = append(problems, err) }
	var files []*ast.File
	for _, name := range p.GoFiles {
		// go list gives the files of the directory by their names only.
		if !filepath.IsAbs(name) {
			name = filepath.Join(p.Dir, name)
		}
		file, err := parser.ParseFile(c.fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			report(err)
			continue
		}
		files = append(files, file)
	}
	config := types.Config{
		Importer:         importer{c.checked, p.ImportMap},
		IgnoreFuncBodies: p.DepOnly,
		Sizes:            c.sizes,
		Error:            report,
	}
	if p.Module != nil && p.Module.GoVersion != "" {
		config.GoVersion = "go" + p.Module.GoVersion
	}
	// The errors have been reported one by one.
	c.checked[p.ImportPath], _ = config.Check(p.path(), c.fset, files, nil)
	return problems
}

// An importer finds what has been checked before.
type importer struct {
	checked map[string]*types.Package
	renamed map[string]string
}

func (i importer) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if other, ok := i.renamed[path]; ok {
		path = other
	}
	if p := i.checked[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("no package %s for this system", path)
}
