package main

import (
	"errors"
	"flag"
	"io"
	"log/slog"
)

var errLogFormat = errors.New("neither text nor json")

// logOptions say how the log is written (spec server-cli.md, weak spot 1).
type logOptions struct {
	level slog.Level
	json  bool
}

// addFlags defines the flags that set o.
func (o *logOptions) addFlags(f *flag.FlagSet) {
	f.TextVar(&o.level, "log-level", slog.LevelInfo,
		"log only from this `level` on: debug, info, warn or error")
	f.Func("log-format", "`format` of the log: text or json (default text)", func(s string) error {
		if s != "text" && s != "json" {
			return errLogFormat
		}
		o.json = s == "json"
		return nil
	})
}

// install makes the log of the process so, also of libraries that have none of their own.
// JSON goes to w, text to standard error.
func (o *logOptions) install(w io.Writer) {
	if o.json {
		slog.SetDefault(slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: o.level})))
		return
	}
	slog.SetLogLoggerLevel(o.level)
}
