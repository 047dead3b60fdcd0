package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

func main() {
	os.Exit(run(".", os.Args[1:], os.Stdout, os.Stderr))
}

// run checks the module in directory for each of the targets, at the same time, and
// returns the exit status.
func run(directory string, targets []string, stdout, stderr io.Writer) int {
	if len(targets) == 0 {
		fmt.Fprintln(stderr, "usage: crosscheck OS[/ARCH] ...")
		return 2
	}
	results := make([]chan result, len(targets))
	for i, target := range targets {
		results[i] = make(chan result, 1)
		go func() { results[i] <- examine(directory, target) }()
	}
	status := 0
	for i, target := range targets {
		switch r := <-results[i]; {
		case r.err != nil:
			fmt.Fprintf(stderr, "%s: %v\n", target, r.err)
			status = 1
		case len(r.problems) > 0:
			for _, problem := range r.problems {
				fmt.Fprintf(stderr, "%s: %v\n", target, problem)
			}
			status = 1
		default:
			fmt.Fprintf(stdout, "%s: %d packages\n", target, r.packages)
		}
	}
	return status
}

// A result is what was found for one target.
type result struct {
	packages int     // of the module, with the variants for tests
	problems []error // of these, and of what they import
	err      error   // why there is no result
}

func examine(directory, target string) result {
	goos, goarch, ok := strings.Cut(target, "/")
	if !ok {
		goarch = runtime.GOARCH
	}
	packages, err := list(directory, goos, goarch)
	if err != nil {
		return result{err: err}
	}
	return check(packages, goarch)
}
