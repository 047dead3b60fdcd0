package main

import (
	"flag"
	"fmt"
	"runtime/debug"
	"time"
)

// ping is the command ping: it makes a request that needs the credentials.
func ping(p *program, flags *flag.FlagSet) func([]string) error {
	group := flags.String("group", "", "`name` of a group of which the user is an administrator (default: of the server)")
	return func([]string) error {
		path := ".groups/"
		if *group != "" {
			var err error
			if path, err = groupPath(*group); err != nil {
				return err
			}
		}
		c, err := p.connect()
		if err != nil {
			return err
		}
		start := p.now()
		if _, err := c.do("GET", path, nil); err != nil {
			return failed("Ping", err)
		}
		fmt.Fprintf(p.stdout, "%s answers in %s\n", c.Server, p.now().Sub(start).Round(100*time.Microsecond))
		return nil
	}
}

// version is the command version.
func version(p *program, _ *flag.FlagSet) func([]string) error {
	return func([]string) error {
		info, ok := debug.ReadBuildInfo()
		if !ok {
			fmt.Fprintln(p.stdout, "galenectl (unknown version)")
			return nil
		}
		fmt.Fprintf(p.stdout, "galenectl %s (%s)\n", info.Main.Version, info.GoVersion)
		return nil
	}
}
