package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// defaultServer is the server that is administered if none is named.
const defaultServer = "https://localhost:8443"

// configuration is the content of galenectl.json (spec 2).
type configuration struct {
	Server   string `json:"server,omitempty"`
	Username string `json:"admin-username,omitempty"`
	Password string `json:"admin-password,omitempty"`
	Token    string `json:"admin-token,omitempty"`
	// Certificates and Fingerprint are what the options -cacert and -fingerprint
	// set.  Other programs that read this file do not know them.
	Certificates string `json:"cacert,omitempty"`
	Fingerprint  string `json:"fingerprint,omitempty"`
	// PasswordCommand is a program, with its arguments, that prints the password.
	PasswordCommand []string `json:"admin-password-command,omitempty"`
}

// configFile returns the name of the configuration file (C-20).
func (p *program) configFile() (string, error) {
	if p.options.config != "" {
		return p.options.config, nil
	}
	dir, err := p.configDir()
	if err != nil {
		return "", failed("Configuration directory", err)
	}
	return filepath.Join(dir, "galene", "galenectl.json"), nil
}

// effective returns the configuration, in which options and then the environment
// replace what is in the file (C-10).
func (p *program) effective() (configuration, error) {
	var c configuration
	name, err := p.configFile()
	if err != nil {
		return c, err
	}
	data, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, failed("Failed to read configuration file", err)
	}
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		if err := d.Decode(&c); err != nil {
			return c, failed("Failed to read configuration file", fmt.Errorf("%s: %w", name, err))
		}
		if c.Password != "" || c.Token != "" {
			p.warnReadable(name)
		}
	}
	o := p.options
	if o.passwordFile != "" {
		secret, err := os.ReadFile(o.passwordFile)
		if err != nil {
			return c, failed("Password file", err)
		}
		p.warnReadable(o.passwordFile)
		line, _, _ := strings.Cut(string(secret), "\n")
		o.password = cmp.Or(o.password, strings.TrimSuffix(line, "\r"))
	}
	c.Server = cmp.Or(o.server, c.Server, defaultServer)
	c.Username = cmp.Or(o.username, c.Username)
	c.Password = cmp.Or(o.password, p.getenv("GALENECTL_ADMIN_PASSWORD"), c.Password)
	c.Token = cmp.Or(o.token, p.getenv("GALENECTL_ADMIN_TOKEN"), c.Token)
	c.Certificates = cmp.Or(o.certificates, c.Certificates)
	c.Fingerprint = cmp.Or(o.fingerprint, c.Fingerprint)
	if o.token == "" && o.password != "" {
		// Whoever gives a password means it.
		c.Token = ""
	}
	if c.Password == "" && c.Token == "" && len(c.PasswordCommand) > 0 {
		if c.Password, err = p.passwordFrom(c.PasswordCommand); err != nil {
			return c, failed("Password command", err)
		}
	}
	return c, nil
}

// passwordFrom returns the first line that a program prints (weak spot 3).  The program
// gets none of our input, which may be meant for the command, but has the terminal.
func (p *program) passwordFrom(command []string) (string, error) {
	var output strings.Builder
	helper := exec.Command(command[0], command[1:]...)
	helper.Stdout, helper.Stderr = &output, p.stderr
	if err := helper.Run(); err != nil {
		return "", fmt.Errorf("%s: %w", command[0], err)
	}
	line, _, _ := strings.Cut(output.String(), "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" {
		return "", fmt.Errorf("%s has printed nothing", command[0])
	}
	return line, nil
}

// warnReadable warns if a file with a secret can be read by others (weak spot 3).  On
// Windows, the mode says nothing about that.
func (p *program) warnReadable(name string) {
	info, err := os.Stat(name)
	if err == nil && runtime.GOOS != "windows" && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		fmt.Fprintf(p.stderr, "Warning: others can read the secret in %s: chmod 600 %s\n", name, name)
	}
}

// encodeFile encodes a configuration file (C-44, C-45).
func encodeFile(v any) ([]byte, error) {
	b, err := json.MarshalIndent(v, "", "    ")
	return append(b, '\n'), err
}

// createFile creates a file that must not exist (C-43).
func createFile(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return failed("Create "+name, err)
	}
	_, err = f.Write(data)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		os.Remove(name)
		return failed("Create "+name, err)
	}
	return nil
}
