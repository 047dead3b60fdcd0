package signalling

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"galene/group"
)

// TestEncode checks the omission rules of section 3.1.
func TestEncode(t *testing.T) {
	empty := ""
	index := uint16(0)
	tests := []struct {
		message message
		want    string
	}{
		{message{}, `{"type":""}`},
		{message{Type: "pong"}, `{"type":"pong"}`},
		{message{Type: "user", Username: &empty}, `{"type":"user","username":""}`},
		{message{Type: "user", Permissions: []string{}, Data: group.Data{}}, `{"type":"user"}`},
		{message{Type: "chat", Value: ""}, `{"type":"chat","value":""}`},
		{message{Type: "chat", Value: json.RawMessage("0")}, `{"type":"chat","value":0}`},
		{message{Type: "chat", Value: value(json.RawMessage("null"))}, `{"type":"chat"}`},
		{message{Type: "chat", Value: value(json.RawMessage(nil))}, `{"type":"chat"}`},
		{message{Type: "chat", Value: value(nil)}, `{"type":"chat"}`},
		{message{Type: "chat", Value: "<&>"}, `{"type":"chat","value":"<&>"}`},
		{message{Type: "joined", RTCConfiguration: struct{}{}}, `{"type":"joined","rtcConfiguration":{}}`},
		{message{Type: "ice", Candidate: &webrtc.ICECandidateInit{Candidate: "c", SDPMLineIndex: &index}},
			`{"type":"ice","candidate":{"candidate":"c","sdpMid":null,"sdpMLineIndex":0,"usernameFragment":null}}`},
	}
	for _, test := range tests {
		got, err := test.message.encode()
		if err != nil || string(got) != test.want {
			t.Errorf("got %s, %v, want %s", got, err, test.want)
		}
	}
}

func TestTimestamp(t *testing.T) {
	at := time.Date(2026, 7, 29, 14, 3, 7, 123456789, time.FixedZone("", 2*3600))
	for _, test := range []struct {
		at     time.Time
		millis bool
		want   string
	}{
		{at, false, `"2026-07-29T14:03:07+02:00"`},
		{at.UTC(), false, `"2026-07-29T12:03:07Z"`},
		{at, true, `1785326587123`},
		{time.Time{}, false, ``},
	} {
		if got := string(timestamp(test.at, test.millis)); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

func TestTruncate(t *testing.T) {
	for _, test := range []struct {
		in   string
		n    int
		want string
	}{
		{"abc", 3, "abc"}, {"abcd", 3, "abc"}, {"aä", 2, "a"}, {"aä", 3, "aä"},
		{"😀", 3, ""}, {"", 0, ""}, {"a", 0, ""},
	} {
		if got := truncate(test.in, test.n); got != test.want {
			t.Errorf("truncate(%q, %d) = %q, want %q", test.in, test.n, got, test.want)
		}
	}
}
