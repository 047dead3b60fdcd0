// Command stages compares what the stages of the packet path cost with what they did at an
// earlier commit: store, acquire, parse, rewrite, map, push, seal, send, and all of it.
//
// The test binaries of both are built, and run in turn; the least time of each benchmark
// counts.  Only ratios are judged, since absolute times say little on a machine that is
// shared.  It ends with status 1 if a stage takes clearly more time, or allocates more.
//
//	go run ./bench/stages -against HEAD~1
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
)

// stage is a benchmark of one part of the packet path.
type stage struct {
	name      string
	directory string // of the package
	pattern   string // of the benchmark
}

// stages are the parts of the packet path, in the order of a packet.
var stages = []stage{
	{"parse", "codecs", "BenchmarkParse"},
	{"store", "packetcache", "BenchmarkStore/refcount"},
	{"push", "shard", "BenchmarkPush"},
	{"acquire", "packetcache", "^BenchmarkRead$/refcount"},
	{"map", "packetmap", "BenchmarkMap"},
	{"rewrite", "codecs", "BenchmarkRewrite"},
	{"seal", "rtpconn", "BenchmarkSeal"},
	{"send", "udpmux", "BenchmarkSend/auto"},
	{"forward", "rtpconn", "BenchmarkForward"},
}

// options are the flags.
type options struct {
	against   string
	rounds    int
	benchtime string
	limit     float64
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := command(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "stages:", err)
		}
		stop()
		os.Exit(1)
	}
}

// command runs the program.
func command(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var o options
	flags := flag.NewFlagSet("stages", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.against, "against", "HEAD~1", "`commit` to compare with")
	flags.IntVar(&o.rounds, "rounds", 5, "how many times each is measured; the least counts")
	flags.StringVar(&o.benchtime, "benchtime", "200ms", "how `long` each benchmark runs, or how often (100x)")
	flags.Float64Var(&o.limit, "limit", 1.3, "`ratio` of times from which a stage has become slower")
	if err := flags.Parse(args); err != nil {
		return flag.ErrHelp
	}
	if flags.NArg() > 0 || o.rounds < 1 || o.limit <= 1 {
		return errors.New("usage: stages [-against COMMIT] [-rounds N] [-benchtime TIME] [-limit RATIO]")
	}
	results, err := compare(ctx, o, stderr)
	if err != nil {
		return err
	}
	return judge(stdout, results, o.limit)
}

// compare measures this tree and the commit in turn.
func compare(ctx context.Context, o options, progress io.Writer) ([]comparison, error) {
	temp, err := os.MkdirTemp("", "stages-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	root, err := output(ctx, "", "git", "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, err
	}
	root = strings.TrimSpace(root)
	old := filepath.Join(temp, "tree")
	if _, err := output(ctx, root, "git", "worktree", "add", "--detach", old, o.against); err != nil {
		return nil, err
	}
	defer func() { // even if ctx has ended
		_, _ = output(context.WithoutCancel(ctx), root, "git", "worktree", "remove", "--force", old)
	}()
	before := tree{root: old, binaries: filepath.Join(temp, "before")}
	now := tree{root: root, binaries: filepath.Join(temp, "now")}
	for _, t := range []tree{before, now} {
		fmt.Fprintln(progress, "building", t.root)
		if err := t.build(ctx); err != nil {
			return nil, err
		}
	}
	var results []comparison
	for _, s := range stages {
		var a, b samples
		for round := range o.rounds {
			fmt.Fprintf(progress, "%s, round %d of %d\n", s.name, round+1, o.rounds)
			for _, side := range []struct {
				tree
				into *samples
			}{{before, &a}, {now, &b}} {
				out, err := side.run(ctx, s, o.benchtime)
				if err != nil {
					return nil, err
				}
				side.into.add(out)
			}
		}
		results = append(results, pair(s.name, a, b)...)
	}
	return results, nil
}

// tree is a version of the project.
type tree struct {
	root     string
	binaries string // directory of its test binaries
}

// build makes the test binaries.
func (t tree) build(ctx context.Context) error {
	built := make(map[string]bool)
	for _, s := range stages {
		if built[s.directory] {
			continue
		}
		built[s.directory] = true
		if _, err := output(ctx, t.root, "go", "test", "-c", "-o", t.binary(s), "./"+s.directory); err != nil {
			return err
		}
	}
	return nil
}

func (t tree) binary(s stage) string { return filepath.Join(t.binaries, s.directory+".test") }

// run measures a stage once.
func (t tree) run(ctx context.Context, s stage, benchtime string) (string, error) {
	return output(ctx, filepath.Join(t.root, s.directory), t.binary(s),
		"-test.run=^$", "-test.bench="+s.pattern, "-test.benchmem", "-test.benchtime="+benchtime)
}

// output runs a program and returns what it prints.
func output(ctx context.Context, directory, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = directory
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s%s", name, strings.Join(args, " "), err, out.String(), errs.String())
	}
	return out.String(), nil
}
