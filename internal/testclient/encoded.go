package testclient

import (
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
)

// NewEncoded returns a source that sends encoded frames, one each interval, over
// and over.  MimeType is that of the codec, VP8 or Opus for instance.
func NewEncoded(t testing.TB, mimeType string, interval time.Duration, frames [][]byte) *Source {
	t.Helper()
	rate := uint32(90000)
	if mimeType == webrtc.MimeTypeOpus {
		rate = 48000
	}
	next := 0
	s := newSource(t, mimeType, rate, func(bool) []byte {
		frame := frames[next]
		next = (next + 1) % len(frames)
		return frame
	})
	s.duration = interval
	return s
}
