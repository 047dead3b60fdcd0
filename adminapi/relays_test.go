package adminapi

import (
	"errors"
	"testing"
	"time"

	"galene/ice"
)

// Who administers the server sees which TURN servers work (SW-12).
func TestRelays_SW12(t *testing.T) {
	h := newHouse(t)
	if a := h.want(200, "GET", "/.relays", ""); a.body != "[]\n" || a.header.Get("Cache-Control") != "no-cache" {
		t.Errorf("got %v %s", a.header, a.body)
	}
	h.relays = func() []ice.RelayResult {
		return []ice.RelayResult{
			{URL: "turn:good.example", Time: start, Total: 120 * time.Millisecond, RTT: 1500 * time.Microsecond},
			{URL: "turn:bad.example?transport=tcp", Time: start, Err: errors.New("timeout")},
		}
	}
	const want = `[{"url":"turn:good.example","time":"2026-07-01T12:00:00Z","ok":true,"rtt":1.5,"total":120},` +
		`{"url":"turn:bad.example?transport=tcp","time":"2026-07-01T12:00:00Z","ok":false,"error":"timeout"}]` + "\n"
	if a := h.want(200, "GET", "/.relays", ""); a.body != want {
		t.Errorf("got %s", a.body)
	}
	h.want(401, "GET", "/.relays", "", "Authorization", basic("ada", "adapw"))
	h.want(401, "GET", "/.relays", "", "Authorization", "")
	h.want(405, "DELETE", "/.relays", "")
}
