package main

import (
	"bufio"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/term"
)

// password is the entry of a password in files.
type password struct {
	Type       string `json:"type"`
	Hash       string `json:"hash,omitempty"`
	Key        string `json:"key,omitempty"`
	Salt       string `json:"salt,omitempty"`
	Iterations int    `json:"iterations,omitempty"`
}

// passwordOptions say how a password is hashed (spec 4.5).
type passwordOptions struct {
	password, kind              string
	fromInput                   bool
	cost, iterations, key, salt int
}

func (o *passwordOptions) define(flags *flag.FlagSet) {
	flags.StringVar(&o.password, "password", "", "new `password` (default: ask for it)")
	flags.BoolVar(&o.fromInput, "password-stdin", false, "the new password is the first line of standard input, even if that is a terminal")
	flags.StringVar(&o.kind, "type", "bcrypt", "password `type`: bcrypt, pbkdf2 or wildcard")
	flags.IntVar(&o.cost, "cost", 8, "cost of bcrypt")
	flags.IntVar(&o.iterations, "iterations", 4096, "iterations of PBKDF2")
	flags.IntVar(&o.key, "key", 32, "length of the key of PBKDF2 in `bytes`")
	flags.IntVar(&o.salt, "salt", 8, "length of the salt of PBKDF2 in `bytes`")
}

// make hashes the password, having asked for it if need be (C-35, C-37).
func (o *passwordOptions) make(p *program) (password, error) {
	if o.password != "" && o.fromInput {
		return password{}, usageError(`Options "-password" and "-password-stdin" exclude each other`)
	}
	if o.kind == "wildcard" {
		if o.password != "" || o.fromInput {
			return password{}, usageError(`Option "-password" makes no sense with type wildcard`)
		}
		return password{Type: "wildcard"}, nil
	}
	if o.kind != "bcrypt" && o.kind != "pbkdf2" {
		return password{}, failed("Make password", errors.New("unknown password type"))
	}
	secret := o.password
	if secret == "" {
		var err error
		if o.fromInput {
			secret, err = p.readPassword()
		} else {
			secret, err = p.askPassword("New password: ")
		}
		if err != nil {
			return password{}, err
		}
	}
	entry, err := o.hash(secret)
	if err != nil {
		return password{}, failed("Make password", err)
	}
	return entry, nil
}

func (o *passwordOptions) hash(secret string) (password, error) {
	if o.kind == "bcrypt" {
		hash, err := bcrypt.GenerateFromPassword([]byte(secret), o.cost)
		return password{Type: "bcrypt", Key: string(hash)}, err
	}
	const limit = 1 << 10
	if o.iterations < 1 || o.key < 1 || o.key > limit || o.salt < 0 || o.salt > limit {
		return password{}, errors.New("a number is out of range")
	}
	salt := make([]byte, o.salt)
	rand.Read(salt) // never fails
	key, err := pbkdf2.Key(sha256.New, secret, salt, o.iterations, o.key)
	return password{
		Type: "pbkdf2", Hash: "sha-256", Key: hex.EncodeToString(key),
		Salt: hex.EncodeToString(salt), Iterations: o.iterations,
	}, err
}

// terminal is where a person can be asked.
type terminal struct {
	prompt func(text string)
	read   func() ([]byte, error) // without echo
}

// newTerminal returns nil if the file is not a terminal.
func newTerminal(f *os.File) *terminal {
	fd := int(f.Fd())
	if !term.IsTerminal(fd) {
		return nil
	}
	return &terminal{
		prompt: func(text string) {
			if _, err := f.WriteString(text); err != nil {
				fmt.Fprint(os.Stderr, text)
			}
		},
		read: func() ([]byte, error) { return term.ReadPassword(fd) },
	}
}

// askPassword asks for a new password: twice, lest it be misspelt, or if standard
// input is not a terminal, reads its first line (C-35, C-36).
func (p *program) askPassword(prompt string) (string, error) {
	if p.terminal == nil {
		return p.readPassword()
	}
	var answers [2]string
	for i, text := range []string{prompt, "Once more: "} {
		p.terminal.prompt(text)
		b, err := p.terminal.read()
		fmt.Fprintln(p.stdout)
		if err != nil {
			return "", failed("ReadPassword", err)
		}
		answers[i] = string(b)
	}
	if answers[0] != answers[1] {
		return "", failed("ReadPassword", errors.New("the passwords differ"))
	}
	return answers[0], nil
}

// readPassword returns the first line of standard input.
func (p *program) readPassword() (string, error) {
	line, err := bufio.NewReader(io.LimitReader(p.stdin, 4096)).ReadString('\n')
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		if err == nil {
			err = errors.New("the password is empty")
		}
		return "", failed("ReadPassword", err)
	}
	return line, nil
}

// hashPassword is the command hash-password (spec 5.1).
func hashPassword(p *program, flags *flag.FlagSet) func([]string) error {
	var o passwordOptions
	o.define(flags)
	return func([]string) error {
		entry, err := o.make(p)
		if err != nil {
			return err
		}
		return json.NewEncoder(p.stdout).Encode(entry)
	}
}
