package main

import (
	"flag"
	"io"
	"strings"
	"testing"

	"galene/server"
)

// Flags that are not given come from the environment; those that are given win, and lists
// are not put together (SW-14).
func TestEnvironment_SW14(t *testing.T) {
	for _, c := range []struct {
		args, environment string
		want              string // flags and values that differ from the defaults
		fault             string
	}{
		{"", "", "", ""},
		{"", "GALENE_HTTP=:1 GALENE_UDP_RANGE=5-9 GALENE_INSECURE=true", "http=:1 insecure=true udp-range=5-9", ""},
		{"-http :2 -insecure=false", "GALENE_HTTP=:1 GALENE_INSECURE=true GALENE_TURN=", "http=:2 turn=", ""},
		{"-http :8443", "GALENE_HTTP=:1", "", ""}, // also if it is the default
		{"-acme a", "GALENE_ACME=b GALENE_TRUSTED_PROXY=192.0.2.1,unix", "acme=a trusted-proxy=192.0.2.1,unix", ""},
		{"", "GALENE_LIMIT=chat=5/6,per-address=7 GALENE_SOCKET_MODE=0660", "socket-mode=0660", ""},
		{"", "GALENE_VERSION=1.2 GALENE_CHECK=1 GALENE_FLAGS=x GALENE_=x GALENE_NOSUCH=x HTTP=:1 galene_http=:1", "", ""},
		{"", "GALENE_INSECURE=perhaps", "", `"perhaps" of the variable GALENE_INSECURE`},
		{"", "GALENE_LIMIT=chat=5/6,nosuch=7", "", `the variable GALENE_LIMIT: there is no limit called "nosuch"`},
	} {
		conf := server.DefaultConfig()
		flags := flag.NewFlagSet("galene", flag.ContinueOnError)
		flags.SetOutput(io.Discard)
		conf.AddFlags(flags)
		flags.Bool("check", false, "")
		flags.Bool("version", false, "")
		if err := flags.Parse(strings.Fields(c.args)); err != nil {
			t.Fatal(err)
		}
		environment := make(map[string]string)
		for variable := range strings.FieldsSeq(c.environment) {
			name, value, _ := strings.Cut(variable, "=")
			environment[name] = value
		}
		err := setFromEnvironment(flags, func(name string) (string, bool) {
			value, ok := environment[name]
			return value, ok
		})
		if c.fault != "" {
			if err == nil || !strings.Contains(err.Error(), c.fault) {
				t.Errorf("%+v: %v", c, err)
			}
			continue
		}
		var got []string
		flags.VisitAll(func(f *flag.Flag) {
			if f.Value.String() != f.DefValue {
				got = append(got, f.Name+"="+f.Value.String())
			}
		})
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
		if want := strings.Contains(c.environment, "chat=5/6"); (conf.Limits.PerAddress == 7) != want {
			t.Errorf("%+v: limits %+v", c, conf.Limits)
		}
	}
}

// The program reads its environment, and ends with 2 if something is wrong there (SW-14).
func TestEnvironmentOfTheProgram_SW14(t *testing.T) {
	cmd := command(t, "-check")
	cmd.Env = append(cmd.Env, "GALENE_UDP_RANGE=9-5", "GALENE_TURN=")
	if out, err := cmd.Output(); err == nil || !strings.Contains(string(out), "-udp-range: error: UDP range: 9-5") {
		t.Errorf("%v: %s", err, out)
	}
	cmd = command(t)
	cmd.Env = append(cmd.Env, "GALENE_LOG_LEVEL=loud")
	if status, stderr := exitStatus(t, cmd); status != 2 || !strings.Contains(stderr, "the variable GALENE_LOG_LEVEL") {
		t.Errorf("status %d: %s", status, stderr)
	}
}
