// Command galenectl administers a server from elsewhere: it creates, changes and
// lists groups, users and tokens through the administrative interface (see
// docs/api.md; spec galenectl.md).
//
// A program is one run of the command.  It works on one goroutine, and what it
// needs of its surroundings is in its fields, so that tests can run it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"strings"
	"time"
)

func main() {
	p := &program{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		terminal: newTerminal(os.Stdin), now: time.Now,
		getenv: os.Getenv, configDir: os.UserConfigDir,
	}
	os.Exit(p.run(os.Args[1:]))
}

// program is one run.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	terminal       *terminal // nil if standard input is none
	now            func() time.Time
	getenv         func(string) string
	configDir      func() (string, error)

	options options
}

// options are the global ones.
type options struct {
	server, config             string
	username, password, token  string
	passwordFile, certificates string
	fingerprint                string
	insecure, detailedStatus   bool
	timeout                    time.Duration
}

// define defines the global options.
func (o *options) define(flags *flag.FlagSet) {
	flags.StringVar(&o.server, "server", "", "base `URL` of the server, or unix:/PATH of its socket (default "+defaultServer+")")
	flags.BoolVar(&o.insecure, "insecure", false, "do not verify the server's certificate")
	flags.StringVar(&o.certificates, "cacert", "", "`file` with certificates to trust besides those of the system")
	flags.StringVar(&o.fingerprint, "fingerprint", "", "trust only the certificate with this SHA-256 `fingerprint`, which the server logs at start")
	flags.DurationVar(&o.timeout, "timeout", 30*time.Second, "how long a request may take, 0 for ever")
	flags.StringVar(&o.config, "config", "", "configuration `file`")
	flags.StringVar(&o.username, "admin-username", "", "administrator's `name`")
	flags.StringVar(&o.password, "admin-password", "", "administrator's `password`")
	flags.StringVar(&o.passwordFile, "admin-password-file", "", "`file` whose first line is the administrator's password")
	flags.StringVar(&o.token, "admin-token", "", "administrator's `token`")
	flags.BoolVar(&o.detailedStatus, "detailed-status", false,
		"exit with 3 to 6 where the cause is known: credentials, not found, conflict, network")
}

// exitError ends the program with a status, after an explanation has been given.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// usageError is a mistake on the command line, which is told as it is.
type usageError string

func (e usageError) Error() string { return string(e) }

// datedError is a mistake on the command line that is logged like the failure of an
// operation, which show-group does (C-16).
type datedError string

func (e datedError) Error() string { return string(e) }

// failed is the error of an operation, which is logged with its name (C-15).
func failed(operation string, err error) error { return &operationError{operation, err} }

type operationError struct {
	operation string
	err       error
}

func (e *operationError) Error() string { return e.operation + ": " + e.err.Error() }
func (e *operationError) Unwrap() error { return e.err }

// run runs the program and returns its exit status (C-3 to C-7, spec 1.2).
func (p *program) run(args []string) int {
	err := p.execute(args)
	var exit exitError
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return int(exit)
	case errors.As(err, &usage):
		fmt.Fprintln(p.stderr, usage)
	default:
		log.New(p.stderr, "", log.LstdFlags).Println(err)
	}
	if p.options.detailedStatus {
		return detailedStatus(err)
	}
	return 1
}

func (p *program) execute(args []string) error {
	flags := flag.NewFlagSet("galenectl", flag.ContinueOnError)
	p.options.define(flags)
	flags.Usage = func() { p.usage(flags) }
	if err := p.parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		for _, c := range commands() {
			if c.name == flags.Arg(0) {
				return p.command(c, flags.Args()[1:])
			}
		}
		fmt.Fprintf(p.stderr, "Unknown command %q\n", flags.Arg(0))
	}
	flags.Usage()
	return exitError(1)
}

// parse parses options; the error is an exitError.
func (p *program) parse(flags *flag.FlagSet, args []string) error {
	flags.SetOutput(p.stderr)
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitError(0)
	case err != nil:
		return exitError(2)
	}
	return nil
}

// command runs one command.
func (p *program) command(c command, args []string) error {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	run := c.define(p, flags)
	flags.Usage = func() {
		fmt.Fprintf(p.stderr, "Usage: galenectl [global options] %s [options]%s\n\n%s\n\n",
			c.name, strings.TrimRight(" "+c.arguments, " "), c.summary)
		flags.PrintDefaults()
	}
	if err := p.parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() > 0 && c.arguments == "" {
		flags.Usage()
		return exitError(1)
	}
	return run(flags.Args())
}

// usage explains the program (C-7).
func (p *program) usage(flags *flag.FlagSet) {
	fmt.Fprintf(p.stderr, "Usage: galenectl [global options] COMMAND [options] [arguments]\n\nGlobal options:\n\n")
	flags.PrintDefaults()
	fmt.Fprintf(p.stderr, "\nCommands:\n\n")
	for _, c := range commands() {
		fmt.Fprintf(p.stderr, "  %-15s    %s\n", c.name, c.summary)
	}
	fmt.Fprintf(p.stderr, "\nFor the options of a command: galenectl COMMAND -help\n")
}

// command is a row of the table of commands.
type command struct {
	name, summary string
	arguments     string // what follows the options, if anything may
	// define defines the options, and returns what is to be done once they
	// are parsed.
	define func(p *program, flags *flag.FlagSet) func(args []string) error
}

// commands is the table of commands, sorted by name.
func commands() []command {
	table := []command{
		{"hash-password", "Hash a password for use in files", "", hashPassword},
		{"initial-setup", "Create configuration files for a new server", "", initialSetup},
		{"list-groups", "List groups", "[PATTERN...]", listGroups},
		{"show-group", "Show a group's definition", "", showGroup},
		{"create-group", "Create a group", "", createGroup},
		{"update-group", "Change a group's definition", "", updateGroup},
		{"delete-group", "Delete a group", "", deleteGroup},
		{"set-keys", "Set the keys of a group, a JWK set on standard input", "", setKeys},
		{"delete-keys", "Delete the keys of a group", "", deleteKeys},
		{"export-group", "Print a group as a file, without passwords and keys", "", exportGroup},
		{"import-group", "Create a group from a file on standard input", "", importGroup},
		{"list-users", "List the users of a group", "[PATTERN...]", listUsers},
		{"create-user", "Create a user", "", createUser},
		{"update-user", "Change a user's permissions", "", updateUser},
		{"delete-user", "Delete a user", "", deleteUser},
		{"set-password", "Set a user's password", "", setPassword},
		{"delete-password", "Delete a user's password", "", deletePassword},
		{"list-tokens", "List the tokens of a group", "", listTokens},
		{"create-token", "Create a token", "", createToken},
		{"update-token", "Change a token", "", updateToken},
		{"revoke-token", "Make a token expire", "", revokeToken},
		{"delete-token", "Delete a token", "", deleteToken},
		{"stats", "Show statistics of the server", "", showStats},
		{"relays", "Show how the server's last test of TURN servers went", "", showRelays},
		{"ping", "Check that the server answers and accepts the credentials", "", ping},
		{"version", "Print the version of galenectl", "", version},
		{"completion", "Print a script that completes commands in a shell: bash, zsh or fish", "SHELL", completion},
	}
	slices.SortFunc(table, func(a, b command) int { return strings.Compare(a.name, b.name) })
	return table
}

// given returns the options that were given on the command line.
func given(flags *flag.FlagSet) map[string]bool {
	set := make(map[string]bool)
	flags.Visit(func(f *flag.Flag) { set[f.Name] = true })
	return set
}
