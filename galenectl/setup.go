package main

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// administratorCost is the cost of bcrypt for an administrator (C-44).
const administratorCost = 12

// initialSetup is the command initial-setup (C-40 to C-47).
func initialSetup(p *program, flags *flag.FlagSet) func([]string) error {
	serverFile := flags.String("config", "config.json", "server configuration `file` to create")
	data := flags.String("data", "", "the server's data `directory`, in which to create its files")
	return func([]string) error {
		o := &p.options
		if o.username == "" {
			return usageError(`Option "-admin-username" is required.`)
		}
		if *data != "" && given(flags)["config"] {
			return usageError(`Options "-config" and "-data" exclude each other`)
		}
		if o.password == "" && o.token == "" {
			var err error
			if o.password, err = p.askPassword("Administrator password: "); err != nil {
				return err
			}
		}
		ownFile, err := p.configFile()
		if err != nil {
			return err
		}
		server, err := serverConfiguration(o.username, o.password)
		if err != nil {
			return failed("Make password", err)
		}
		own, err := encodeFile(configuration{
			Server: cmp.Or(o.server, defaultServer), Username: o.username,
			Password: o.password, Token: o.token,
		})
		if err != nil {
			return err
		}
		files := []newFile{{*serverFile, server}}
		if *data != "" {
			files[0].name = filepath.Join(*data, "config.json")
			if o.token != "" {
				line, err := p.administratorToken()
				if err != nil {
					return err
				}
				files = append(files, newFile{filepath.Join(*data, "var", "tokens.jsonl"), line})
			}
		}
		files = append(files, newFile{ownFile, own})
		if err := createFiles(files, *data != ""); err != nil {
			return err
		}
		if *data != "" {
			fmt.Fprintf(p.stdout, "The server's configuration is in %s.\n", files[0].name)
		} else {
			fmt.Fprintf(p.stdout, "The server's configuration is in %s: move it to the server's data directory.\n", *serverFile)
		}
		fmt.Fprintf(p.stdout, "The configuration of galenectl is in %s: it holds a secret in clear text.\n", ownFile)
		if o.token != "" && *data == "" {
			fmt.Fprintln(p.stderr, "Warning: the server does not know the token yet; with -data, it would.")
		}
		return nil
	}
}

// tokenLife is how long the token of an administrator is valid.
const tokenLife = 365 * 24 * time.Hour

// administratorToken makes the line for the server's file of tokens with which
// -admin-token administers the server (weak spot 14).
func (p *program) administratorToken() ([]byte, error) {
	b, err := json.Marshal(map[string]any{
		"token": p.options.token, "group": "", "includeSubgroups": true,
		"username": p.options.username, "permissions": []string{"admin"},
		"expires": timestamp(p.now().Add(tokenLife)), "issuedAt": timestamp(p.now()),
	})
	return append(b, '\n'), err
}

// newFile is a file that must not exist.
type newFile struct {
	name    string
	content []byte
}

// createFiles creates all files or none (C-43), and the directory of the last one, which is
// galenectl's (C-42); with all, also those of the others.
func createFiles(files []newFile, all bool) (err error) {
	var made []string
	defer func() {
		if err != nil {
			for _, name := range made {
				os.Remove(name)
			}
		}
	}()
	for i, file := range files {
		if all || i == len(files)-1 {
			if err := os.MkdirAll(filepath.Dir(file.name), 0o700); err != nil {
				return err
			}
		}
		if err := createFile(file.name, file.content); err != nil {
			return err
		}
		made = append(made, file.name)
	}
	return nil
}

// serverConfiguration makes the content of config.json.
func serverConfiguration(username, secret string) ([]byte, error) {
	type user struct {
		Password    password `json:"password"`
		Permissions string   `json:"permissions"`
	}
	var conf struct {
		WritableGroups bool            `json:"writableGroups"`
		Users          map[string]user `json:"users,omitempty"`
	}
	conf.WritableGroups = true
	if secret != "" {
		o := passwordOptions{kind: "bcrypt", cost: administratorCost}
		entry, err := o.hash(secret)
		if err != nil {
			return nil, err
		}
		conf.Users = map[string]user{username: {entry, "admin"}}
	}
	return encodeFile(conf)
}
