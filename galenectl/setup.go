package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// administratorCost is the cost of bcrypt for an administrator (C-44).
const administratorCost = 12

// initialSetup is the command initial-setup (C-40 to C-47).
func initialSetup(p *program, flags *flag.FlagSet) func([]string) error {
	serverFile := flags.String("config", "config.json", "server configuration `file` to create")
	return func([]string) error {
		o := &p.options
		if o.username == "" {
			return usageError(`Option "-admin-username" is required.`)
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
		if err := createFile(*serverFile, server); err != nil {
			return err
		}
		err = os.MkdirAll(filepath.Dir(ownFile), 0o700)
		if err == nil {
			err = createFile(ownFile, own)
		}
		if err != nil {
			os.Remove(*serverFile)
			return err
		}
		fmt.Fprintf(p.stdout, "The server's configuration is in %s: move it to the server's data directory.\n", *serverFile)
		fmt.Fprintf(p.stdout, "The configuration of galenectl is in %s: it holds a secret in clear text.\n", ownFile)
		return nil
	}
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
