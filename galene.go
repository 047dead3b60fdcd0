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
	"time"

	"galene/internal/problem"
	"galene/internal/profile"
	"galene/internal/systemd"
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
	if err := setFromEnvironment(flags, os.LookupEnv); err != nil {
		fmt.Fprintln(stderr, err)
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
	notifier, err := systemd.NewNotifier()
	if err != nil {
		slog.Warn("systemd is told nothing", "error", err)
	}
	defer notifier.Close()
	if conf.WantsSockets() {
		if conf.Sockets, err = systemd.Sockets(); err != nil {
			return err
		}
	}
	s, err := server.New(conf)
	if err != nil {
		return err
	}
	tell(notifier.Ready)
	ctx, cancel := context.WithCancel(ctx)
	var tending sync.WaitGroup
	tending.Go(func() { tend(ctx, s, notifier, reload) })
	tending.Go(func() { watch(ctx, s, notifier) })
	defer tending.Wait()
	defer cancel()
	return s.Run(ctx)
}

// tend reads the files of s again whenever something comes from reload, and tells systemd
// of that, and of the end when ctx is done, with which it returns.
func tend(ctx context.Context, s *server.Server, notifier *systemd.Notifier, reload <-chan os.Signal) {
	for {
		select {
		case <-reload:
			tell(notifier.Reloading)
			s.Reload()
			tell(notifier.Ready)
		case <-ctx.Done():
			tell(notifier.Stopping)
			return
		}
	}
}

// watch tells systemd that s is not stuck, if it wants to know, until ctx is done.
func watch(ctx context.Context, s *server.Server, notifier *systemd.Notifier) {
	limit := notifier.Watchdog()
	if limit == 0 {
		return
	}
	ticker := time.NewTicker(limit / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.Alive()
			tell(notifier.Alive)
		case <-ctx.Done():
			return
		}
	}
}

// tell tells systemd something.
func tell(message func() error) {
	if err := message(); err != nil {
		slog.Warn("cannot tell systemd", "error", err)
	}
}

// programVersion returns what is known about how the program was built.
func programVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "galene (unknown version)"
	}
	return fmt.Sprintf("galene %s (%s)", info.Main.Version, info.GoVersion)
}
