package signalling

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// TestLongQueue: a session that has let many things accumulate is warned about, once
// for each time, and does them all the same.
func TestLongQueue(t *testing.T) {
	var log bytes.Buffer
	s := &session{in: newInbox(10 * longQueue), log: slog.New(slog.NewTextHandler(&log, nil))}
	for _, n := range []int{longQueue, longQueue + 1} {
		done := 0
		for range n {
			s.in.post(func() error { done++; return nil })
		}
		if err := s.drain(); err != nil || done != n {
			t.Errorf("%d of %d done: %v", done, n, err)
		}
		if warned := strings.Count(log.String(), "level=WARN"); warned != n-longQueue {
			t.Errorf("%d warnings about a queue of %d: %s", warned, n, &log)
		}
	}
}
