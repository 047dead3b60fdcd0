package signalling

import (
	"encoding/json"
	"fmt"

	"galene/codecs"
	"galene/conn"
)

// selection says which tracks of a stream a client wants (STR-10).
type selection uint8

const (
	wantAudio selection = 1 << iota
	wantVideo
	wantVideoLow
)

// request maps the labels of streams to what is wanted of them; the empty label
// is the default for those that are not listed.
type request map[string]selection

// of returns what is wanted of a stream with the given label.
func (r request) of(label string) selection {
	if s, ok := r[label]; ok {
		return s
	}
	return r[""]
}

// parseRequest parses the request of a request message; absence requests
// nothing.
func parseRequest(raw json.RawMessage) (request, error) {
	if raw == nil {
		return nil, nil
	}
	var lists map[string][]string
	if err := json.Unmarshal(raw, &lists); err != nil {
		return nil, fmt.Errorf("parse request: %w", err)
	}
	r := make(request, len(lists))
	for label, list := range lists {
		r[label] = newSelection(list)
	}
	return r, nil
}

// parseSelection parses the request of a requestStream message.  Absence gives
// false: the client returns to what it wants of all streams.
func parseSelection(raw json.RawMessage) (selection, bool, error) {
	if raw == nil {
		return 0, false, nil
	}
	var list []string
	if err := json.Unmarshal(raw, &list); err != nil {
		return 0, false, fmt.Errorf("parse request: %w", err)
	}
	return newSelection(list), true, nil
}

// newSelection ignores what it does not know.
func newSelection(list []string) selection {
	var s selection
	for _, name := range list {
		switch name {
		case "audio":
			s |= wantAudio
		case "video":
			s |= wantVideo
		case "video-low":
			s |= wantVideoLow
		}
	}
	return s
}

// choose returns those of a stream's tracks that are wanted (STR-11).  The
// tracks are ordered from the highest simulcast layer to the lowest.  LimitSID
// says that of the video track only the lowest spatial layer is wanted.
func (s selection) choose(tracks []conn.Track) (chosen []conn.Track, limitSID bool) {
	var audio, video []conn.Track
	for _, t := range tracks {
		if t.Kind() == codecs.Audio {
			audio = append(audio, t)
		} else {
			video = append(video, t)
		}
	}
	if s&wantAudio != 0 && len(audio) > 0 {
		chosen = append(chosen, audio[0])
	}
	switch {
	case len(video) == 0:
	case s&wantVideo != 0:
		chosen = append(chosen, video[0])
	case s&wantVideoLow != 0:
		chosen = append(chosen, video[len(video)-1])
		limitSID = len(video) == 1
	}
	return chosen, limitSID
}
