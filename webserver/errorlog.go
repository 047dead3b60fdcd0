package webserver

import (
	"bytes"
	"log"
	"log/slog"
)

// newErrorLog returns a log for net/http, which leads into logger.
func newErrorLog(logger *slog.Logger) *log.Logger {
	return log.New(errorLog{logger}, "", 0)
}

type errorLog struct{ logger *slog.Logger }

// Write logs one line.
func (e errorLog) Write(line []byte) (int, error) {
	message := string(bytes.TrimSpace(line))
	if bytes.Contains(line, []byte("TLS handshake error")) {
		// What strangers get wrong is not worth more.
		e.logger.Debug(message)
	} else {
		e.logger.Warn(message)
	}
	return len(line), nil
}
