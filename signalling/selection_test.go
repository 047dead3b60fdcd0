package signalling

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/pion/webrtc/v4"

	"galene/codecs"
	"galene/conn"
)

// fakeTrack is a track of which only the kind matters.
type fakeTrack struct {
	conn.Track
	name string
	kind codecs.Kind
}

func (t fakeTrack) Kind() codecs.Kind { return t.kind }

// TestChoose checks STR-11.
func TestChoose(t *testing.T) {
	audio1 := fakeTrack{name: "a1", kind: codecs.Audio}
	audio2 := fakeTrack{name: "a2", kind: codecs.Audio}
	high := fakeTrack{name: "high", kind: codecs.Video}
	low := fakeTrack{name: "low", kind: codecs.Video}
	all := []conn.Track{high, audio1, low, audio2}
	tests := []struct {
		tracks []conn.Track
		want   []string
		chosen string
		limit  bool
	}{
		{all, nil, "[]", false},
		{all, []string{"smell"}, "[]", false},
		{all, []string{"audio"}, "[a1]", false},
		{all, []string{"audio", "video"}, "[a1 high]", false},
		{all, []string{"video-low"}, "[low]", false},
		{all, []string{"video-low", "video"}, "[high]", false},
		{[]conn.Track{high}, []string{"video-low"}, "[high]", true},
		{[]conn.Track{high}, []string{"video", "video-low"}, "[high]", false},
		{[]conn.Track{high}, []string{"audio"}, "[]", false},
		{[]conn.Track{audio1}, []string{"video", "video-low"}, "[]", false},
		{nil, []string{"audio", "video"}, "[]", false},
	}
	for _, test := range tests {
		chosen, limit := newSelection(test.want).choose(test.tracks)
		names := []string{}
		for _, c := range chosen {
			names = append(names, c.(fakeTrack).name)
		}
		if fmt.Sprint(names) != test.chosen || limit != test.limit {
			t.Errorf("%v of %v: got %v, %v", test.want, test.tracks, names, limit)
		}
	}
}

// TestRequestDefault checks the default of STR-10.
func TestRequestDefault(t *testing.T) {
	r, err := parseRequest(json.RawMessage(`{"screenshare":["video"],"quiet":[],"":["audio"]}`))
	if err != nil {
		t.Fatal(err)
	}
	for label, want := range map[string]selection{
		"screenshare": wantVideo, "quiet": 0, "camera": wantAudio, "": wantAudio,
	} {
		if got := r.of(label); got != want {
			t.Errorf("%q: got %d, want %d", label, got, want)
		}
	}
	if got := request(nil).of("camera"); got != 0 {
		t.Errorf("nothing requested, got %d", got)
	}
}

// TestEarlyCandidates checks the bounds on candidates that nobody may ever want.
func TestEarlyCandidates(t *testing.T) {
	e := newEarlyCandidates(Limits{EarlyStreams: 2, EarlyCandidates: 3})
	candidate := func(i int) webrtc.ICECandidateInit {
		return webrtc.ICECandidateInit{Candidate: fmt.Sprint(i)}
	}
	for i := range 5 {
		e.keep("a", candidate(i))
	}
	if got := e.take("a"); len(got) != 3 || got[0] != candidate(0) {
		t.Errorf("got %v", got)
	}
	if got := e.take("a"); got != nil {
		t.Errorf("got %v", got)
	}
	for _, id := range []string{"b", "c", "b", "d"} {
		e.keep(id, candidate(0))
	}
	for id, want := range map[string]int{"b": 0, "c": 1, "d": 1} {
		if got := len(e.take(id)); got != want {
			t.Errorf("%s: got %d, want %d", id, got, want)
		}
	}
	if len(e.ids) != 0 || len(e.byStream) != 0 {
		t.Errorf("left: %v, %v", e.ids, e.byStream)
	}
}
