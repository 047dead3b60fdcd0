// Galene is a videoconference server: a selective forwarding unit that talks
// WebRTC to browsers, together with the web pages that these need.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"

	"galene/internal/problem"
	"galene/internal/profile"
	"galene/recorder/combine"
	"galene/server"
)

func main() {
	os.Exit(run(os.Args, os.Stdout, os.Stderr))
}

// run runs the program and returns its exit status.
func run(args []string, stdout, stderr io.Writer) int {
	if len(args) > 1 && args[1] == "combine" {
		ctx, restore := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer restore()
		context.AfterFunc(ctx, restore)
		return combine.Command(ctx, args[2:], stdout, stderr)
	}
	conf := server.DefaultConfig()
	conf.Output = stdout
	var profiles profile.Files
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.SetOutput(stderr)
	conf.AddFlags(flags)
	var logging logOptions
	logging.addFlags(flags)
	flags.StringVar(&profiles.CPU, "cpuprofile", "", "write a CPU profile to `file`")
	flags.StringVar(&profiles.Memory, "memprofile", "", "write a heap profile to `file` at exit")
	flags.StringVar(&profiles.Mutex, "mutexprofile", "", "write a mutex profile to `file` at exit")
	check := flags.Bool("check", false,
		"check the files and flags, print what is wrong with them, and exit; status 1 if there are errors")
	version := flags.Bool("version", false, "print the version and exit")
	switch err := flags.Parse(args[1:]); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	if *version {
		fmt.Fprintln(stdout, programVersion())
		return 0
	}

	if *check {
		if problem.Report(stdout, server.Check(conf)) > 0 {
			return 1
		}
		return 0
	}

	logging.install(stderr)

	// The first signal stops the server in an orderly way, a second one has
	// the default action, which ends it at once.
	signals, restore := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer restore()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	context.AfterFunc(signals, func() {
		restore()
		cancel()
	})

	stop, err := profile.Start(profiles)
	if err == nil {
		err = errors.Join(serve(ctx, conf), stop())
	}
	if err != nil {
		slog.Error("Server: " + err.Error())
		return 1
	}
	return 0
}

// serve runs a server until ctx is cancelled.  SIGHUP makes it read its files again.
func serve(ctx context.Context, conf server.Config) error {
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	defer signal.Stop(reload)
	s, err := server.New(conf)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var reloading sync.WaitGroup
	reloading.Go(func() {
		for {
			select {
			case <-reload:
				s.Reload()
			case <-ctx.Done():
				return
			}
		}
	})
	defer reloading.Wait()
	defer cancel()
	return s.Run(ctx)
}

// programVersion returns what is known about how the program was built.
func programVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "galene (unknown version)"
	}
	return fmt.Sprintf("galene %s (%s)", info.Main.Version, info.GoVersion)
}
