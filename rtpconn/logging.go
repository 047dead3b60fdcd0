package rtpconn

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/pion/logging"
)

// loggerFactory makes pion log to slog.  Each peer connection asks for a dozen loggers,
// by the names of pion's parts, so all connections share them.
type loggerFactory struct {
	logger  *slog.Logger
	loggers sync.Map // scope → *leveledLogger
}

func newLoggerFactory(logger *slog.Logger) logging.LoggerFactory {
	return &loggerFactory{logger: logger}
}

// NewLogger returns a logger for a part of pion.
func (f *loggerFactory) NewLogger(scope string) logging.LeveledLogger {
	if l, ok := f.loggers.Load(scope); ok {
		return l.(*leveledLogger)
	}
	l, _ := f.loggers.LoadOrStore(scope, &leveledLogger{logger: f.logger.With("pion", scope)})
	return l.(*leveledLogger)
}

// leveledLogger adapts slog to pion.  What pion thinks worth a warning or an
// error is, in a server, mostly the ordinary misfortune of a peer, so
// everything is logged at debug level: what matters is told by the connections
// themselves.
type leveledLogger struct{ logger *slog.Logger }

func (l *leveledLogger) log(level, format string, args []any) {
	if !l.logger.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	if args == nil {
		l.logger.Debug(format, "level", level)
		return
	}
	l.logger.Debug(fmt.Sprintf(format, args...), "level", level)
}

func (l *leveledLogger) Trace(string)                      {}
func (l *leveledLogger) Tracef(string, ...any)             {}
func (l *leveledLogger) Debug(string)                      {}
func (l *leveledLogger) Debugf(string, ...any)             {}
func (l *leveledLogger) Info(msg string)                   { l.log("info", msg, nil) }
func (l *leveledLogger) Infof(format string, args ...any)  { l.log("info", format, args) }
func (l *leveledLogger) Warn(msg string)                   { l.log("warn", msg, nil) }
func (l *leveledLogger) Warnf(format string, args ...any)  { l.log("warn", format, args) }
func (l *leveledLogger) Error(msg string)                  { l.log("error", msg, nil) }
func (l *leveledLogger) Errorf(format string, args ...any) { l.log("error", format, args) }
