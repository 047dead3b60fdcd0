package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// A listed is one package as "go list" describes it.
type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	ImportMap  map[string]string // from what the source says to ImportPath, where they differ
	DepOnly    bool              // not of this module, or not asked for
	Module     *struct{ GoVersion string }
	Error      *struct{ Pos, Err string }
}

// list returns the packages of a module, their tests and everything that these import,
// each after what it imports, as they are compiled without cgo.
func list(directory, goos, goarch string) ([]listed, error) {
	command := exec.Command("go", "list", "-e", "-deps", "-test",
		"-json=ImportPath,Dir,GoFiles,ImportMap,DepOnly,Module,Error", "./...")
	command.Dir = directory
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch)
	var stderr strings.Builder
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, stderr.String())
	}
	var packages []listed
	decoder := json.NewDecoder(strings.NewReader(string(output)))
	for {
		var p listed
		switch err := decoder.Decode(&p); {
		case errors.Is(err, io.EOF):
			return packages, nil
		case err != nil:
			return nil, fmt.Errorf("output of go list: %w", err)
		}
		packages = append(packages, p)
	}
}

// generated tells whether a package is a program that "go test" would write.
func (p *listed) generated() bool { return strings.HasSuffix(p.ImportPath, ".test") }

// path returns the import path without the name of the test that it is compiled for.
func (p *listed) path() string {
	path, _, _ := strings.Cut(p.ImportPath, " ")
	return path
}
